"""Decides which notices of a schedule fall due, and what they say: duty that begins and ends, the week ahead, gaps.

Nothing here remembers what was told. Each notice has a key that stays the same as long as what it tells does, and a key is
written once; so asking again, on another node or after a restart, tells nobody twice.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct

from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import Timeline, shifts
from watchbill.engine.duty.spoken import length, listed, moment, stretch
from watchbill.engine.duty.stints import OVERLAP, PAUSE, Stint, stints, stretches_of
from watchbill.engine.duty.walls import first, instant_of, moment_of, wall_at, zone_of

BEFORE = 30 * 60  # seconds before duty begins at which that is told
CATCH_UP = 3600  # seconds for which hand-offs that no node told of are told after all
BACK = CATCH_UP + PAUSE + OVERLAP  # how far back the shifts must be known, in seconds
MONTH = 35 * 86400  # how far ahead is looked, for "until" and "next"
WEEK_AHEAD = (6, 18)  # Sunday, 18:00, on the wall of the person's zone
STAGES = (3600, 86400)  # seconds before a gap at which it is told again
MOST_GAPS = 5  # of a schedule at each stage; the others have their turn when these are over
MOST_LINES = 40
GAP_JUST_BEGUN = "now"
AT_A_GAP = (
    "Alerts then page the fallback of the escalation policy. An override, or an edit of the rota, closes the gap."
)


class Telling(Struct, frozen=True):
    """A notice to be written. `kind`: one word. `key`: what it tells to whom, the same whenever and wherever it is planned."""

    person: int
    kind: str
    key: str
    subject: str
    body: str


class Readers(Struct, frozen=True):
    """Whom notices can reach. `names`: of everybody, by id. `zones`: IANA names, of those who can be reached and only
    those. `owners`: who looks after a schedule, by its id. `lead`: seconds before a gap at which they are warned, by schedule."""

    names: Mapping[int, str]
    zones: Mapping[int, str]
    owners: Mapping[int, tuple[int, ...]] = MappingProxyType({})
    lead: Mapping[int, int] = MappingProxyType({})

    def name(self, person: int) -> str:
        """As people are called; "?" for a person who is not known."""
        return self.names.get(person, "?")


def of_schedule(schedule: Schedule, readers: Readers, *, now: datetime) -> tuple[Telling, ...]:
    """Hand-offs and gaps of one schedule that are to be told by `now`. Where it must be known what was, `schedule` says so
    from BACK seconds ago on."""
    instant = instant_of(now)
    lead = min(max(readers.lead.get(schedule.id, 0), 0), MONTH)
    ahead = max(lead, PAUSE + BEFORE) + 60
    timeline = _around(schedule, instant, ahead=ahead)
    found: list[Telling] = []
    near = stints(timeline)
    if any(_begins_soon(one, instant) or _just_ended(one, instant) for one in near):
        wide = _around(schedule, instant, ahead=MONTH)
        found += _hand_offs(schedule, readers, wide, instant)
    if schedule.id in readers.lead:
        found += _gaps(schedule, readers, timeline, lead, instant + ahead, instant)
    return tuple(found)


def weeks_due(readers: Readers, *, now: datetime) -> dict[int, tuple[int, ...]]:
    """Who is to be told of the week that begins at which instant: people by that instant, Sunday evening of their zones."""
    instant = instant_of(now)
    by_zone = {zone: _last_sunday(zone, instant) for zone in set(readers.zones.values())}
    found: dict[int, tuple[int, ...]] = {}
    for person, zone in readers.zones.items():
        if instant - CATCH_UP < by_zone[zone] <= instant:
            found[by_zone[zone]] = (*found.get(by_zone[zone], ()), person)
    return found


def duty_in_week(schedule: Schedule, begins: int) -> dict[int, list[tuple[int, int]]]:
    """When each person is on duty in a schedule in the seven days from an instant on, whole stretches where they end
    within a week after that; by id."""
    timeline = shifts(schedule, moment_of(begins), moment_of(begins + 14 * 86400))
    found = stretches_of(timeline)
    within = {person: [part for part in parts if part[0] < begins + 7 * 86400] for person, parts in found.items()}
    return {person: parts for person, parts in within.items() if parts}


def week_ahead(person: int, begins: int, duty: Mapping[str, list[tuple[int, int]]], readers: Readers) -> Telling:
    """What one person is told of the week. `duty`: by the schedule's name."""
    zone = readers.zones[person]
    lines = sorted((part, name) for name, parts in duty.items() for part in parts)
    told = [f"{_shown(part, begins, zone)}: {name}, {length(part[1] - part[0])}" for part, name in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        told.append(f"and {len(lines) - MOST_LINES} more.")
    return Telling(
        person,
        "week",
        f"week {person} {begins}",
        f"Your duty in the week ahead: {_times(len(lines))}",
        "\n".join([*told, in_zone(zone)]),
    )


def _shown(part: tuple[int, int], begins: int, zone: str) -> str:
    last = begins + 14 * 86400
    if part[1] >= last:
        return f"from {moment(part[0], zone)} on" if part[0] > begins else "All the time"
    return stretch(*part, zone) if part[0] > begins else f"now, until {moment(part[1], zone)}"


def _hand_offs(schedule: Schedule, readers: Readers, timeline: Timeline, now: int) -> Iterator[Telling]:
    known = stints(timeline)
    for stint in known:
        if stint.person not in readers.zones:
            continue
        if _begins_soon(stint, now):
            yield _starts(schedule, readers, stint, known, now)
        if _just_ended(stint, now):
            yield _ends(schedule, readers, stint, known, timeline)


def _begins_soon(stint: Stint, now: int) -> bool:
    return now - CATCH_UP < stint.since - BEFORE <= now < stint.until


def _just_ended(stint: Stint, now: int) -> bool:
    return now - CATCH_UP < stint.until <= now


def _starts(schedule: Schedule, readers: Readers, stint: Stint, known: tuple[Stint, ...], now: int) -> Telling:
    zone = readers.zones[stint.person]
    others = [one for one in known if one.person != stint.person]
    before = _before(stint, others)
    beside = [one.person for one in others if one not in before and one.on_duty(stint.since)]
    lines = [_until_when(schedule, stint, now, zone)]
    if before:
        ended = f", whose duty ended at {moment(before[0].until, zone)}" if before[0].until < stint.since else ""
        lines.append(f"You take over from {names_of([one.person for one in before], readers)}{ended}.")
    if beside:
        lines.append(f"On duty with you: {names_of(beside, readers)}.")
    if stint.until < now + MONTH:
        lines.append(_next(stint, others, readers, zone))
    verb = "begins" if stint.since > now else "began"
    return Telling(
        stint.person,
        "starts",
        f"starts {schedule.id} {stint.person} {stint.since}",
        f"Your duty in {schedule.name} {verb} at {moment(stint.since, zone)}",
        "\n".join([*lines, in_zone(zone)]),
    )


def _before(stint: Stint, others: list[Stint]) -> list[Stint]:
    """Those whom a stint follows: who leave when it begins, or who were the last to leave before it."""
    left = [one for one in others if one.since < stint.since and one.until <= stint.since + OVERLAP]
    latest = max((one.until for one in left), default=0)
    if latest < stint.since - PAUSE:
        return []
    return [one for one in left if one.until == latest or one.until >= stint.since]


def _until_when(schedule: Schedule, stint: Stint, now: int, zone: str) -> str:
    if stint.until >= now + MONTH:
        return f"You are on duty in {schedule.name} from {moment(stint.since, zone)} on, for more than {MONTH // 86400} days."
    parts = f", in {len(stint.parts)} parts" if len(stint.parts) > 1 else ""
    when = stretch(stint.since, stint.until, zone)
    return f"You are on duty in {schedule.name}: {when}, {length(stint.length)}{parts}."


def _ends(schedule: Schedule, readers: Readers, stint: Stint, known: tuple[Stint, ...], timeline: Timeline) -> Telling:
    zone = readers.zones[stint.person]
    others = [one for one in known if one.person != stint.person]
    now_there = [one.person for one in others if one.on_duty(stint.until)]
    lines = [f"Your duty in {schedule.name} ended at {moment(stint.until, zone)}."]
    if now_there:
        lines.append(f"On duty now: {names_of(now_there, readers)}.")
    else:
        gap = next((gap for gap in timeline.gaps if gap.since <= moment_of(stint.until) < gap.until), None)
        lines.append(f"Nobody is on duty now: {gap.why}." if gap else "Nobody has to be on duty now.")
        lines.append(_next(stint, others, readers, zone))
    return Telling(
        stint.person,
        "ends",
        f"ends {schedule.id} {stint.person} {stint.until}",
        f"Your duty in {schedule.name} has ended",
        "\n".join([*lines, in_zone(zone)]),
    )


def _next(stint: Stint, others: list[Stint], readers: Readers, zone: str) -> str:
    """Who comes on duty when the stint ends, or first after it."""
    coming = [one for one in others if one.until > stint.until and one.since > max(stint.since, stint.until - OVERLAP)]
    if not coming:
        return "Nobody is planned after you."
    since = min(one.since for one in coming)
    names = names_of([one.person for one in coming if one.since == since], readers)
    return f"After you: {names}, from {moment(since, zone)}."


def _gaps(
    schedule: Schedule, readers: Readers, timeline: Timeline, lead: int, edge: int, now: int
) -> Iterator[Telling]:
    """Warnings of gaps that come, and of those that have just begun, to everybody who looks after the schedule. `edge`: the
    instant at which the timeline ends."""
    owners = [person for person in readers.owners.get(schedule.id, ()) if person in readers.zones]
    told: Counter[str] = Counter()
    for gap in timeline.gaps:
        since, until = instant_of(gap.since), instant_of(gap.until)
        stage = _stage(since, until, lead, now)
        if stage is None or told[stage] == MOST_GAPS:
            continue
        told[stage] += 1
        for person in owners:
            zone = readers.zones[person]
            yield Telling(
                person,
                "gap",
                f"gap {schedule.id} {person} {since} {stage}",
                f"Nobody is on duty in {schedule.name} from {moment(since, zone)}",
                "\n".join((_gap_in_words(since, until, edge, zone), f"Why: {gap.why}.", AT_A_GAP, in_zone(zone))),
            )


def _gap_in_words(since: int, until: int, edge: int, zone: str) -> str:
    if until == edge:  # where it ends has not been looked for
        return f"There is a gap from {moment(since, zone)} on, for {length(until - since)} at least."
    return f"There is a gap: {stretch(since, until, zone)}, {length(until - since)}."


def _stage(since: int, until: int, lead: int, now: int) -> str | None:
    """Which warning a gap is due for; each is given once, so one that was missed is given late, but none is given twice."""
    if until <= now:
        return None
    if since <= now:
        return GAP_JUST_BEGUN if since > now - CATCH_UP else None
    away = since - now
    if away > max(lead, 0):
        return None
    return next((str(stage) for stage in STAGES if away <= stage), "lead")


def _around(schedule: Schedule, now: int, *, ahead: int) -> Timeline:
    return shifts(schedule, moment_of(now - BACK), moment_of(now + ahead))


def _last_sunday(zone: str, now: int) -> int:
    """The last instant, at or before `now`, at which a wall of the zone showed Sunday 18:00."""
    weekday, hour = WEEK_AHEAD
    wall = wall_at(now, zone_of(zone)).replace(hour=hour, minute=0, second=0)
    wall -= timedelta(days=(wall.weekday() - weekday) % 7)
    found = first(wall, zone_of(zone))
    return found if found <= now else first(wall - timedelta(days=7), zone_of(zone))


def names_of(people: list[int], readers: Readers) -> str:
    """`Ana and Bo`, each once; there is at least one."""
    return listed([readers.name(person) for person in dict.fromkeys(people)])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def in_zone(zone: str) -> str:
    """Says whose times stand above."""
    return f"Times are those of {zone}."
