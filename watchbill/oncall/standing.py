"""Who is on duty in a schedule at an instant, since and until when, and who comes next. Pure."""

from datetime import datetime, timedelta

from msgspec import Struct

from watchbill.engine.duty.hours import Stretch, merged
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.shifts import Gap, Timeline, on_duty, shifts
from watchbill.engine.duty.walls import instant_of, moment_of

# How far is looked back and ahead until what begins and ends there is seen. Mostly the first will do.
LOOKS = tuple((timedelta(days=back), timedelta(days=ahead)) for back, ahead in ((8, 8), (35, 100), (35, 400)))
BACK = LOOKS[-1][0]


class On(Struct, frozen=True):
    """Somebody on duty, from whichever source without a pause. `since`, `until`: None where it is beyond what is looked at,
    BACK ago or a year ahead. `source`, `shadow`: as of a Duty."""

    person: int
    since: datetime | None
    until: datetime | None
    source: str
    shadow: bool = False


class Standing(Struct, frozen=True):
    """`on`: those who are paged first. `gap`: the one that holds the instant, else the next before somebody comes, or None.
    `next_at`, `next_on`: when somebody next comes on duty, and who; None and empty where nobody does within a year."""

    on: tuple[On, ...]
    gap: Gap | None = None
    next_at: datetime | None = None
    next_on: tuple[int, ...] = ()


def standing(schedule: Schedule, at: datetime) -> Standing:
    """How a schedule stands at an instant (aware). Wants a schedule that knows what was true since BACK before it."""
    found = Standing(())
    for back, ahead in LOOKS:
        timeline = shifts(schedule, at - back, at + ahead)
        found = _seen(schedule, timeline, at, back, ahead)
        if found.next_at is not None and all(one.since and one.until for one in found.on):
            break
    return found


def _seen(schedule: Schedule, timeline: Timeline, at: datetime, back: timedelta, ahead: timedelta) -> Standing:
    instant = instant_of(at)
    edges = instant_of(at - back), instant_of(at + ahead)
    spans = {shadow: _spans(timeline, shadow) for shadow in (False, True)}
    on = []
    for duty in on_duty(schedule, at):
        parts = spans[duty.shadow][duty.person]
        start, end = next(part for part in parts if part[0] <= instant < part[1])
        since, until = (None if edge in edges else moment_of(edge) for edge in (start, end))
        on.append(On(duty.person, since, until, duty.source, duty.shadow))
    comes = [(start, person) for person, parts in spans[False].items() for start, _ in parts if start > instant]
    next_at = min(comes)[0] if comes else None
    gap = next((one for one in timeline.gaps if at < one.until), None)
    if gap is not None and next_at is not None and instant_of(gap.since) >= next_at:
        gap = None
    return Standing(
        tuple(on),
        gap,
        moment_of(next_at) if next_at is not None else None,
        tuple(person for start, person in comes if start == next_at),
    )


def _spans(timeline: Timeline, shadow: bool) -> dict[int, list[Stretch]]:
    parts: dict[int, list[Stretch]] = {}
    for shift in timeline.shifts:
        if shift.shadow is shadow:
            parts.setdefault(shift.person, []).append((instant_of(shift.since), instant_of(shift.until)))
    return {person: merged(each) for person, each in parts.items()}
