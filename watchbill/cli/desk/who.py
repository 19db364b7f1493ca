"""`watchbill who`: who is on duty, now or at another time, since and until when, how each is reached, and who comes next."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line, span
from watchbill.cli.desk import words
from watchbill.cli.desk.listing import team_named
from watchbill.cli.desk.reach import DONE, Desk, View
from watchbill.cli.desk.shapes import Person, person_of
from watchbill.cli.desk.times import common_zone, moment_meant
from watchbill.cli.output import show_json, terminal
from watchbill.engine.directory import Policy, Team
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import on_duty
from watchbill.engine.duty.spoken import abbreviation
from watchbill.engine.duty.walls import zone_of
from watchbill.engine.notification import rules_of
from watchbill.engine.whom import people_of
from watchbill.engine.words import TargetKind, Urgency
from watchbill.oncall import load, queries
from watchbill.oncall.standing import BACK, On, standing
from watchbill.oncall.when import shown, shown_span


class Choice(Struct, frozen=True):
    """What was asked for. `team`: its name. `at`: as typed, None for now."""

    team: str | None = None
    at: str | None = None
    json: bool = False


class Road(Struct, frozen=True):
    """A contact method that is used `after_seconds` from a page of high urgency on."""

    method: str
    channel: str
    after_seconds: int


class OnDuty(Struct, frozen=True):
    """Somebody on duty. `since`, `until`: null where it is more than a month ago, or a year ahead. `source`: where the duty
    comes from, in words. `shadow`: told, but not paged. `local_time`: what the clock of `zone`, where the person lives, shows."""

    name: str
    email: str
    since: datetime | None
    until: datetime | None
    source: str
    shadow: bool
    zone: str
    local_time: str
    roads: list[Road]


class NobodyThere(Struct, frozen=True):
    """Time without anybody. `now`: whether it is at the time asked for, else it is to come."""

    since: datetime
    until: datetime
    why: str
    now: bool


class NextUp(Struct, frozen=True):
    """Who comes on duty next, and when."""

    at: datetime
    people: list[Person]


class Watch(Struct, frozen=True):
    """A schedule. `gap`: none, or the one at the time asked for, or that before somebody comes next."""

    schedule: str
    zone: str
    on: list[OnDuty]
    gap: NobodyThere | None
    next: NextUp | None


class WithoutSchedule(Struct, frozen=True):
    """A policy that pages by name: whom its first step pages."""

    policy: str
    services: list[str]
    people: list[Person]


class OfTeam(Struct, frozen=True):
    """A team's schedules, and the policies of its services that ask no schedule."""

    team: str
    schedules: list[Watch]
    policies: list[WithoutSchedule]


class WhoIsOn(Struct, frozen=True):
    """`who --json`. `told`: what was made of a time that the clock of `zone` leaves out or shows twice, else empty."""

    at: datetime
    zone: str
    told: str
    teams: list[OfTeam]


async def run(desk: Desk, choice: Choice) -> int:
    """Tells."""
    async with desk.look() as view:
        directory = view.directory
        only = team_named(view, choice.team) if choice.team else None
        zone = common_zone(one for one in directory.schedules.values() if only in (None, one.team))
        when = moment_meant(choice.at, zone, view.now)
        known = await load.schedules(view.link, directory.people, directory.teams, when.at - BACK)
        kept = {one.id for one in await queries.schedules(view.link)}
    schedules = [one for one in known.values() if one.id in kept or on_duty(one, when.at)]
    teams = sorted(directory.teams.values(), key=lambda team: team.name.casefold())
    told = [_of_team(team, view, schedules, when.at) for team in teams if only in (None, team.id)]
    who = WhoIsOn(when.at, zone, when.told, told)
    if choice.json:
        show_json(who)
    else:
        show(terminal(), who)
    return DONE


def _of_team(team: Team, view: View, schedules: Iterable[Schedule], at: datetime) -> OfTeam:
    mine = sorted((one for one in schedules if one.team == team.id), key=lambda one: one.name.casefold())
    return OfTeam(team.name, [_watch(schedule, view, at) for schedule in mine], list(_without_schedule(team, view, at)))


def _watch(schedule: Schedule, view: View, at: datetime) -> Watch:
    found = standing(schedule, at)
    gap = found.gap
    return Watch(
        schedule.name,
        schedule.zone,
        [_on(one, view, at) for one in found.on],
        NobodyThere(gap.since, gap.until, gap.why, gap.since <= at) if gap is not None else None,
        NextUp(found.next_at, _people(found.next_on, view)) if found.next_at is not None else None,
    )


def _on(one: On, view: View, at: datetime) -> OnDuty:
    known, person = view.people[one.person], view.directory.people[one.person]
    roads = []
    for rule in rules_of(person, Urgency.HIGH):
        method = view.methods[rule.method]
        roads.append(Road(method.name, method.channel, rule.delay))
    there = at.astimezone(zone_of(known.zone))
    return OnDuty(
        known.name,
        known.email,
        one.since,
        one.until,
        one.source,
        one.shadow,
        known.zone,
        f"{there:%a %H:%M} {abbreviation(there)}",
        roads,
    )


