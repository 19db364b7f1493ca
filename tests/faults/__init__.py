"""Whole-system faults: real nodes on a real PostgreSQL, real providers, and everything that can break, broken on purpose.

`python -m tests.faults --list` names them; `make faults` runs them all.
"""
