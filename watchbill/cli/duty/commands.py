"""The commands about who is on duty: their options and their help. Nothing heavy is imported before one of them runs."""

from typing import Annotated

import typer

from watchbill.cli.desk.commands import READS, WRITES, DatabaseUrl, DataDir, Json, OnBehalf

app = typer.Typer(no_args_is_help=True)
schedule = typer.Typer(no_args_is_help=True, help="Look at who is on duty, and when nobody is.")
override = typer.Typer(no_args_is_help=True, help="Change who is on duty for a time.")
cover = typer.Typer(no_args_is_help=True, help="Ask others to cover your duty, and take theirs.")
feed = typer.Typer(no_args_is_help=True, help="Addresses from which calendar programs read who is on duty.")
ON_CALL = "On call"
for _part, _name in ((schedule, "schedule"), (override, "override"), (cover, "cover"), (feed, "feed")):
    app.add_typer(_part, name=_name, rich_help_panel=ON_CALL)

TIMES = '"18:00", "tomorrow 18:00", "Sunday 02:00", "2026-12-01 18:00", with an offset, or "now"'

Name = Annotated[str, typer.Argument(metavar="SCHEDULE", help="The schedule's name.", show_default=False)]
Number = Annotated[int, typer.Argument(metavar="N", help="Its number.", min=1, max=2**63 - 1, show_default=False)]
Zone = Annotated[
    str | None, typer.Option("--zone", metavar="ZONE", help="Of all times, by IANA name. Else the schedule's.")
]
Since = Annotated[str, typer.Option("--from", metavar="TIME", help=f"When it begins: {TIMES}.", show_default=False)]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="When it ends; a time alone is the next after --from.")
]
For = Annotated[str | None, typer.Option("--for", metavar="SPAN", help="Or how long: 4h, 30m, 2d.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; everybody sees it.")]
Me = Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who you are.", show_default=False)]


