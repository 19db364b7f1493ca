"""`watchbill schedule show`: who is on duty, day by day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain, repeat

from msgspec import Struct
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import ago, one_line, span
from watchbill.cli.desk import words
from watchbill.cli.desk.reach import DONE, Desk, View
from watchbill.cli.desk.shapes import person_of
from watchbill.cli.duty import agenda, covering, overriding
from watchbill.cli.duty.agenda import Day, Line, What
from watchbill.cli.duty.named import Spoken, schedule_named, zone_named
from watchbill.cli.duty.shapes import CalendarTold, Shown, override_told, shift_told
from watchbill.cli.output import show_json, terminal
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import Timeline, shifts
from watchbill.engine.duty.spoken import abbreviation
from watchbill.engine.duty.walls import zone_of
from watchbill.oncall import festive, load, queries, subscriptions
from watchbill.oncall import ground as grounds
from watchbill.oncall.festive import Holiday
from watchbill.oncall.queries import Named
from watchbill.oncall.subscriptions import Ailing
from watchbill.oncall.when import shown_span

AHEAD = timedelta(days=60)  # how far it is looked for the end of the duty that is on
LONGEST_NAME = 20
MOST_PROBLEMS = 10  # of one calendar
BARS = ((48, 112), (24, 76))  # cells for a day, where a terminal has so many columns
BAR = {What.SHIFT: "━", What.OVERRIDE: "═", What.SHADOW: "┄", What.GAP: "×"}
BEYOND = timedelta(days=1)  # so that what crosses the first and the last midnight is known to
MARKS = {What.SHIFT: " ", What.OVERRIDE: "⇄", What.SHADOW: "◌", What.GAP: "▲"}
LEGEND = {
    What.OVERRIDE: "override or cover",
    What.SHADOW: "shadow: told, not paged",
    What.GAP: "gap: nobody is on duty",
}
STYLES = {What.SHIFT: "", What.OVERRIDE: "cyan", What.SHADOW: "dim", What.GAP: "bold red"}


class Choice(Struct, frozen=True):
    """What was asked for, as it was typed."""

    name: str
    days: int
    since: str | None
    zone: str | None
    json: bool


class _Scene(Struct, frozen=True):
    """What is shown. `timeline`: of the days; `current`: from now on."""

    view: View
    named: Named
    zone: str
    days: list[Day]
    timeline: Timeline
    current: Timeline
    holidays: list[Holiday]
    shown: Shown


async def run(desk: Desk, choice: Choice) -> int:
    """Shows."""
    async with desk.look() as view:
        named = await schedule_named(view.link, choice.name)
        scene = await _scene(view, named, zone_named(choice.zone, named.zone), choice)
    if choice.json:
        show_json(scene.shown)
    else:
        _show(terminal(), scene)
    return DONE


async def _scene(view: View, named: Named, zone: str, choice: Choice) -> _Scene:
    spoken = Spoken(zone, view.now, [])
    first = (spoken.read("--from", choice.since) if choice.since else view.now).astimezone(zone_of(zone)).date()
    since, until = agenda.midnight(first, zone), agenda.midnight(first + timedelta(days=choice.days), zone)
    directory = view.directory
    loaded = await load.schedules(view.link, directory.people, directory.teams, min(since, view.now) - BEYOND)
    schedule = loaded[named.id]
    timeline = shifts(schedule, since, until)
    days = agenda.days(shifts(schedule, since - BEYOND, until + BEYOND), zone, first, choice.days)
    holidays = festive.holidays_between(named.holidays, days[0].date, days[-1].date)
    shown = await _shown(view, named, schedule, zone, timeline, days, holidays)
    return _Scene(view, named, zone, days, timeline, shifts(schedule, view.now, view.now + AHEAD), holidays, shown)


async def _shown(
    view: View,
    named: Named,
    schedule: Schedule,
    zone: str,
    timeline: Timeline,
    days: Sequence[Day],
    holidays: list[Holiday],
) -> Shown:
    rotations = {rotation.id: rotation.name for rotation in schedule.rotations}
    team = view.directory.teams.get(named.team)
    ground = await grounds.read(view.link)
    return Shown(
        at=view.now,
        schedule=named.name,
        team=team.name if team else "",
        zone=zone,
        since=days[0].since,
        until=days[-1].until,
        shifts=[shift_told(shift, view, rotations) for shift in timeline.shifts],
        gaps=list(timeline.gaps),
        gap_seconds=sum(round((gap.until - gap.since).total_seconds()) for gap in timeline.gaps),
        overrides=[override_told(one, view, rotations) for one in await queries.overrides(view.link, named.id)],
        cover=await covering.told(view, ground, zone, named.id),
        holidays=holidays,
        short_or_long_days={day.date.isoformat(): day.hours for day in days if day.clocks},
        calendars=[_calendar(one, view) for one in await subscriptions.ailing(view.link, named.id)],
    )


def _show(console: Console, scene: _Scene) -> None:
    shown = scene.shown
    local = shown.at.astimezone(zone_of(scene.zone))
    head = Text.assemble((one_line(shown.schedule), "bold"), ("  team ", "dim"), one_line(shown.team))
    first, last = scene.days[0].date, scene.days[-1].date
    through = (
        f"{first:%a %-d %b} – {last:%a %-d %b %Y}, {len(scene.days)} days" if last > first else f"{last:%a %-d %b %Y}"
    )
    head.append(f"  {through}, in {scene.zone}", "dim")
    console.print(head, soft_wrap=False)
    console.print(_now(scene, local), soft_wrap=False)
    console.print()
    console.print(_agenda(console, scene), soft_wrap=False)
    console.print()
    if (legend := _legend(scene)).plain:
        console.print(legend, soft_wrap=False)
        console.print()
    console.print(_gaps(scene), soft_wrap=False)
    for calendar in shown.calendars:
        console.print(_of_calendar(calendar), soft_wrap=False)
    _section(console, "Overrides now and to come", overriding.table(shown.overrides, scene.zone), shown.overrides)
    _section(console, "Cover", covering.table(shown.cover), shown.cover)


def _now(scene: _Scene, local: datetime) -> Text:
    """Who is on duty at this moment, and until when."""
    now = scene.view.now
    line = Text.assemble(("▶ ", "bold"), f"{local:%H:%M} {abbreviation(local)} now: ")
    on = [one for one in scene.current.shifts if one.since <= now < one.until and not one.shadow]
    if not on:
        gap = next((one for one in scene.current.gaps if one.since <= now), None)
        return line.append("NOBODY is on duty" if gap else "nobody needs to be on duty", "bold red" if gap else "")
    ends = [f"{_name(scene, one.person)} until {_until(one.until, scene)}" for one in on]
    return line.append(", ".join(ends), "bold")


def _until(at: datetime, scene: _Scene) -> str:
    if at >= scene.view.now + AHEAD:
        return "further notice"
    local = at.astimezone(zone_of(scene.zone))
    return f"{local:%a %-d %b %H:%M} {abbreviation(local)}"


def _agenda(console: Console, scene: _Scene) -> Table:
    """A line for each shift and gap of each day, with a bar of the day's hours where there is room for one."""
    bar = next((many for many, columns in BARS if console.width >= columns), 0)
    grid = Table.grid(padding=(0, 1))
    for _ in ("now", "day", "time", "bar", "mark"):
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    if bar:
        grid.add_row("", "", "", Text("".join(f"{hour:<{bar // 4}}" for hour in (0, 6, 12, 18)), "dim"))
    widest = max((cell_len(_who(line, scene)) for day in scene.days for line in day.lines), default=0)
    for number, day in enumerate(scene.days):
        if number and day.date.weekday() == 0:
            grid.add_row()
        _add_day(grid, day, scene, bar, min(widest, LONGEST_NAME))
    return grid


