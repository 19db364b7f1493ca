"""The schedules of a made-up world, and what people do to them while it runs: edits, overrides, cover, and taking back."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from sim.chance import Chance
from watchbill.engine.directory import Directory, Person
from watchbill.engine.duty.revise import revise
from watchbill.engine.duty.schedule import (
    DAY,
    Edition,
    Fixed,
    HandOff,
    Hours,
    Override,
    OverrideKind,
    Rotation,
    Schedule,
    Slot,
    Unit,
)
from watchbill.engine.duty.walls import instant_of, moment_of

A_DAY = 86_400  # seconds
HOUR = 3600
# Half of them are set in some of the weeks that there are.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca")
HAND_OFFS_AT = (0, 60, 2 * 60, 2 * 60 + 30, 9 * 60, 9 * 60, 17 * 60)  # minutes; some come twice or never in a night
EVERY = {Unit.HOUR: (1, 2, 3, 6, 8, 12), Unit.DAY: (1, 1, 2), Unit.WEEK: (1, 1, 2), Unit.MONTH: (1,)}
OFFICE = tuple(Hours(day * DAY + 9 * 60, 8 * 60) for day in range(5))
NIGHTS = tuple(Hours(day * DAY + 20 * 60, 12 * 60) for day in range(7))
WEEKEND = (Hours(4 * DAY + 18 * 60, 63 * 60),)  # beyond the end of the week
CHANGES = (
    "people", "people", "people", "plan", "override", "override", "override", "cover", "cover", "back", "back", "back",
    "deleted", "ended", "anew", "anew",
)  # fmt: skip


def make_schedule(chance: Chance, number: int, team: int, members: list[int], *, now: datetime) -> Schedule:
    """A schedule of one or two rotations over these people."""
    rotations = [_rotation(chance, number * 10 + place, members, now) for place in range(chance.within(1, 2))]
    zone = chance.one_of(ZONES)
    hours = OFFICE if chance.happens(0.3) else ()
    return Schedule(number, f"schedule {number}", team, zone, tuple(rotations), (), hours)


def known(schedule: Schedule, people: Mapping[int, Person]) -> Schedule:
    """The schedule, knowing the names of everybody in it, and who has left."""
    there = {id_: people[id_] for id_ in _mentioned(schedule) if id_ in people}
    gone = frozenset(id_ for id_, person in there.items() if not person.active)
    return replace(schedule, names={id_: person.name for id_, person in there.items()}, gone=gone)


def changed(town: Directory, chance: Chance, *, now: datetime) -> tuple[Directory, str]:
    """The town with one of its schedules changed, and what that was, in words."""
    what = chance.one_of(CHANGES)
    numbers = [number for policy in town.policies for number in schedules_of(policy)]
    missing = [number for number in numbers if _is_over(town.schedules.get(number), instant_of(now))]
    if what == "anew" and missing:
        number = chance.one_of(missing)
        team = number // 10
        members = [person for person, _ in town.teams[team].members]
        return _with(town, make_schedule(chance, number, team, members, now=now)), f"schedule {number} is made anew"
    if not town.schedules:
        return town, "there is no schedule to change"
    old = chance.one_of(list(town.schedules.values()))
    members = [person for person, _ in town.teams[old.team].members]
    if what == "deleted":
        left = {number: one for number, one in town.schedules.items() if number != old.id}
        return replace(town, version=town.version + 1, schedules=left), f"{old.name} is deleted"
    if what == "ended":
        ended = tuple(replace(one, ends=min(one.ends or instant_of(now), instant_of(now))) for one in old.rotations)
        return _with(town, replace(old, rotations=ended)), f"the rotations of {old.name} end"
    after, words = _changed(old, chance, what, members, town.version, now)
    return _with(town, after), f"{old.name}: {words}"


def schedules_of(team: int) -> tuple[int, int]:
    """The numbers that the schedules of a team have, where it has them."""
    return team * 10 + 1, team * 10 + 2


def _is_over(schedule: Schedule | None, now: int) -> bool:
    return schedule is None or all(one.ends is not None and one.ends <= now for one in schedule.rotations)


def _with(town: Directory, schedule: Schedule) -> Directory:
    schedules = {**town.schedules, schedule.id: known(schedule, town.people)}
    return replace(town, version=town.version + 1, schedules=schedules)


def _changed(
    schedule: Schedule, chance: Chance, what: str, members: list[int], version: int, now: datetime
) -> tuple[Schedule, str]:
    instant = instant_of(now)
    if what == "back":
        ahead = [one for one in schedule.overrides if one.until > instant]
        if ahead:
            return _taken_back(schedule, chance.one_of(ahead), instant)
    places = [place for place, one in enumerate(schedule.rotations) if one.fixed is None]
    if what in ("people", "plan") and places:
        place = chance.one_of(places)
        rotation = schedule.rotations[place]
        edited = _edited(rotation, chance, what, members, schedule.gone, instant)
        rotations = (*schedule.rotations[:place], edited, *schedule.rotations[place + 1 :])
        return replace(schedule, rotations=rotations), f"{rotation.name} has other {what}"
    override = _override(schedule, chance, members, version + 1, instant, cover=what == "cover")
    recent = (one for one in schedule.overrides if one.until > instant - A_DAY)
    return replace(
        schedule, overrides=(*recent, override)
    ), f"{override.kind} from {override.since} to {override.until}"


def _taken_back(schedule: Schedule, override: Override, now: int) -> tuple[Schedule, str]:
    """What of it was over by now was true."""
    left = (
        replace(one, until=now) if one is override else one
        for one in schedule.overrides
        if one is not override or one.since < now
    )
    return replace(schedule, overrides=tuple(left)), f"{override.kind} is taken back"


def _edited(
    rotation: Rotation, chance: Chance, what: str, members: list[int], gone: frozenset[int], now: int
) -> Rotation:
    last = rotation.editions[-1]
    if what == "people":
        wanted = replace(last, since=now, first=0, order=_other_order(chance, last.order, members))
    else:
        wanted = replace(_edition(chance, members, now), order=last.order)
    begun = rotation.starts is None or rotation.starts <= now
    fresh = revise(rotation.editions, wanted, now, begun=begun, gone=gone)
    past = tuple(one for one in rotation.editions if one.since < fresh[0].since)
    return replace(rotation, editions=past + fresh)


def _other_order(chance: Chance, order: tuple[Slot, ...], members: list[int]) -> tuple[Slot, ...]:
    """Somebody joins, leaves or changes places."""
    slots = list(order)
    how = chance.one_of(("add", "add", "remove", "turn about"))
    if how == "add" or not slots:
        slots.insert(chance.within(0, len(slots)), (chance.one_of(members),))
    elif how == "remove":
        slots.remove(chance.one_of(slots))
    else:
        slots.reverse()
    return tuple(slots)


def _rotation(chance: Chance, number: int, members: list[int], now: datetime) -> Rotation:
    instant = instant_of(now)
    starts = instant + int(chance.between(-1, 3) * A_DAY) if chance.happens(0.08) else None
    ends = instant + int(chance.between(1, 6) * A_DAY) if chance.happens(0.08) else None
    shadow = chance.happens(0.08)
    name = f"rotation {number}"
    if chance.happens(0.08):
        return Rotation(number, name, (), starts, ends, shadow, tuple(_events(chance, members, instant)))
    edition = _edition(chance, members, instant - 30 * A_DAY)
    return Rotation(number, name, (edition,), starts, ends, shadow)


def _events(chance: Chance, members: list[int], since: int) -> Iterator[Fixed]:
    """Of a calendar elsewhere, over nine days."""
    at = since
    while at < since + 9 * A_DAY:
        until = at + chance.one_of((4, 8, 12, 24)) * HOUR
        yield Fixed(at, until, (chance.one_of(members),))
        at = until + chance.one_of((0, 0, 0, 2)) * HOUR


def _edition(chance: Chance, members: list[int], since: int) -> Edition:
    order = tuple(_slot(chance, members) for _ in range(chance.within(1, 4)))
    hours = chance.one_of(((), (), (), OFFICE, NIGHTS, WEEKEND, NIGHTS + WEEKEND))
    shadows = (chance.one_of(members),) if chance.happens(0.25) else ()
    return Edition(since, chance.one_of(ZONES), _hand_off(chance, since), order, 0, hours, shadows)


def _slot(chance: Chance, members: list[int]) -> Slot:
    """One person, or two together."""
    people = {chance.one_of(members) for _ in range(2 if chance.happens(0.2) else 1)}
    return tuple(sorted(people))


def _hand_off(chance: Chance, since: int) -> HandOff:
    unit = chance.one_of((Unit.HOUR, Unit.HOUR, Unit.DAY, Unit.DAY, Unit.WEEK, Unit.MONTH))
    anchor = moment_of(since).date() - timedelta(days=chance.within(0, 20))
    weekdays = tuple(sorted({chance.within(0, 6) for _ in range(chance.within(1, 3))})) if unit is Unit.WEEK else (0,)
    day = chance.within(1, 31) if unit is Unit.MONTH else 1
    return HandOff(unit, anchor, chance.one_of(EVERY[unit]), chance.one_of(HAND_OFFS_AT), weekdays, day)


def _override(
    schedule: Schedule, chance: Chance, members: list[int], number: int, now: int, *, cover: bool
) -> Override:
    kind = OverrideKind.REPLACE if cover else chance.one_of(list(OverrideKind))
    since = now + int(chance.between(-60, 60) if chance.happens(0.6) else chance.skewed(60, A_DAY))
    until = max(since, now) + int(chance.skewed(60, 2 * A_DAY))
    rotation = chance.one_of(schedule.rotations).id if schedule.rotations and chance.happens(0.4) else 0
    person = 0 if kind in (OverrideKind.REMOVE, OverrideKind.WHOLE) else chance.one_of(members)
    instead_of = chance.one_of(members) if kind in (OverrideKind.REMOVE, OverrideKind.REPLACE) else 0
    shifts = tuple(_events(chance, members, since))[: chance.within(0, 4)] if kind is OverrideKind.WHOLE else ()
    return Override(
        number, kind, since, until, person, instead_of, rotation, "somebody", "", cover and person != instead_of, shifts
    )


def _mentioned(schedule: Schedule) -> Iterator[int]:
    for rotation in schedule.rotations:
        for edition in rotation.editions:
            for slot in (*edition.order, edition.shadows):
                yield from slot
        for fixed in rotation.fixed or ():
            yield from fixed.people
    for override in schedule.overrides:
        yield from (override.person, override.instead_of)
        for fixed in override.shifts:
            yield from fixed.people
