"""The commands with which people look at incidents and answer them. See README.md."""
