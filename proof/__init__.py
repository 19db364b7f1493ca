"""Runs everything that shows whether Watchbill loses a page, and writes docs/reliability.md from what came of it."""
