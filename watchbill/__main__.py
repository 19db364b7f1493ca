"""`python -m watchbill` is the `watchbill` command."""

from watchbill.cli.main import run

run()
