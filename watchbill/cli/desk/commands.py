"""The commands for people: their options and their help. Nothing heavy is imported before one of them runs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from watchbill.settings import HELP

app = typer.Typer(no_args_is_help=True)

STATUSES = "Exit status: 0 done, 1 an error, 2 a mistake in the command, 3 nothing of that name or number"
READS = STATUSES + "."
WRITES = STATUSES + ", 4 nothing was changed."
OPERATE = "Incidents"


def _number(text: object) -> int:
    plain = str(text).removeprefix("#")
    if not plain.isdecimal() or not 0 < int(plain) < 2**63:
        raise typer.BadParameter(f"{str(text)!r} is not the number of an incident.")
    return int(plain)


def _number_to_snooze(text: object) -> int:
    from watchbill.configuration.words import looks_like_duration

    if not str(text).isdecimal() and looks_like_duration(str(text)):
        raise typer.BadParameter(f"{str(text)!r} is not the number of an incident. Did you mean --for {text}?")
    return _number(text)


_NUMBERS = typer.Argument(metavar="N...", help="Numbers of incidents, 12 or #12.", parser=_number, show_default=False)
_SEVERITIES = ("critical", "error", "warning", "info")

Numbers = Annotated[list[int], _NUMBERS]
OnBehalf = Annotated[
    str | None, typer.Option("--as", metavar="EMAIL", help="Who you are. You then see and may do what this person may.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for scripts.")]
Service = Annotated[str | None, typer.Option("--service", metavar="NAME", help="Only of this service.")]
Team = Annotated[str | None, typer.Option("--team", metavar="NAME", help="Only of this team's services.")]
DataDir = Annotated[Path | None, typer.Option(metavar="DIR", help=HELP["data_dir"].partition(".")[0] + ".")]
DatabaseUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="The database, when it is not in the data folder.")
]


@app.command(epilog=STATUSES + ".", rich_help_panel=OPERATE)
def send(
    key: Annotated[str, typer.Option(metavar="KEY", envvar="WATCHBILL_KEY", help="The integration key of a service.")],
    summary: Annotated[str, typer.Option(metavar="TEXT", help="What is wrong, in one line. Needed to trigger.")] = "",
    severity: Annotated[str, typer.Option(metavar="WORD", help="critical, error, warning or info.")] = "error",
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What is broken. Else this machine's name.")
    ] = None,
    dedup_key: Annotated[
        str, typer.Option(metavar="TEXT", help="What this alert is known by, to say it is over.")
    ] = "",
    action: Annotated[str, typer.Option(metavar="WORD", help="trigger, acknowledge or resolve.")] = "trigger",
    detail: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="More to show; as often as needed.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="WATCHBILL_URL", help="Where a node listens. Else that of the data folder."),
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Send one alert over the wire, as a monitor would (PagerDuty Events v2)."""
    import socket

    from watchbill.cli.desk import reach, sending

    if action not in ("trigger", "acknowledge", "resolve"):
        raise typer.BadParameter(f"{action!r} is not trigger, acknowledge or resolve.", param_hint="--action")
    if action == "trigger" and not summary.strip():
        raise typer.BadParameter("Say in one line what is wrong.", param_hint="--summary")
    if action != "trigger" and not dedup_key:
        raise typer.BadParameter(f"Say which alert to {action}.", param_hint="--dedup-key")
    if severity not in _SEVERITIES:
        raise typer.BadParameter(f"{severity!r} is not one of {', '.join(_SEVERITIES)}.", param_hint="--severity")
    pairs = [text.partition("=") for text in detail or ()]
    if bad := next((name for name, sign, _ in pairs if not sign or not name), None):
        raise typer.BadParameter(f"{bad!r} is not NAME=VALUE.", param_hint="--detail")
    event = sending.Event(
        key=key,
        action=action,
        summary=summary,
        severity=severity,
        source=source or socket.gethostname(),
        dedup_key=dedup_key,
        details={name: value for name, _, value in pairs},
    )
    try:
        sending.run(url or sending.served_at(data_dir), event, json=json)
    except sending.NotSent as fault:
        reach.fail(str(fault))


