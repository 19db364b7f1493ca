"""What a change of a schedule moves: who gains and who loses which time on duty, for the preview before it is made."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from watchbill.engine.duty.hours import merged, without
from watchbill.engine.duty.shifts import Timeline
from watchbill.engine.duty.walls import instant_of, moment_of


class Move(Struct, frozen=True):
    """Time on duty that a person gains, or loses where `gains` is false: half-open, in UTC. Person 0 is nobody, whose gain
    is a gap."""

    person: int
    since: datetime
    until: datetime
    gains: bool


def moves(before: Timeline, after: Timeline) -> tuple[Move, ...]:
    """Everything that differs between two timelines over the same time, by its beginning. Shadows are left out."""
    old, new = _by_person(before), _by_person(after)
    found = [
        Move(person, moment_of(start), moment_of(end), gains)
        for person in {**old, **new}
        for gains, mine, other in ((True, new, old), (False, old, new))
        for start, end in without(mine.get(person, []), other.get(person, []))
    ]
    return tuple(sorted(found, key=lambda move: (move.since, move.gains, move.person)))


def _by_person(timeline: Timeline) -> dict[int, list[tuple[int, int]]]:
    spans: dict[int, list[tuple[int, int]]] = {}
    for person, since, until in _spans(timeline):
        spans.setdefault(person, []).append((instant_of(since), instant_of(until)))
    return {person: merged(parts) for person, parts in spans.items()}


def _spans(timeline: Timeline) -> Iterator[tuple[int, datetime, datetime]]:
    for shift in timeline.shifts:
        if not shift.shadow:
            yield shift.person, shift.since, shift.until
    for gap in timeline.gaps:
        yield 0, gap.since, gap.until
