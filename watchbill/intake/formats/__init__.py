"""The wire formats, a folder each: bytes in, facts or a refusal out."""
