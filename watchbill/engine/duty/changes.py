"""Decides who is told of what people do to a schedule: an override made or taken back, cover asked for and answered."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from watchbill.engine.duty.hours import Stretch, merged
from watchbill.engine.duty.moves import moves
from watchbill.engine.duty.notices import MONTH, Readers, Telling, in_zone, names_of
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import crew, on_duty, shifts
from watchbill.engine.duty.spoken import length, listed, stretch
from watchbill.engine.duty.stints import stretches_of
from watchbill.engine.duty.walls import instant_of, moment_of

MOST_PARTS = 10


class Made(Struct, frozen=True):
    """An override that was made lately. `by`: id of who made it, 0 where nobody is known; that one knows."""

    override: int
    by: int = 0


class TakenBack(Struct, frozen=True):
    """An override that was taken back lately, or what came of cover and was given back. `told`: those who count on it, by id."""

    override: int
    told: tuple[int, ...] = ()


class Answer(Struct, frozen=True):
    """What somebody said to a cover request: took it between two instants, or declined, when both are None."""

    id: int
    person: int
    since: int | None = None
    until: int | None = None


class Request(Struct, frozen=True):
    """A cover request that is neither withdrawn nor over. `schedule`: id, 0 for every one in which the asker has duty then.
    `since`, `until`: instants. `answers`: all; `fresh`: those of them that were given lately, by id."""

    id: int
    asker: int
    since: int
    until: int
    schedule: int = 0
    note: str = ""
    answers: tuple[Answer, ...] = ()
    fresh: frozenset[int] = frozenset()


def of_override(schedule: Schedule, made: Made, readers: Readers, *, now: datetime) -> Iterator[Telling]:
    """Tells those whose time on duty an override has changed, from `now` on."""
    override = next((one for one in schedule.overrides if one.id == made.override), None)
    begins = max(override.since, instant_of(now)) if override is not None else 0
    if override is None or begins >= override.until:
        return
    since, until = moment_of(begins), moment_of(min(override.until, begins + MONTH))
    without_it = replace(schedule, overrides=tuple(one for one in schedule.overrides if one is not override))
    changed = moves(shifts(without_it, since, until), shifts(schedule, since, until))
    by = f"{override.by} made" if override.by else "There is"
    why = f": {override.note}" if override.note else ""
    for person in dict.fromkeys(move.person for move in changed):
        if person not in readers.zones or person == made.by:
            continue
        zone = readers.zones[person]
        gains = [move for move in changed if move.person == person and move.gains]
        losses = [move for move in changed if move.person == person and not move.gains]
        lines = [f"{by} an override in {schedule.name}{why}."]
        lines += _parts("You are on duty", [(instant_of(one.since), instant_of(one.until)) for one in gains], zone)
        lines += _parts("You are off duty", [(instant_of(one.since), instant_of(one.until)) for one in losses], zone)
        if losses:
            instead = [one.person for one in on_duty(schedule, losses[0].since) if not one.shadow]
            lines.append(f"On duty then: {names_of(instead, readers) if instead else 'nobody'}.")
        yield Telling(
            person,
            "override",
            f"override {override.id} {person}",
            f"{_changed(bool(gains), bool(losses))} in {schedule.name}, by an override",
            "\n".join([*lines, in_zone(zone)]),
        )


def of_taken_back(schedule: Schedule, taken: TakenBack, readers: Readers, *, now: datetime) -> Iterator[Telling]:
    """Tells those who count on an override that it is no more, and when they are on duty now."""
    duty = stretches_of(shifts(schedule, now, moment_of(instant_of(now) + MONTH)))
    for person in taken.told:
        if person not in readers.zones:
            continue
        zone = readers.zones[person]
        lines = [
            f"An override in {schedule.name} that concerned you was taken back. What you were told of it holds no more."
        ]
        lines += _parts("You are on duty", duty.get(person, [])[:3], zone) or [
            f"You have no duty in {schedule.name} in the next {MONTH // 86400} days."
        ]
        key = f"override back {taken.override} {person}"
        subject = f"An override in {schedule.name} was taken back"
        yield Telling(person, "override", key, subject, "\n".join([*lines, in_zone(zone)]))


def of_request(
    request: Request,
    schedules: Mapping[int, Schedule],
    readers: Readers,
    *,
    helpers: Mapping[int, tuple[int, ...]],
    now: datetime,
) -> Iterator[Telling]:
    """Asks for cover all who may take it, as long as the asker still has duty in that time, and tells the asker what was
    answered. `helpers`: by schedule, who may take cover in it without having turns."""
    begins = max(request.since, instant_of(now))
    duty = {id_: _duty_of(request.asker, schedules[id_], begins, request.until) for id_ in _about(request, schedules)}
    left = merged(part for parts in duty.values() for part in parts)
    asked = [schedules[id_] for id_, parts in duty.items() if parts]
    names = listed([one.name for one in asked]) if asked else ""
    for person in may_take(request, asked, helpers, now=now):
        if person in readers.zones:
            yield _asks(request, person, names, left, readers)
    if request.asker in readers.zones:
        for answer in request.answers:
            if answer.id in request.fresh:
                yield _answered(request, answer, left, readers)


def may_take(
    request: Request, schedules: Iterable[Schedule], helpers: Mapping[int, tuple[int, ...]], *, now: datetime
) -> tuple[int, ...]:
    """Who is asked for cover: everybody with turns in these schedules, and their helpers; each once, without the asker and
    those who have answered."""
    known = {request.asker, *(answer.person for answer in request.answers)}
    found: dict[int, None] = {}
    for schedule in schedules:
        found.update(dict.fromkeys((*crew(schedule, now), *helpers.get(schedule.id, ()))))
    return tuple(person for person in found if person not in known)


def _asks(request: Request, person: int, where: str, left: list[Stretch], readers: Readers) -> Telling:
    zone = readers.zones[person]
    asker = readers.name(request.asker)
    note = f": {request.note}" if request.note else "."
    lines = [f"{asker} asks for cover in {where}{note}", *_parts("Open", left, zone)]
    lines.append(f"Whoever takes it, all or part, is on duty then: watchbill cover take {request.id} --as YOUR_ADDRESS")
    lines.append(f"Until somebody does, {asker} is.")
    key = f"cover asked {request.id} {person}"
    return Telling(person, "cover", key, f"{asker} asks for cover in {where}", "\n".join([*lines, in_zone(zone)]))


def _answered(request: Request, answer: Answer, left: list[Stretch], readers: Readers) -> Telling:
    zone = readers.zones[request.asker]
    who = readers.name(answer.person)
    if answer.since is None or answer.until is None:
        subject = f"{who} cannot take your cover"
        lines = [f"{who} declined your request for {stretch(request.since, request.until, zone)}."]
    else:
        subject = f"{who} takes your cover"
        lines = [f"{who} is on duty for you: {stretch(answer.since, answer.until, zone)}."]
    lines += _parts("Still yours", left, zone) or ["Nothing of your request is open any more."]
    key = f"cover answer {answer.id}"
    return Telling(request.asker, "cover", key, subject, "\n".join([*lines, in_zone(zone)]))


def _about(request: Request, schedules: Mapping[int, Schedule]) -> list[int]:
    """The ids of the schedules that a request may be about."""
    if request.schedule:
        return [request.schedule] if request.schedule in schedules else []
    return list(schedules)


def _duty_of(person: int, schedule: Schedule, since: int, until: int) -> list[Stretch]:
    if since >= until:
        return []
    return stretches_of(shifts(schedule, moment_of(since), moment_of(until))).get(person, [])


def _parts(what: str, parts: list[Stretch], zone: str) -> list[str]:
    lines = [f"{what}: {stretch(since, until, zone)}, {length(until - since)}." for since, until in parts[:MOST_PARTS]]
    return [*lines, f"and {len(parts) - MOST_PARTS} times more."] if len(parts) > MOST_PARTS else lines


def _changed(gains: bool, losses: bool) -> str:
    if gains and losses:
        return "Your duty has changed"
    return "You have duty" if gains else "You are off duty"
