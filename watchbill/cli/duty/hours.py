"""`watchbill schedule hours` and `watchbill schedule check`: who carries how much, what it is worth, and what is amiss."""

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from msgspec import Struct
from msgspec.structs import replace
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk import words
from watchbill.cli.desk.reach import DONE, USAGE, Desk, Refused, View
from watchbill.cli.desk.shapes import Person, person_of
from watchbill.cli.duty.named import Spoken, schedule_named
from watchbill.cli.output import show_json, terminal
from watchbill.engine.duty.burden import Burden, Day, burdens
from watchbill.engine.duty.pay import KINDS, Rates, worked
from watchbill.engine.duty.quality import Quality, quality
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import Timeline, shifts
from watchbill.engine.duty.walls import zone_of
from watchbill.oncall import festive, load, queries
from watchbill.oncall.queries import Named
from watchbill.oncall.report import Sheet, Who, as_csv
from watchbill.oncall.when import shown_span

LONGEST = timedelta(days=3 * 366)
AHEAD = timedelta(days=84)  # that `check` looks at
SHOWN = 5  # findings of one kind


class Choice(Struct, frozen=True):
    """What was asked for, as it was typed. `name`: of a schedule, None for all. `rates`: KIND=AMOUNT."""

    name: str | None
    since: str
    until: str
    rates: list[str]
    currency: str
    csv: bool
    json: bool


class HoursTold(Struct, frozen=True):
    """Seconds on duty; see engine.duty.burden.Burden. `pay`: null without rates."""

    person: Person | None
    seconds: int
    business: int
    off: int
    sleep: int
    weekend: int
    holiday: int
    shadow: int
    shifts: int
    longest: int


class Told(Struct, frozen=True):
    """`schedule hours --json`."""

    schedules: list[str]
    since: datetime
    until: datetime
    people: list[HoursTold]


class FoundTold(Struct, frozen=True):
    """A finding. `kind`: gap, double, short_rest or unbalanced."""

    kind: str
    person: Person | None
    since: datetime
    until: datetime
    sentence: str


class Checked(Struct, frozen=True):
    """`schedule check --json`. `cost`: points by kind; `score` is what is left of 100."""

    schedule: str
    since: datetime
    until: datetime
    score: int
    cost: dict[str, int]
    found: list[FoundTold]


async def run(desk: Desk, choice: Choice) -> int:
    """Tells hours."""
    rates = _rates(choice.rates, choice.currency)
    async with desk.look() as view:
        chosen = [await schedule_named(view.link, choice.name)] if choice.name else await queries.schedules(view.link)
        spoken = Spoken(chosen[0].zone if chosen else "UTC", view.now, [])
        since = spoken.read("--from", choice.since)
        until = spoken.read("--until", choice.until, after=since)
        if not since < until <= since + LONGEST:
            raise Refused(f"--until must be later than --from, by {LONGEST.days} days at most.", USAGE)
        loaded = await _loaded(view, since)
        lines = {one.id: shifts(loaded[one.id], since, until) for one in chosen if one.id in loaded}
    zones = _zones(view)
    days = _days(chosen, zones, since, until)
    if choice.csv:
        sheets = [Sheet(one.name, worked(lines[one.id].shifts, days[one.id])) for one in chosen if one.id in lines]
        sys.stdout.write(as_csv(sheets, _named(view, zones), since, until, rates))
        return DONE
    found = burdens((shift for line in lines.values() for shift in line.shifts), _together(lines, days))
    told = Told([one.name for one in chosen], since, until, [_told(one, view) for one in found])
    if choice.json:
        show_json(told)
    else:
        _show(terminal(), told, spoken.zone)
    return DONE


async def check(desk: Desk, name: str, *, json: bool) -> int:
    """Tells what is amiss in the coming twelve weeks."""
    async with desk.look() as view:
        named = await schedule_named(view.link, name)
        every = await queries.schedules(view.link)
    zones = _zones(view)
    since, until = view.now.replace(second=0, microsecond=0), view.now.replace(second=0, microsecond=0) + AHEAD
    judged = view.directory.schedules[named.id]
    others = [one for one in every if one.id != named.id and _share(view.directory.schedules[one.id], judged)]
    timelines = [(one.name, shifts(view.directory.schedules[one.id], since, until)) for one in (named, *others)]
    days = _days([named], zones, since, until)[named.id]
    found = quality(timelines, days, judged.names, since, until)
    told = _checked(named.name, since, until, found, view)
    if json:
        show_json(told)
    else:
        _show_checked(terminal(), told, named.zone)
    return DONE


async def _loaded(view: View, since: datetime) -> dict[int, Schedule]:
    """Also the hours of those who have left since."""
    since = min(since, view.now)
    found = await load.schedules(view.link, view.directory.people, view.directory.teams, since)
    return {id_: replace(schedule, gone=frozenset()) for id_, schedule in found.items()}