def _add_day(grid: Table, day: Day, scene: _Scene, bar: int, widest: int) -> None:
    today = day.since <= scene.view.now < day.until
    labels = chain([Text(f"{day.date:%a %e %b}", "bold" if today else "")], repeat(Text()))
    named = ", ".join(f"{one_line(one.name, 80)} ({one.where})" for one in scene.holidays if one.date == day.date)
    for told in filter(None, (day.clocks, named)):
        grid.add_row("", next(labels), "", "", "*", Text(told, "yellow"))
    for line in day.lines:
        now = today and line.what is not What.SHADOW and line.since <= scene.view.now < line.until
        style = STYLES[line.what]
        who = _who(line, scene)
        text = Text(f"{who}{' ' * (widest - cell_len(who))}  ", style or "bold").append(_why(line), "dim not bold")
        begins, ends = agenda.cells(line, scene.zone, bar)
        drawn = Text(f"{' ' * begins}{BAR[line.what] * (ends - begins)}" if bar else "", style)
        mark = Text(MARKS[line.what], style)
        grid.add_row(Text("▶" if now else "", "bold"), next(labels), line.time, drawn, mark, text)
    if not day.lines:
        grid.add_row("", next(labels), "all day", "", "", Text("nobody needs to be on duty", "dim"))


