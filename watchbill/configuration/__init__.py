"""Watchbill set up as code: one YAML file is read, held against the database, shown, and written. See README.md."""
