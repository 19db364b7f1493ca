"""`watchbill plan`, `apply` and `export`: Watchbill set up as code. Exit status of plan: 0 nothing to do, 1 an error,
2 there are changes."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from watchbill.settings import HELP

if TYPE_CHECKING:
    from watchbill.channels.contract import Channel
    from watchbill.cli.connect import Connected
    from watchbill.configuration.actions import Applied
    from watchbill.configuration.asking import Request
    from watchbill.configuration.diff import Plan
    from watchbill.configuration.foreseen import Foreseen
    from watchbill.configuration.problems import BadFile
    from watchbill.settings import Settings

CHANGES = 2

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A YAML file, a folder of *.yaml and *.yml files, or - for standard input."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Also take away what the file does not mention, of the kinds that it has.")
]
DataDir = Annotated[Path | None, typer.Option(help=HELP["data_dir"])]
DatabaseUrl = Annotated[str | None, typer.Option(help=HELP["database_url"])]


class _Command(TyperCommand):
    """A wrong option exits with 1: 2 would tell a script that there are changes."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().make_context(*args, **kwargs)
        except Exception as fault:  # typer does not export its UsageError
            if getattr(fault, "exit_code", None) == CHANGES:
                fault.exit_code = 1  # type: ignore[attr-defined]  # looked up in the line above
            raise


