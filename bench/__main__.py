"""Runs every bench, each in a process of its own, one after another, and prints one table."""

import subprocess
import sys

from bench import machine
from bench.command import parser
from bench.programs import CHECKOUT
from bench.report import Line, as_line, decode, print_json, print_table

BENCHES = ("latency", "intake", "batch", "escalation", "storm", "duty", "footprint")


def main() -> int:
    """The exit status: 1 where a bench could not measure. A missed bar is told, and is no failure."""
    options = parser(__doc__).parse_args()
    lines: list[Line] = []
    failed: list[str] = []

    def told(line: Line) -> None:
        lines.append(line)
        if options.json:
            print_json(line)

    for figure in machine.measure():
        told(as_line(figure))
    for name in BENCHES:
        if not options.json:
            print(f"== {name}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", f"bench.{name}", "--json", *(["--quick"] if options.quick else [])]
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as bench:
            assert bench.stdout is not None, "a pipe was asked for"
            for text in bench.stdout:
                told(decode(text))
        if bench.returncode:
            failed.append(name)
    if not options.json:
        print_table(lines)
    if failed:
        print(f"bench: could not be measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