def _who(line: Line, scene: _Scene) -> str:
    return "NOBODY" if line.what is What.GAP else _name(scene, line.person)


def _why(line: Line) -> str:
    """Its source, without the word that every other line would repeat."""
    source = one_line(line.source, 200).removeprefix("rotation ").replace("shadow in rotation ", "shadow in ", 1)
    return source + (f", #{line.override}" if line.override else "")


def _legend(scene: _Scene) -> Text:
    used = {line.what for day in scene.days for line in day.lines}
    return Text("   ".join(f"{MARKS[what]} {LEGEND[what]}" for what in LEGEND if what in used), "dim")


def _gaps(scene: _Scene) -> Text:
    """Counted, and each in full."""
    gaps = scene.timeline.gaps
    if not gaps:
        return Text("✓ No gaps.", "green")
    many = f"{len(gaps)} gaps" if len(gaps) > 1 else "1 gap"
    told = Text(f"▲ {many}, {span(scene.shown.gap_seconds)} in all", "bold red")
    for gap in gaps:
        told.append(f"\n  {shown_span(gap.since, gap.until, scene.zone)}", "red not bold")
        told.append(f"  {one_line(gap.why, 200)}", "dim not bold red")
    return told


def _calendar(one: Ailing, view: View) -> CalendarTold:
    """An unreachable calendar keeps its last good copy, and says how old it is."""
    name = one_line(one.rotation, 60)
    if not one.fault:
        many = f"{len(one.problems)} of its events are" if len(one.problems) > 1 else "one of its events is"
        sentence = f"The calendar of rotation {name} was read, but {many} nobody's or cannot be read."
    elif one.fetched_at is None:
        sentence = f"The calendar of rotation {name} was never read. {one_line(one.fault, 300)}"
    else:
        old = ago((view.now - one.fetched_at).total_seconds())
        sentence = f"The calendar of rotation {name} cannot be read; its copy is of {old}. {one_line(one.fault, 300)}"
    return CalendarTold(one.rotation, one.fault, list(one.problems), one.fetched_at, sentence)


def _of_calendar(calendar: CalendarTold) -> Text:
    told = Text(f"! {calendar.sentence}", "yellow")
    for problem in calendar.problems[:MOST_PROBLEMS]:
        told.append(f"\n  {one_line(problem, 200)}", "dim")
    return told


def _section(console: Console, title: str, content: Table, rows: Sequence[object]) -> None:
    if rows:
        console.print()
        console.print(Text(title, "bold underline"))
        console.print(Padding(content, (0, 0, 0, 2)), soft_wrap=False)


def _name(scene: _Scene, person: int) -> str:
    known = person_of(scene.view, person)
    return words.names([known.name]) if known else "somebody"
