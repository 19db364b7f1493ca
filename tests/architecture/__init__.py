"""The rules of the house, as tests. They read the source; they import none of it."""
