"""`watchbill rehearse`: whom an alert would page, minute by minute. The rules themselves are asked, so it is what happens."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk import words
from watchbill.cli.desk.ladders import Called, Ladder, Rung, ladder_of, zone_of
from watchbill.cli.desk.listing import services_named
from watchbill.cli.desk.reach import DONE, USAGE, Desk, Refused, View
from watchbill.cli.desk.times import common_zone, moment_meant, zone_meant
from watchbill.cli.output import show_json, terminal
from watchbill.configuration.foreseen import Foreseen
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity
from watchbill.oncall import load
from watchbill.oncall.when import shown
from watchbill.people.queries import Known, MethodName

SHOWN = 12  # rungs of a service that is one of many


class Choice(Struct, frozen=True):
    """What was asked for. `severity`: of the alert that is imagined. `at`, `zone`: as typed; None for now, and for the zone
    of the schedules. `foreseen`: the configuration that is rehearsed, None for the one in force."""

    service: str | None = None
    team: str | None = None
    at: str | None = None
    zone: str | None = None
    severity: Severity = Severity.CRITICAL
    foreseen: Foreseen | None = None
    json: bool = False


class Rehearsal(Struct, frozen=True):
    """`rehearse --json`. `once_applied`: whether it is what a file would do. `at`: when the alert is imagined to come. `zone`: whose clock times are told by. `told`: what was
    made of a time that this clock leaves out or shows twice, else empty."""

    once_applied: bool
    at: datetime
    zone: str
    told: str
    severity: str
    services: list[Ladder]


async def run(desk: Desk, choice: Choice) -> int:
    """Tells."""
    async with desk.look() as view:
        rehearsal = await _rehearsal(view, choice)
    if choice.json:
        show_json(rehearsal)
    else:
        show(terminal(), rehearsal, whole=choice.service is not None)
    return DONE


async def _rehearsal(view: View, choice: Choice) -> Rehearsal:
    if choice.foreseen is not None:
        view = _once_applied(view, choice.foreseen)
    directory = view.directory
    chosen = services_named(view, choice.service, choice.team)
    services = [one for one in directory.services.values() if chosen is None or one.id in chosen]
    if choice.zone:
        zone = zone_meant(choice.zone)
    else:
        zone = zone_of(services[0], directory) if len(services) == 1 else common_zone(directory.schedules.values())
    when = moment_meant(choice.at, zone, view.now)
    if when.at < view.now and choice.foreseen is not None:
        raise Refused("What a file will do can be rehearsed from now on, not for a time that is over.", USAGE)
    if when.at < view.now:
        then = await load.schedules(view.link, directory.people, directory.teams, when.at)
        view = replace(view, directory=replace(directory, schedules=then))
    services.sort(key=lambda service: service.name.casefold())
    ladders = [ladder_of(service, view, choice.severity, when.at) for service in services]
    return Rehearsal(choice.foreseen is not None, when.at, zone, when.told, choice.severity, ladders)


def _once_applied(view: View, foreseen: Foreseen) -> View:
    """The view with a configuration in place of the one in force."""
    directory, ids = foreseen.directory, foreseen.ids
    zones = {id_: known.zone for id_, known in view.people.items()}
    people = {
        id_: Known(id_, directory.people[id_].name, email, directory.people[id_].active, zones.get(id_, "UTC"))
        for email, id_ in ids.kinds["users"].items()
        if id_ in directory.people
    }
    names = {id_: name for (_, name), id_ in ids.methods.items()}
    methods = {
        method.id: MethodName(method.id, person.id, names.get(method.id, ""), method.channel, method.enabled)
        for person in directory.people.values()
        for method in person.methods
    }
    return replace(view, directory=directory, people=people, methods=methods)


def show(console: Console, rehearsal: Rehearsal, *, whole: bool) -> None:
    """Prints it. `whole`: every rung with all that is to be said of it, else only what is out of the ordinary."""
    if not rehearsal.services:
        console.print("There is no service yet. Describe one in a file, and `watchbill apply FILE`.")
        return
    came = f"If {words.article(rehearsal.severity)} alert came {shown(rehearsal.at, rehearsal.zone)}"
    once = "Once the file is applied: " if rehearsal.once_applied else ""
    console.print(Text(f"{once}{came}, and nobody answered:", "bold"))
    if rehearsal.told:
        console.print(Text(rehearsal.told, "yellow"))
    for ladder in rehearsal.services:
        console.print()
        console.print(_head(ladder))
        console.print(_grid(ladder, rehearsal.zone, whole=whole), soft_wrap=False)


def _head(ladder: Ladder) -> Text:
    facts = [f"team {one_line(ladder.team)}", f"policy {one_line(ladder.policy)}", f"{ladder.urgency} urgency"]
    return Text.assemble((one_line(ladder.service), "bold"), "  ", (" · ".join(facts), "dim"))


def _grid(ladder: Ladder, zone: str, *, whole: bool) -> Table:
    """When after the alert, when by the clock, and what."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True, min_width=8)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    rungs = ladder.rungs if whole else ladder.rungs[:SHOWN]
    before = rungs[0].at
    for rung in rungs:
        grid.add_row(f"+{words.clock(rung.after_seconds)}", _clock(rung.at, before, zone), _what(rung, whole))
        before = rung.at
    more = len(ladder.rungs) - len(rungs)
    grid.add_row(Text("then", "dim"), "", Text(f"{more} more" if more else "nobody else", "dim"))
    for warning in ladder.warnings:
        grid.add_row(Text("!", "bold red"), "", Text(warning, "bold red" if "NOBODY" in warning else "red"))
    return grid


def _clock(at: datetime, before: datetime, zone: str) -> str:
    """`02:05`, `Mon 00:05` where another day has begun, with seconds where they matter."""
    local, earlier = (each.astimezone(ZoneInfo(zone)) for each in (at, before))
    day = f"{local:%a} " if local.date() != earlier.date() else ""
    return f"{day}{local:%H:%M:%S}" if local.second else f"{day}{local:%H:%M}"


def _what(rung: Rung, whole: bool) -> Text:
    lines = [_whom(rung)]
    if whole:
        lines += [Text(line, "dim") for line in _through(rung.called)]
    if whole or rung.reason not in words.PLAIN:
        lines.append(Text(rung.sentence, "dim"))
    if rung.told:
        lines.append(Text(f"told, but not paged: {words.names([one.name for one in rung.told])}", "dim"))
    return Text("\n").join([*lines, *(Text(note, "yellow") for note in rung.notes)])


def _whom(rung: Rung) -> Text:
    """Those who are paged, and those whose own rules page them later."""
    if not rung.called and not rung.pages:
        return Text("NOBODY", "bold red") if rung.reason == Reason.NOBODY_AT_ALL else Text("nobody")
    paged = {page.email for page in rung.pages}
    later = [one.name for one in rung.called if one.email not in paged]
    now = words.people_and_methods(rung.pages) if rung.pages else ""
    return Text("; ".join(filter(None, (now, f"{words.names(later)}, later by their own rules" if later else ""))))


def _through(called: Sequence[Called]) -> Iterator[str]:
    """Where those who are called come from; with their names, where not all come from the same."""
    come: dict[str, list[str]] = {}
    for one in called:
        come.setdefault(one.through, []).append(one.name)
    for through, names in come.items():
        if through:
            yield through if len(come) == 1 else f"{words.names(names)}: {through}"
