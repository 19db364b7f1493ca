"""Outside services as real servers on loopback, each with a panel that says how it behaves."""
