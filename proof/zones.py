"""Sweeps over every zone, and writes what was counted: `python -m proof.zones --json zones.json`."""

import argparse
import json
import sys
import time
from pathlib import Path

from watchbill.engine.duty.tests.sweep import YEARS, sweep

SHOWN = 20  # of what is wrong


def main() -> int:
    """The exit status: 1 when somebody was missing, or there too long."""
    parser = argparse.ArgumentParser(prog="python -m proof.zones", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where the figures go")
    parser.add_argument("--years", type=int, nargs=2, metavar=("FIRST", "LAST"), help="only these")
    options = parser.parse_args()
    years = range(options.years[0], options.years[1] + 1) if options.years else YEARS
    began = time.perf_counter()
    count = sweep(years)
    told = {
        "years": [years[0], years[-1]],
        "zones": count.zones,
        "transitions": count.changes,
        "cases": count.cases,
        "gaps": count.gaps,
        "overlaps": count.overlaps,
        "meant": count.meant,
        "wrong": count.wrong[:SHOWN],
        "seconds": round(time.perf_counter() - began, 1),
    }
    options.json.write_text(json.dumps(told, indent=1) + "\n")
    return 1 if count.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
