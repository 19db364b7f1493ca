"""`watchbill demo`: its options, and the order in which things are put up and taken down."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from watchbill.cli.demo.house import House
    from watchbill.cli.demo.paper import Paper
    from watchbill.cli.demo.story import Story

LOOK_EVERY = 1.0  # seconds

app = typer.Typer()


@app.command(epilog="Exit status: 0 done, 1 something failed, 2 a mistake in the command.")
def demo(
    once: Annotated[bool, typer.Option("--once", help="Prove one whole round, and end.")] = False,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Its own data folder. Else `demo` in the usual one.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 finds a free one.")] = 8811,
    json: Annotated[bool, typer.Option("--json", help="With --once: print one JSON document, for scripts.")] = False,
) -> None:
    """Start a whole Watchbill here with a made-up team, and see an alert become a page."""
    if json and not once:
        raise typer.BadParameter("Only --once comes to an end that can be told in JSON.", param_hint="--json")
    from watchbill.settings import default_data_dir

    began = time.monotonic()
    folder = (data_dir or default_data_dir() / "demo").expanduser().absolute()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    raise typer.Exit(_once(folder, port, began, json=json) if once else _stay(folder, port, began))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Being told to stop is like Ctrl-C: what was put up is taken down."""
    raise KeyboardInterrupt


def _put_up(held: ExitStack, folder: Path, port: int, paper: "Paper", began: float) -> "tuple[House, Story]":
    """The phone's provider, the house, and the story in it. Raises HouseFell."""
    from watchbill.cli.demo.house import House, HouseFell
    from watchbill.cli.demo.phone import Phone
    from watchbill.runtime.postgres import PostgresError

    phone = held.enter_context(Phone())
    settings = {"allow_loopback": "true", "allow_ports": str(phone.port)}
    try:
        house = held.enter_context(House(folder, port, settings, paper.raw))
    except (PostgresError, OSError) as fault:
        raise HouseFell(str(fault)) from None
    from watchbill.cli.demo.story import Story  # heavy; it is imported while the house starts

    return house, Story(house, phone, paper.hop, began=began)


def _stay(folder: Path, port: int, began: float) -> int:
    from watchbill.cli.demo.house import Broken, HouseFell
    from watchbill.cli.demo.paper import Paper

    paper = Paper()
    paper.head(folder, once=False)
    with ExitStack() as held:
        try:
            house, story = _put_up(held, folder, port, paper, began)
        except HouseFell as fault:
            paper.fallen(str(fault), None)
            return 1
        try:
            story.set_up(folder)
            story.alert()
            from watchbill.cli.demo.watch import Watch

            watch = Watch(folder)
            paper.next_steps(house, story)
            while not house.wait(LOOK_EVERY):
                for told in watch.look():
                    paper.line(told)
            paper.fallen("Watchbill ended by itself.", house)
        except (HouseFell, Broken) as fault:
            paper.fallen(f"The demo cannot go on: {fault}", house)
        except KeyboardInterrupt:
            paper.line()
            paper.line("Stopping …", style="dim")
            house.stop()
            paper.line("Stopped. Nothing runs any more.", style="dim")
            return 0
    return 1


def _once(folder: Path, port: int, began: float, *, json: bool) -> int:
    from watchbill.cli.demo.house import Broken, HouseFell
    from watchbill.cli.demo.paper import Paper
    from watchbill.cli.output import show_json

    paper = Paper(silent=json)
    paper.head(folder, once=True)
    story, house, wrong = None, None, ""
    with ExitStack() as held:
        try:
            house, story = _put_up(held, folder, port, paper, began)
            story.set_up(folder)
            story.alert()
            story.answer()
            story.end(folder)
        except (HouseFell, Broken) as fault:
            wrong = f"Not proved: {fault}"
            paper.fallen(wrong, house)
        except KeyboardInterrupt:
            wrong = "Not proved: it was interrupted."
            paper.line(wrong, style="bold red")
        total = time.monotonic() - began
    hops = story.hops if story is not None else []
    if json:
        log = str(house.log) if house is not None else ""
        show_json({"ok": not wrong, "wrong": wrong, "seconds": round(total, 3), "hops": hops, "log": log})
    elif not wrong:
        paper.verdict(total, started=hops[0].ms / 1000)
    return 1 if wrong else 0
