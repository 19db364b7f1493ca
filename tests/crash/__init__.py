"""Nodes that die. `python -m tests.crash` comes here first, and models can only be imported once Django is configured."""

from tests import database as database
