"""The `watchbill` command."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from watchbill import __version__
from watchbill.cli import configuration
from watchbill.cli.demo import command as demo
from watchbill.cli.desk import commands as desk
from watchbill.cli.duty import commands as duty
from watchbill.settings import HELP, BadSetting, load

app = typer.Typer(
    name="watchbill",
    help="The techops platform that a team runs itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watchbill {__version__}")
        raise typer.Exit


@app.callback()
def watchbill(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """The techops platform that a team runs itself."""


@app.command()
def serve(
    data_dir: Annotated[Path | None, typer.Option(help=HELP["data_dir"])] = None,
    host: Annotated[str | None, typer.Option(help=HELP["host"])] = None,
    port: Annotated[int | None, typer.Option(help=HELP["port"])] = None,
    database_url: Annotated[str | None, typer.Option(help=HELP["database_url"])] = None,
    public_url: Annotated[str | None, typer.Option(help=HELP["public_url"])] = None,
    secret_key: Annotated[str | None, typer.Option(help=HELP["secret_key"])] = None,
    log_level: Annotated[str | None, typer.Option(help=HELP["log_level"])] = None,
    log_format: Annotated[str | None, typer.Option(help=HELP["log_format"])] = None,
    smtp_url: Annotated[str | None, typer.Option(help=HELP["smtp_url"])] = None,
    mail_from: Annotated[str | None, typer.Option(help=HELP["mail_from"])] = None,
    ntfy_url: Annotated[str | None, typer.Option(help=HELP["ntfy_url"])] = None,
    events_per_second: Annotated[int | None, typer.Option(help=HELP["events_per_second"])] = None,
    events_burst: Annotated[int | None, typer.Option(help=HELP["events_burst"])] = None,
    spool_mb: Annotated[int | None, typer.Option(help=HELP["spool_mb"])] = None,
    allow_networks: Annotated[str | None, typer.Option(help=HELP["allow_networks"])] = None,
    allow_ports: Annotated[str | None, typer.Option(help=HELP["allow_ports"])] = None,
    allow_loopback: Annotated[bool | None, typer.Option(help=HELP["allow_loopback"])] = None,
) -> None:
    """Run Watchbill: front door, pages, engine and senders, with an embedded PostgreSQL unless you bring one.

    Every option is also a variable, WATCHBILL_DATA_DIR and so on. Stops cleanly on SIGTERM.
    """
    from watchbill.cli.serve import Supervisor

    given = dict(locals())
    given.pop("Supervisor")
    raise typer.Exit(Supervisor(load(given)).run())


app.add_typer(configuration.app)
app.add_typer(desk.app)
app.add_typer(duty.app)
app.add_typer(demo.app)


def run() -> None:
    """Runs the command; what went wrong is told in a sentence, with exit status 1."""
    try:
        app()
    except BadSetting as fault:
        _fail(fault)
    except Exception as fault:
        from watchbill.runtime.postgres import PostgresError  # not before it is needed: it brings psycopg along

        if not isinstance(fault, PostgresError):
            raise
        _fail(fault)


def _fail(fault: Exception) -> NoReturn:
    typer.echo(f"watchbill: {fault}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    run()