@app.command(cls=_Command)
def plan(
    file: File,
    json: Json = False,
    prune: Prune = False,
    offline: Annotated[bool, typer.Option("--offline", help="Only check the file; ask no database.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show what a file would change, and change nothing.

    Exit status: 0 nothing to do, 1 an error, 2 there are changes.
    """
    with _told(json):
        if offline:
            _offline(file, json)
            return
        connected = _connect(data_dir, database_url)
        from watchbill.configuration import actions

        found = actions.plan(_request(file, connected, prune), connected.seal)
    _show_plan(found, json)
    raise typer.Exit(CHANGES if found.changes else 0)


@app.command(cls=_Command)
def apply(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
    prune: Prune = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change the database to what a file says: all of it, or nothing.

    Exit status: 0 done or nothing to do, 1 an error or not agreed to.
    """
    if not yes and (json or file == "-" or not sys.stdin.isatty()):
        _fail("There is nobody to ask. Say --yes to apply without asking.", json)
    with _told(json):
        connected = _connect(data_dir, database_url)
        from watchbill.configuration import actions

        asked = _request(file, connected, prune)
        applied = actions.apply(asked, connected.seal) if yes else _agreed(asked, connected)
    _show_applied(applied, connected.settings.base_url, json, shown=not yes)


@app.command(cls=_Command)
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to standard output.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the whole configuration as a file that `apply` takes. No secret is in it."""
    with _told(json=False):
        connected = _connect(data_dir, database_url)
        from watchbill.configuration.actions import export as export_text

        text = export_text(connected.channels)
        if output is None:
            sys.stdout.write(text)
        else:
            output.write_text(text, encoding="utf-8")


def foreseen(file: str, data_dir: Path | None, database_url: str | None, *, json: bool) -> "Foreseen":
    """What nodes would know if a file were applied now. Where it cannot be, that is told and ends the command with 1."""
    with _told(json):
        connected = _connect(data_dir, database_url)
        from watchbill.configuration import actions

        return actions.foresee_file(_request(file, connected, prune=False), connected.seal)


def _connect(data_dir: Path | None, database_url: str | None) -> "Connected":
    from watchbill.cli.connect import connect

    return connect(data_dir, database_url)


def _source(file: str) -> Path | bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file)


def _request(file: str, connected: "Connected", prune: bool) -> "Request":
    from watchbill.configuration.asking import request

    permissive = _permissive(connected.settings)
    return request(_source(file), os.environ, connected.channels, prune=prune, permissive=permissive)


def _permissive(settings: "Settings") -> "Callable[[], Mapping[str, Channel]]":
    """Makes the channels of a node that allows every address that a node can allow."""
    from functools import cache

    from msgspec.structs import replace

    from watchbill import wiring

    ports = ",".join(map(str, range(1, 65536)))
    return cache(
        lambda: wiring.channels(
            replace(settings, allow_ports=ports, allow_networks="0.0.0.0/0,::/0", allow_loopback=True)
        )
    )


def _offline(file: str, json: bool) -> None:
    from watchbill import wiring
    from watchbill.cli.output import show, show_json, terminal
    from watchbill.configuration.asking import check, request
    from watchbill.configuration.render import problem_json, problem_lines
    from watchbill.runtime import clock
    from watchbill.settings import load

    settings = load()
    asked = request(_source(file), os.environ, wiring.channels(settings), permissive=_permissive(settings))
    warnings = check(asked, clock.wall())
    if json:
        show_json({"errors": [], "warnings": [problem_json(problem) for problem in warnings]})
    else:
        console = terminal()
        show(console, problem_lines(warnings, "warning"))
        console.print("The file is good. What it would change was not asked of a database.")


def _agreed(asked: "Request", connected: "Connected") -> "Applied":
    """Shows the plan, asks, and applies what was shown; asks again where the database has moved meanwhile."""
    from watchbill.configuration import actions

    found = actions.plan(asked, connected.seal)
    while True:
        _show_plan(found, json=False)
        if not found.changes:
            return actions.Applied(found, ())
        if not typer.confirm("Apply this?"):
            _fail("Nothing was applied.", json=False)
        try:
            return actions.apply(asked, connected.seal, shown=found)
        except actions.Moved as moved:
            typer.echo("\nThe database changed while you were reading, so nothing was applied. This is the plan now:\n")
            found = moved.plan


def _show_plan(found: "Plan", json: bool) -> None:
    from watchbill.cli.output import show, show_json, terminal
    from watchbill.configuration.render import as_json, plan_lines

    if json:
        show_json(as_json(found))
    else:
        show(terminal(), plan_lines(found))


def _show_applied(applied: "Applied", base_url: str, json: bool, *, shown: bool) -> None:
    from watchbill.cli.output import show, show_json, terminal
    from watchbill.configuration import render

    if json:
        keys = [render.key_json(made, base_url) for made in applied.new_keys]
        show_json({**render.as_json(applied.plan), "new_keys": keys})
        return
    console = terminal()
    if not shown:
        show(console, render.plan_lines(applied.plan))
    if applied.plan.changes:
        show(console, [render.done(applied.plan)])
        show(console, render.key_lines(applied.new_keys, base_url))


@contextmanager
def _told(json: bool) -> Iterator[None]:
    """What goes wrong inside is told, and ends the command with 1."""
    from django.db import DatabaseError

    from watchbill.configuration.problems import BadFile, Collided
    from watchbill.runtime.postgres import PostgresError
    from watchbill.settings import BadSetting

    gc.disable()  # a large file is a million small objects that all stay; looking for garbage takes half of the time
    try:
        yield
    except BadFile as fault:
        _show_errors(fault, json)
        raise typer.Exit(1) from None
    except Collided as fault:
        _fail(
            f"Somebody else changed the configuration at the same moment, so nothing was applied. Try again. ({fault})",
            json,
        )
    except DatabaseError as fault:
        _fail(_explained(str(fault).strip()), json)
    except (BadSetting, PostgresError, OSError) as fault:
        _fail(str(fault), json)
    finally:
        gc.enable()


def _explained(fault: str) -> str:
    if "does not exist" in fault and "relation" in fault:
        return "The database has no tables of Watchbill yet. Start `watchbill serve` on it once; that makes them."
    return f"The database cannot be used: {fault}"


def _show_errors(fault: "BadFile", json: bool) -> None:
    from watchbill.cli.output import show, show_json, terminal
    from watchbill.configuration.render import problem_json, problem_lines

    if json:
        show_json({"errors": [problem_json(problem) for problem in fault.problems]})
        return
    console = terminal(sys.stderr)
    show(console, problem_lines(fault.problems, "error"))
    count = len(fault.problems)
    console.print(f"{count} {'error' if count == 1 else 'errors'}; nothing was changed.", style="bold")


def _fail(message: str, json: bool) -> NoReturn:
    from watchbill.cli.output import show_json

    if json:
        show_json({"errors": [{"message": message}]})
    else:
        typer.echo(f"watchbill: {message}", err=True)
    raise typer.Exit(1)
