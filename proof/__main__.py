"""Runs everything that shows whether Watchbill loses a page, and writes docs/reliability.md from what came of it.

Broken off, it goes on where it was; what it has for these very files it does not run again.
"""

import argparse
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from proof.display import Display, told_before
from proof.figures import figures_of
from proof.kept import Kept
from proof.machine import this_machine
from proof.page import About, render
from proof.plan import STAGES, pieces
from proof.runner import Runner, UnderWay
from proof.tree import PAGE, ROOT, Tree, tree_of_this_checkout

FOLDER = ROOT / ".proof"
INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended
SHOWN = 10  # failures; all are on the page
WIDE = 130  # columns, where nobody says how many there are


def main() -> int:
    """The exit status: 1 when anything was wrong."""
    options = _options()
    console = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)
    tree = tree_of_this_checkout()
    if tree.changes:
        console.print("[yellow]Something is changed and not committed; the page will say so.[/]")
    stages = options.stage or STAGES
    wanted = [piece for piece in pieces(quick=options.quick) if piece.stage in stages]
    kept = Kept(FOLDER / (f"{tree.key}-quick" if options.quick else tree.key))
    for number in (signal.SIGTERM, signal.SIGINT):  # also where a shell has us ignore the second
        signal.signal(number, signal.default_int_handler)
    if before := told_before(kept, wanted):
        console.print(f"{before} of {len(wanted)} pieces are there from an earlier run.")
    display = Display(wanted, kept, console)
    runner = Runner(wanted, kept)

    def changed(ended: UnderWay | None, left_figures: bool) -> None:
        display.changed(runner, ended, left_figures)

    runner.changed = changed
    began = time.monotonic()
    try:
        with display.progress:
            runner.run()
    except KeyboardInterrupt:
        console.print("Broken off; the same command goes on from here.")
        return INTERRUPTED
    finally:
        kept.add_minutes((time.monotonic() - began) / 60)
    return _write(tree, kept, options, console)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a little of everything, in minutes; its page stays in .proof/"
    )
    parser.add_argument("--stage", nargs="+", choices=STAGES, help="only these; the page has what there is")
    return parser.parse_args()


def _write(tree: Tree, kept: Kept, options: argparse.Namespace, console: Console) -> int:
    everything = pieces(quick=options.quick)
    missing = sum(not kept.has(piece) and piece.name not in kept.broken for piece in everything)
    figures = figures_of(kept.results(everything), kept.broken, missing)
    if tree_of_this_checkout().key != tree.key:
        figures.wrong.append("The files were changed while this ran, so it is not known what was proven.")
    about = About(tree, this_machine(), f"{datetime.now(UTC):%Y-%m-%d}", kept.minutes, options.quick)
    page: Path = kept.folder / Path(PAGE).name if options.quick else ROOT / PAGE
    page.write_text(render(about, figures))
    for sentence in figures.wrong[:SHOWN]:
        console.print(f"[red]wrong[/] {escape(sentence)}", soft_wrap=True)
    console.print(f"{len(figures.wrong)} things were wrong. Written: {page.relative_to(ROOT)}")
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
