"""What every bench has in common as a command: its options, its time limit, and how its figures are printed."""

import argparse
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType

from bench.report import Figure, as_line, print_json, print_table

LONGEST = 900  # seconds; no bench comes near it unless something hangs

Measure = Callable[[argparse.Namespace], Iterator[Figure]]


class BenchFailed(Exception):
    """The bench could not measure; the message says why. A missed bar is no failure."""


def parser(text: str | None) -> argparse.ArgumentParser:
    """The options that all benches know."""
    made = argparse.ArgumentParser(description=text)
    made.add_argument("--json", action="store_true", help="one JSON object a line, and no table")
    made.add_argument("--quick", action="store_true", help="a short run, to see that it works; its figures are rough")
    return made


def run(measure: Measure, options: argparse.Namespace) -> int:
    """Measures and prints. The exit status: 0 also where a bar is missed, 1 where nothing could be measured."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.signal(signal.SIGTERM, _told_to_stop)
    signal.alarm(LONGEST)
    lines = []
    try:
        for figure in measure(options):
            line = as_line(figure)
            lines.append(line)
            if options.json:
                print_json(line)
    except KeyboardInterrupt:
        return 1
    except BenchFailed as fault:
        print(f"bench: {fault}", file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        signal.alarm(0)
    if not options.json:
        print_table(lines)
    return 0


def _too_long(number: int, frame: FrameType | None) -> None:
    raise BenchFailed(f"It took more than {LONGEST} s and was given up.")


def _told_to_stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
