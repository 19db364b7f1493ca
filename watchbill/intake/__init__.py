"""The front door: what monitors send comes in here as bytes and leaves as facts."""
