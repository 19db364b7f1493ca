"""The pages of the guide that say what commands answer, held to it."""
