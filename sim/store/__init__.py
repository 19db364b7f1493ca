"""The database in memory: for each statement that the product runs, a twin that does the same to dicts.

`tests/test_twins.py` holds each twin against PostgreSQL. A statement without a twin stops the simulation and says so.
"""