def _together(lines: dict[int, Timeline], days: dict[int, dict[int, Day]]) -> dict[int, Day]:
    """By person, over all schedules: the holidays of each in which the person has duty."""
    found: dict[int, Day] = {}
    for schedule, line in lines.items():
        for person in {shift.person for shift in line.shifts}:
            day = days[schedule].get(person, Day())
            before = found.get(person, day)
            found[person] = Day(day.zone, day.holidays | before.holidays)
    return found


def _zones(view: View) -> dict[int, str]:
    return {id_: one.zone for id_, one in view.people.items()}


def _share(one: Schedule, other: Schedule) -> bool:
    return not one.names.keys().isdisjoint(other.names)


def _days(
    chosen: Iterable[Named], zones: dict[int, str], since: datetime, until: datetime
) -> dict[int, dict[int, Day]]:
    """By schedule and person: each in their own zone, with the holidays of the schedule."""
    found = {}
    for one in chosen:
        first, last = since.astimezone(zone_of(one.zone)).date(), until.astimezone(zone_of(one.zone)).date()
        dates = frozenset(holiday.date for holiday in festive.holidays_between(one.holidays, first, last))
        found[one.id] = {person: Day(zone, dates) for person, zone in zones.items()}
    return found


def _rates(given: list[str], currency: str) -> Rates | None:
    rates = {}
    for text in given:
        kind, sign, amount = text.partition("=")
        if not sign or kind not in KINDS:
            raise Refused(f"--rate: {text!r} is not KIND=AMOUNT, with {', '.join(KINDS)} as KIND.", USAGE)
        try:
            rates[kind] = Decimal(amount)
        except InvalidOperation:
            raise Refused(f"--rate: {amount!r} is no amount. Write {kind}=12.50.", USAGE) from None
        if not rates[kind].is_finite() or rates[kind] < 0:
            raise Refused(f"--rate: {amount!r} is no amount. Write {kind}=12.50.", USAGE)
    return Rates(rates, currency) if rates else None


def _named(view: View, zones: dict[int, str]) -> dict[int, Who]:
    return {id_: Who(one.name, one.email, zones.get(id_, "UTC")) for id_, one in view.people.items()}


def _told(one: Burden, view: View) -> HoursTold:
    return HoursTold(
        person_of(view, one.person),
        one.seconds,
        one.business,
        one.off,
        one.sleep,
        one.weekend,
        one.holiday,
        one.shadow,
        one.shifts,
        one.longest,
    )


def _show(console: Console, told: Told, zone: str) -> None:
    head = Text(", ".join(one_line(name, 60) for name in told.schedules) or "No schedule", "bold")
    console.print(head.append(f"  {shown_span(told.since, told.until, zone)}", "not bold dim"), soft_wrap=False)
    if not told.people:
        console.print("Nobody was on duty.")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("Hours", overflow="fold")
    for title in ("all", "business", "off", "sleep", "weekend", "holiday", "longest"):
        table.add_column(title, justify="right")
    for one in told.people:
        numbers = (one.seconds, one.business, one.off, one.sleep, one.weekend, one.holiday, one.longest)
        name = words.names([one.person.name]) if one.person else "somebody"
        table.add_row(Text(name, "bold"), *(f"{seconds / 3600:.1f}".removesuffix(".0") for seconds in numbers))
    console.print(table, soft_wrap=False)
    note = "Business, off and sleep hours are of each person's own zone; weekends and holidays are counted beside them."
    console.print(Text(note, "dim"), soft_wrap=False)


def _checked(name: str, since: datetime, until: datetime, found: Quality, view: View) -> Checked:
    return Checked(
        name,
        since,
        until,
        found.score,
        {kind.value: cost for kind, cost in found.cost.items()},
        [FoundTold(one.kind, person_of(view, one.person), one.since, one.until, one.words) for one in found.found],
    )


def _show_checked(console: Console, told: Checked, zone: str) -> None:
    good = not told.found
    head = Text.assemble(
        (one_line(told.schedule, 60), "bold"), "  ", (f"{told.score} of 100", "bold green" if good else "bold")
    )
    console.print(head.append("  in the coming twelve weeks", "dim"), soft_wrap=False)
    if good:
        console.print(Text("✓ No gaps, nobody on duty twice, nobody without rest, the load is even.", "green"))
    for kind, cost in told.cost.items():
        mine = [one for one in told.found if one.kind == kind]
        if not mine:
            continue
        console.print(Text(f"−{cost}  {kind.replace('_', ' ')}, {len(mine)}", "bold red"))
        for one in mine[:SHOWN]:
            line = Text(f"     {shown_span(one.since, one.until, zone)}  ")
            console.print(line.append(one_line(one.sentence, 300), "dim"), soft_wrap=False)
        if len(mine) > SHOWN:
            console.print(Text(f"     and {len(mine) - SHOWN} more", "dim"))