@app.command(epilog=READS, rich_help_panel=OPERATE)
def incidents(
    all_: Annotated[bool, typer.Option("--all", help="Also those that are resolved.")] = False,
    status: Annotated[
        str | None, typer.Option(metavar="WORD", help="Only those triggered, acknowledged or resolved.")
    ] = None,
    service: Service = None,
    team: Team = None,
    on_behalf: OnBehalf = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List what is open: whose it is, and whom it pages next."""
    if status not in (None, "triggered", "acknowledged", "resolved"):
        raise typer.BadParameter(f"{status!r} is not triggered, acknowledged or resolved.", param_hint="--status")
    from watchbill.cli.desk import listing, reach
    from watchbill.engine.words import Status

    choice = listing.Choice(all_, Status(status) if status else None, service, team, on_behalf, limit, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: listing.run(desk, choice))


@app.command(epilog=READS, rich_help_panel=OPERATE)
def show(
    number: Annotated[int, typer.Argument(metavar="N", help="Number of an incident.", parser=_number)],
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show everything about one incident: alerts, pages, what happened and why, and what comes by itself."""
    from watchbill.cli.desk import reach, showing

    choice = showing.Choice(number, on_behalf, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: showing.run(desk, choice))


@app.command(epilog=WRITES, rich_help_panel=OPERATE)
def ack(
    numbers: Numbers,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take incidents: paging stops."""
    _answer("acknowledge", numbers, on_behalf, json, data_dir, database_url)


@app.command(epilog=WRITES, rich_help_panel=OPERATE)
def unack(
    numbers: Numbers,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give incidents back: paging begins again."""
    _answer("unacknowledge", numbers, on_behalf, json, data_dir, database_url)


@app.command(epilog=WRITES, rich_help_panel=OPERATE)
def resolve(
    numbers: Numbers,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """End incidents, with all their alerts."""
    _answer("resolve", numbers, on_behalf, json, data_dir, database_url)


@app.command(epilog=WRITES, rich_help_panel=OPERATE)
def reopen(
    numbers: Numbers,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Open incidents again that were not over: paging begins again."""
    _answer("reopen", numbers, on_behalf, json, data_dir, database_url)


@app.command(epilog=WRITES, rich_help_panel=OPERATE)
def escalate(
    numbers: Numbers,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Page the next step of the escalation policy now."""
    _answer("escalate", numbers, on_behalf, json, data_dir, database_url)


@app.command(epilog=WRITES, rich_help_panel=OPERATE)
def snooze(
    numbers: Annotated[
        list[int],
        typer.Argument(
            metavar="N...", help="Numbers of incidents, 12 or #12.", parser=_number_to_snooze, show_default=False
        ),
    ],
    span: Annotated[str, typer.Option("--for", metavar="SPAN", help="How long: 30m, 2h, 1h30m, 1d.")],
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Put incidents off: they come back by themselves."""
    from watchbill.configuration import words
    from watchbill.configuration.problems import Refused

    try:
        seconds = words.read_duration(span)
    except Refused as fault:
        raise typer.BadParameter(str(fault), param_hint="--for") from None
    if not seconds:
        raise typer.BadParameter("Nothing is put off for no time.", param_hint="--for")
    _answer("snooze", numbers, on_behalf, json, data_dir, database_url, seconds=seconds)


@app.command(epilog=WRITES, rich_help_panel=OPERATE)
def reassign(
    numbers: Numbers,
    to: Annotated[list[str] | None, typer.Option(metavar="EMAIL", help="Page this person; as often as needed.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="NAME", help="Begin this escalation policy.")] = None,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Hand incidents to other people, or to another escalation policy."""
    if bool(to) == bool(policy):
        raise typer.BadParameter("Say to whom: either --to EMAIL, once or more, or --policy NAME.")
    _answer("reassign", numbers, on_behalf, json, data_dir, database_url, to=tuple(to or ()), policy=policy)


@app.command(epilog=READS, rich_help_panel=OPERATE)
def who(
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help='When: "Sunday 02:00", "tomorrow 18:00", "2026-12-01 18:00".')
    ] = None,
    team: Annotated[str | None, typer.Option(metavar="NAME", help="Only this team.")] = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tell who is on duty, until when, how each is reached and who comes next; and where nobody is."""
    from watchbill.cli.desk import reach
    from watchbill.cli.desk import who as duty

    choice = duty.Choice(team, at, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: duty.run(desk, choice))


@app.command(epilog=READS, rich_help_panel=OPERATE)
def rehearse(
    service: Annotated[
        str | None, typer.Option(metavar="NAME", help="This service, and all about it. Else every one, in short.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help='When the alert comes: "Sunday 02:00", "tomorrow 18:00". Else now.'),
    ] = None,
    severity: Annotated[
        str, typer.Option(metavar="WORD", help="Of the alert: critical, error, warning or info.")
    ] = "critical",
    team: Team = None,
    zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Whose clock tells the time. Else that of the schedules.")
    ] = None,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="As it would be if this file were applied; nothing is changed.")
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tell whom an alert would page, minute by minute, by which roads and why; and where it would reach nobody."""
    if severity not in _SEVERITIES:
        raise typer.BadParameter(f"{severity!r} is not one of {', '.join(_SEVERITIES)}.", param_hint="--severity")
    from watchbill.cli.desk import reach
    from watchbill.cli.desk import rehearse as rehearsing
    from watchbill.engine.words import Severity

    foreseen = None
    if file is not None:
        from watchbill.cli import configuration

        foreseen = configuration.foreseen(file, data_dir, database_url, json=json)
    choice = rehearsing.Choice(service, team, at, zone, Severity(severity), foreseen, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: rehearsing.run(desk, choice))


@app.command(epilog="Exit status: 0 healthy, 1 not, 2 a mistake in the command.")
def status(
    url: Annotated[
        str | None, typer.Option(metavar="URL", envvar="WATCHBILL_URL", help="Also ask the node that listens here.")
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tell whether Watchbill can do its work: nodes, database, pages that wait."""
    from watchbill.cli.desk import reach
    from watchbill.cli.desk import status as health

    reach.run(reach.Where(data_dir, database_url), lambda desk: health.run(desk, url, json=json))


def _answer(
    verb: str,
    numbers: list[int],
    on_behalf: str | None,
    json: bool,
    data_dir: Path | None,
    database_url: str | None,
    **more: Any,
) -> None:
    from watchbill.cli.desk import answering, reach
    from watchbill.incidents import actions

    choice = answering.Choice(tuple(numbers), on_behalf, json, **more)
    action: answering.Action
    if verb == "snooze":
        action = answering.snooze(choice)
    elif verb == "reassign":
        action = answering.reassign(choice)
    else:
        action = answering.plain(getattr(actions, verb))
    reach.run(reach.Where(data_dir, database_url), lambda desk: answering.run(desk, action, choice))
