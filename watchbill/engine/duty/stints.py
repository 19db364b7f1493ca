"""A person's time on duty from one hand-off to the next: what is said to begin and to end.

Whoever hands over to nobody but themselves has one stint: shifts that follow each other, from whichever source, and those
with a pause in which nobody takes over, such as the nights and weekends of a rotation with hours of duty.
"""

from collections.abc import Sequence

from msgspec import Struct

from watchbill.engine.duty.hours import Stretch, merged
from watchbill.engine.duty.shifts import Timeline
from watchbill.engine.duty.walls import instant_of

PAUSE = 4 * 86400  # seconds; a longer pause ends a stint, for by then one has forgotten
OVERLAP = 2 * 3600  # seconds for which one who takes over may be there before the other leaves


class Stint(Struct, frozen=True):
    """`parts`: when the person is on duty, in order and untouching; all but one of them end in a pause."""

    person: int
    parts: tuple[Stretch, ...]

    @property
    def since(self) -> int:
        """The instant at which the person comes on duty."""
        return self.parts[0][0]

    @property
    def until(self) -> int:
        """The instant at which somebody else has taken over, or nobody."""
        return self.parts[-1][1]

    @property
    def length(self) -> int:
        """Seconds on duty."""
        return sum(end - start for start, end in self.parts)

    def on_duty(self, instant: int) -> bool:
        """Whether one of its parts holds the instant."""
        return any(start <= instant < end for start, end in self.parts)


def stretches_of(timeline: Timeline) -> dict[int, list[Stretch]]:
    """When each person is on duty, by id, from whichever source. Shadows are left out."""
    spans: dict[int, list[Stretch]] = {}
    for shift in timeline.shifts:
        if not shift.shadow:
            spans.setdefault(shift.person, []).append((instant_of(shift.since), instant_of(shift.until)))
    return {person: merged(parts) for person, parts in spans.items()}


def stints(timeline: Timeline) -> tuple[Stint, ...]:
    """Everybody's stints, by their beginning. Those at the edges of the timeline may be longer than is seen here."""
    spans = stretches_of(timeline)
    starts = sorted((start, person) for person, parts in spans.items() for start, _ in parts)
    found = [
        Stint(person, tuple(group)) for person, parts in spans.items() for group in _grouped(person, parts, starts)
    ]
    return tuple(sorted(found, key=lambda stint: (stint.since, stint.person)))


def _grouped(person: int, parts: Sequence[Stretch], starts: Sequence[tuple[int, int]]) -> list[list[Stretch]]:
    groups = [[parts[0]]]
    for part in parts[1:]:
        before = groups[-1][-1]
        if part[0] - before[1] <= PAUSE and not _taken_over(person, before, part[0], starts):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _taken_over(person: int, part: Stretch, returns: int, starts: Sequence[tuple[int, int]]) -> bool:
    """Whether somebody else came on duty around the end of a part, before the person returned."""
    since = max(part[0] + 1, part[1] - OVERLAP)
    return any(since <= start < returns and other != person for start, other in starts)