def _without_schedule(team: Team, view: View, at: datetime) -> Iterator[WithoutSchedule]:
    """The policies of a team's services that page by name alone."""
    directory = view.directory
    services: dict[int, list[str]] = {}
    for service in directory.services.values():
        if service.team == team.id:
            services.setdefault(service.policy, []).append(service.name)
    for policy in sorted(directory.policies.values(), key=lambda policy: policy.name.casefold()):
        if policy.id in services and not _asks_a_schedule(policy):
            first = people_of(policy.steps[0].targets, directory, now=at) if policy.steps else ()
            yield WithoutSchedule(policy.name, sorted(services[policy.id]), _people(first, view))


def _asks_a_schedule(policy: Policy) -> bool:
    return any(target.kind is TargetKind.SCHEDULE for step in policy.steps for target in step.targets)


def _people(ids: Iterable[int], view: View) -> list[Person]:
    return [person for id_ in ids if (person := person_of(view, id_)) is not None]


def show(console: Console, who: WhoIsOn) -> None:
    """Prints it, team by team."""
    if not any(team.schedules or team.policies for team in who.teams):
        console.print("There is no schedule yet. Describe one in a file, and `watchbill apply FILE`.")
        return
    console.print(Text(f"On duty {shown(who.at, who.zone)}", "bold"))
    if who.told:
        console.print(Text(who.told, "yellow"))
    for team in who.teams:
        if team.schedules or team.policies:
            console.print()
            console.print(Text(one_line(team.team), "bold underline"))
            console.print(Padding(_grid(team, who.at), (0, 0, 0, 2)), soft_wrap=False)


def _grid(team: OfTeam, at: datetime) -> Table:
    """Whom or what a line is about, and the line."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for watch in team.schedules:
        grid.add_row(Text(one_line(watch.schedule, 30), "bold"), "")
        for who, line in _lines(watch, at):
            grid.add_row(who, line)
    for policy in team.policies:
        services = one_line(", ".join(policy.services), 200)
        names = words.names([person.name for person in policy.people])
        line = Text.assemble(names if policy.people else ("NOBODY", "bold red"), (f"  first for {services}", "dim"))
        grid.add_row(Text("no schedule", "bold"), line.append(f", by policy {one_line(policy.policy, 60)}", "dim"))
    return grid


def _lines(watch: Watch, at: datetime) -> Iterator[tuple[Text, Text]]:
    gap = watch.gap
    if gap is not None and gap.now:
        yield Text("  ✗ NOBODY", "bold red"), Text(_gap(gap, watch.zone), "bold red")
    elif all(one.shadow for one in watch.on):
        yield Text("  – nobody"), Text("and nobody has to be at this hour", "dim")
    for one in watch.on:
        mark = "○" if one.shadow else "●"
        yield Text(f"  {mark} {one_line(one.name, 24)}"), _duty(one, watch.zone, at)
    if gap is not None and not gap.now:
        yield Text("  then NOBODY", "red"), Text(_gap(gap, watch.zone), "red")
    if watch.next is not None:
        names = words.names([one.name for one in watch.next.people])
        yield Text("  next", "dim"), Text.assemble(names, (f" from {shown(watch.next.at, watch.zone)}", "dim"))
    elif not any(one.until is None for one in watch.on):
        yield Text("  next", "dim"), Text("nobody within a year", "red")


def _gap(gap: NobodyThere, zone: str) -> str:
    return f"{shown_span(gap.since, gap.until, zone)}: {one_line(gap.why, 300)}"


def _duty(one: OnDuty, zone: str, at: datetime) -> Text:
    """Until when, from where, and how the person is reached, in a line each. A shadow is not to be reached."""
    until = (
        f"until {shown(one.until, zone)}, {span((one.until - at).total_seconds())} more" if one.until else "for good"
    )
    since = f"since {shown(one.since, zone)} · " if one.since else ""
    there = f" · {one.local_time} there" if one.zone != zone else ""
    if one.shadow:
        return Text(f"told, but not paged, {until}\n{since}{one_line(one.source, 200)}", "dim")
    text = Text.assemble(until, (f"\n{since}{one_line(one.source, 200)}\n", "dim"))
    return text.append(_roads(one), "dim" if one.roads else "bold red").append(there, "dim")


def _roads(one: OnDuty) -> str:
    """`sms, phone after 5 min`."""
    if not one.roads:
        return "CANNOT BE REACHED: no contact method is switched on"
    later = (f" after {span(road.after_seconds)}" if road.after_seconds else "" for road in one.roads)
    return ", ".join(f"{one_line(road.method, 40)}{after}" for road, after in zip(one.roads, later, strict=True))
