"""The contract of the two stores: what PostgreSQL does to rows and what `sim.store` does to dicts is the same."""
