"""Plants bugs in copies of Watchbill, and shows which check catches each: a check that catches nothing proves nothing."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.database import server
from tests.planted.bugs import BUGS
from tests.planted.mutation import Mutation
from tests.planted.show import Shown, Verdict, judged, show, stop_all
from tests.planted.tree import copied

INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended
WIDE = 170  # columns, where nobody says how many there are

T = TypeVar("T")


def main() -> int:
    """The exit status: 1 when a bug was caught by nothing, or a check finds fault with what has no bug in it."""
    options = _options()
    number, parts = options.part
    mutations = [BUGS[name] for name in options.only or BUGS][number - 1 :: parts]
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    if options.list:
        for mutation in mutations:
            print(f"{mutation.name:36} {mutation.sentence}")
        return 0
    said = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="watchbill-planted-") as folder:
            blind = list(_unfit(mutations, Path(folder), said, options.jobs))
            shown = list(_show_all(mutations, Path(folder), said, options))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        server.stop()
    shown.sort(key=lambda one: list(BUGS).index(one.mutation.name))
    console.print(_table(shown, each=options.each))
    caught = sum(bool(one.by) for one in shown)
    console.print(f"{caught} of {len(shown)} planted bugs were caught.")
    if options.json:
        options.json.write_text(json.dumps(_report(shown, blind), indent=2) + "\n")
    return 0 if caught == len(shown) and not blind else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(BUGS), help="only these (see --list)")
    parser.add_argument("--jobs", type=int, default=2, help="copies side by side; 2")
    parser.add_argument("--part", type=_part_of, default=(1, 1), metavar="I/N", help="only this share, for N processes")
    parser.add_argument(
        "--each", action="store_true", help="show each bug to all of its checks, also when it is caught"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--list", action="store_true", help="name the bugs and stop")
    return parser.parse_args()


def _part_of(text: str) -> tuple[int, int]:
    number, _, parts = text.partition("/")
    if not 1 <= int(number) <= int(parts):
        raise argparse.ArgumentTypeError("Write it as 1/2.")
    return int(number), int(parts)


def _unfit(mutations: Sequence[Mutation], folder: Path, said: Console, jobs: int) -> Iterator[Verdict]:
    """The checks that find fault with a copy without any bug: what they catch proves nothing."""
    checks = dict.fromkeys(check for mutation in mutations for check in mutation.checks)
    url = server.url
    with copied(folder) as tree:
        work = [lambda check=check: next(judged(tree, [check], url)) for check in checks]
        for verdict in _side_by_side(work, "checks without a bug", said, jobs):
            if verdict.by or verdict.broke:
                said.print(
                    f"[red]unfit[/] {verdict.check.title}: without any bug it says {verdict.by or verdict.broke}"
                )
                yield verdict


def _show_all(
    mutations: Sequence[Mutation], folder: Path, said: Console, options: argparse.Namespace
) -> Iterator[Shown]:
    url = server.url
    work = [lambda mutation=mutation: show(mutation, folder, url, each=options.each) for mutation in mutations]
    for shown in _side_by_side(work, "planted bugs", said, options.jobs):
        if not said.is_terminal:
            said.print(f"{shown.mutation.name}: {shown.by or _why_not(shown)}", soft_wrap=True)
        yield shown


def _why_not(shown: Shown) -> str:
    told = [f"{verdict.check.title}: {verdict.broke.partition(chr(10))[0] or 'all well'}" for verdict in shown.verdicts]
    return f"NOT CAUGHT ({'; '.join(told)})"


def _side_by_side(work: Sequence[Callable[[], T]], what: str, said: Console, jobs: int) -> Iterator[T]:
    """What all of these come to, each as it ends. Broken off, it leaves nothing running."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    pool = ThreadPoolExecutor(jobs)
    began = time.monotonic()
    try:
        with Progress(*columns, console=said, transient=True, disable=not said.is_terminal) as progress:
            task = progress.add_task(what, total=len(work))
            for count, done in enumerate(as_completed([pool.submit(one) for one in work]), start=1):
                yield done.result()
                progress.advance(task)
                if not said.is_terminal:
                    left = (time.monotonic() - began) / count * (len(work) - count)
                    said.print(f"{what}: {count} of {len(work)}, {left:.0f} s left")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        stop_all()
        pool.shutdown()


def _table(shown: Sequence[Shown], *, each: bool) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("planted bug", "caught by", "seconds"):
        table.add_column(name, justify="right" if name == "seconds" else "left")
    for one in shown:
        by = "; ".join(verdict.by or f"- {verdict.check.title}" for verdict in one.verdicts) if each else one.by
        style = None if one.by else "red"
        table.add_row(one.mutation.name, by or "NOTHING", f"{one.seconds:.1f}", style=style)
        for verdict in one.verdicts:
            if verdict.broke and not one.by:
                table.add_row("", f"{verdict.check.title} broke down: {verdict.broke}", "", style="dim")
    return table


def _report(shown: Sequence[Shown], blind: Sequence[Verdict]) -> dict[str, object]:
    return {
        "planted": [
            {
                "name": one.mutation.name,
                "file": one.mutation.file,
                "sentence": one.mutation.sentence,
                "caught": bool(one.by),
                "by": one.by,
                "seconds": round(one.seconds, 1),
            }
            for one in shown
        ],
        "caught": sum(bool(one.by) for one in shown),
        "total": len(shown),
        "unfit": [verdict.check.title for verdict in blind],
    }


if __name__ == "__main__":
    sys.exit(main())