@schedule.command("list", epilog=READS)
def schedule_list(json: Json = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """List the schedules: who is on duty now, and the next gap."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import listing

    reach.run(reach.Where(data_dir, database_url), lambda desk: listing.run(desk, json=json))


@schedule.command("show", epilog=READS)
def schedule_show(
    name: Name,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days.")] = 14,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="The first day. Else today.")] = None,
    zone: Zone = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show who is on duty day by day, where it comes from, and the gaps."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import showing

    choice = showing.Choice(name, days, since, zone, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: showing.run(desk, choice))


@schedule.command("hours", epilog=READS)
def schedule_hours(
    since: Since,
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="When it ends.", show_default=False)],
    name: Annotated[str | None, typer.Option("--schedule", metavar="NAME", help="Only of this schedule.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="A row a person and schedule, each second in one kind.")] = False,
    rate: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="KIND=AMOUNT", help="Pay of an hour: holiday, weekend, sleep, business, off."),
    ] = None,
    currency: Annotated[str, typer.Option("--currency", metavar="TEXT", help="Shown beside the pay.")] = "",
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Who is on duty for how long, and in which hours of their own day."""
    if (rate or currency) and not csv:
        raise typer.BadParameter("--rate and --currency go with --csv.")
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import hours

    choice = hours.Choice(name, since, until, rate or [], currency, csv, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: hours.run(desk, choice))


@schedule.command("check", epilog=READS)
def schedule_check(name: Name, json: Json = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """What is amiss in the coming twelve weeks: gaps, doubles, short rest, uneven load."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import hours

    reach.run(reach.Where(data_dir, database_url), lambda desk: hours.check(desk, name, json=json))


@override.command("add", epilog=WRITES)
def override_add(
    name: Name,
    since: Since,
    person: Annotated[
        str | None,
        typer.Option("--person", metavar="EMAIL", help="Is on duty; alone, unless one of the next two says how."),
    ] = None,
    instead_of: Annotated[
        str | None, typer.Option("--instead-of", metavar="EMAIL", help="Only in place of this person.")
    ] = None,
    also: Annotated[bool, typer.Option("--also", help="In addition to whoever else is.")] = False,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="EMAIL", help="Or: this person is off duty, and nobody stands in.")
    ] = None,
    shift: Annotated[
        list[str] | None,
        typer.Option(
            "--shift",
            metavar='"EMAIL, FROM, UNTIL"',
            help="Or: a temporary schedule of these shifts and nothing else; as often as needed.",
        ),
    ] = None,
    until: Until = None,
    span: For = None,
    rotation: Annotated[
        str | None, typer.Option("--rotation", metavar="NAME", help="Only of this rotation, not of the whole schedule.")
    ] = None,
    note: Note = "",
    zone: Zone = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")] = False,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Put somebody on duty or off duty for a time."""
    _check_who(person=bool(person), remove=bool(remove), shifts=bool(shift), instead_of=bool(instead_of), also=also)
    seconds = _length(until, span)
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import overriding

    choice = overriding.Choice(
        schedule=name,
        since=since,
        until=until,
        seconds=seconds,
        person=person,
        instead_of=instead_of,
        also=also,
        remove=remove,
        shifts=shift or [],
        rotation=rotation,
        note=note,
        zone=zone,
        dry_run=dry_run,
        on_behalf=on_behalf,
        json=json,
    )
    reach.run(reach.Where(data_dir, database_url), lambda desk: overriding.add(desk, choice))


@override.command("list", epilog=READS)
def override_list(
    name: Name,
    zone: Zone = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the overrides of a schedule that are in force or to come."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import overriding

    reach.run(reach.Where(data_dir, database_url), lambda desk: overriding.listed(desk, name, zone, json=json))


@override.command("remove", epilog=WRITES)
def override_remove(
    number: Number,
    zone: Zone = None,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take an override back; one that has begun ends now."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import overriding

    where = reach.Where(data_dir, database_url)
    reach.run(where, lambda desk: overriding.remove(desk, number, zone, on_behalf, json=json))


@cover.command("ask", epilog=WRITES)
def cover_ask(
    since: Since,
    me: Me,
    until: Until = None,
    span: For = None,
    name: Annotated[
        str | None, typer.Option("--schedule", metavar="NAME", help="Only for this one. Else for all your duty.")
    ] = None,
    note: Note = "",
    zone: Zone = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Ask others to cover your duty. Until somebody takes it, it stays yours."""
    seconds = _length(until, span)
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import covering

    choice = covering.Choice(since, until, seconds, name, note, zone, me, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: covering.ask(desk, choice))


@cover.command("list", epilog=READS)
def cover_list(
    zone: Zone = None, json: Json = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """List the cover requests that are not over: what is taken, and what is left."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import covering

    reach.run(reach.Where(data_dir, database_url), lambda desk: covering.listed(desk, zone, json=json))


@cover.command("take", epilog=WRITES)
def cover_take(
    number: Number,
    me: Me,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Only from then on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only until then.")] = None,
    zone: Zone = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take what is left of a cover request, or a part of it."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import covering

    choice = covering.Answer(number, me, since, until, zone, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: covering.take(desk, choice))


@cover.command("decline", epilog=WRITES)
def cover_decline(
    number: Number, me: Me, json: Json = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Say that you will not take it, so that the asker need not wait for you."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import covering

    choice = covering.Answer(number, me, json=json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: covering.decline(desk, choice))


@cover.command("withdraw", epilog=WRITES)
def cover_withdraw(
    number: Number, me: Me, json: Json = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Take your request back; what somebody took stays with them."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import covering

    choice = covering.Answer(number, me, json=json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: covering.withdraw(desk, choice))


@feed.command("add", epilog=WRITES)
def feed_add(
    person: Annotated[str | None, typer.Option("--person", metavar="EMAIL", help="Of this person's duty.")] = None,
    schedule: Annotated[str | None, typer.Option("--schedule", metavar="NAME", help="Of a whole schedule.")] = None,
    rotation: Annotated[
        str | None, typer.Option("--rotation", metavar="NAME", help="With --schedule: of this rotation alone.")
    ] = None,
    on_behalf: OnBehalf = None,
    json: Json = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make an address for a calendar program: the last 30 days and the coming year."""
    if bool(person) == bool(schedule):
        raise typer.BadParameter("Say of what: --person EMAIL, or --schedule NAME.")
    if rotation and not schedule:
        raise typer.BadParameter("--rotation needs --schedule.")
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import feeding

    choice = feeding.Choice(person, schedule, rotation, on_behalf, json)
    reach.run(reach.Where(data_dir, database_url), lambda desk: feeding.add(desk, choice))


@feed.command("list", epilog=READS)
def feed_list(json: Json = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """List the feeds, and when each was last asked for."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import feeding

    reach.run(reach.Where(data_dir, database_url), lambda desk: feeding.listed(desk, json=json))


@feed.command("revoke", epilog=WRITES)
def feed_revoke(
    number: Number, on_behalf: OnBehalf = None, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Take a feed's address back."""
    from watchbill.cli.desk import reach
    from watchbill.cli.duty import feeding

    reach.run(reach.Where(data_dir, database_url), lambda desk: feeding.revoke(desk, number, on_behalf))


def _check_who(*, person: bool, remove: bool, shifts: bool, instead_of: bool, also: bool) -> None:
    if person + remove + shifts != 1:
        raise typer.BadParameter(
            "Say who is on duty, --person EMAIL, or who is off duty, --remove EMAIL, or all of it, with --shift."
        )
    if instead_of + also + remove + shifts > 1:
        raise typer.BadParameter("--instead-of, --also, --remove and --shift do not go together.")


def _length(until: str | None, span: str | None) -> int:
    """Seconds of --for; 0 where --until says when it ends."""
    if bool(until) == bool(span):
        raise typer.BadParameter("Say when it ends: either --until TIME or --for SPAN.")
    if not span:
        return 0
    from watchbill.configuration import words
    from watchbill.configuration.problems import Refused

    try:
        return words.read_duration(span)
    except Refused as fault:
        raise typer.BadParameter(str(fault), param_hint="--for") from None
