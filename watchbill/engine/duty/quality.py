"""How good a schedule is for those who are in it: findings in words, and a score that they explain."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from watchbill.engine.duty.burden import Burden, Day, burdens
from watchbill.engine.duty.shifts import Gap, Shift, Timeline

REST = timedelta(hours=12)  # between two stretches of duty
SLEEP_WEIGHS, WEEKEND_WEIGHS = 1.0, 0.5  # hours, on top of each hour on duty
FAR_ABOVE = 1.5  # times the mean of those who take part


class Finding(StrEnum):
    """What is amiss."""

    GAP = "gap"  # nobody is on duty, and somebody should be
    DOUBLE = "double"  # one person is on duty twice at the same time, so that nobody stands behind
    SHORT_REST = "short_rest"  # two different duties with less than twelve hours between them
    UNBALANCED = "unbalanced"  # somebody carries far more than the others


# Points that one finding costs, and all of its kind at most: of gaps, what they cost grows with their share of the time.
COSTS = {Finding.GAP: (10, 50), Finding.DOUBLE: (5, 15), Finding.SHORT_REST: (5, 20), Finding.UNBALANCED: (10, 15)}


class Found(Struct, frozen=True):
    """One finding. `person`: whom it is about, 0 for nobody. `since`, `until`: when. `words`: a sentence, times left out."""

    kind: Finding
    person: int
    since: datetime
    until: datetime
    words: str


class Quality(Struct, frozen=True):
    """`score`: 0 to 100, and 100 without findings. `cost`: the points that each kind takes off. `found`: gaps first."""

    score: int
    cost: Mapping[Finding, int]
    found: tuple[Found, ...]


def quality(
    timelines: Sequence[tuple[str, Timeline]],
    days: Mapping[int, Day],
    names: Mapping[int, str],
    since: datetime,
    until: datetime,
) -> Quality:
    """How good these schedules are from `since` until `until`. The first is the one that is judged; the others are those in
    which its people have duty too. `timelines`: name and timeline. `names`: of people."""
    _, judged = timelines[0]
    found = (
        *(_gap(gap) for gap in judged.gaps),
        *_doubles(timelines, names),
        *_short_rests(timelines, names),
        *_unbalanced(judged.shifts, days, names, since, until),
    )
    cost = {kind: _cost(kind, [one for one in found if one.kind is kind], since, until) for kind in Finding}
    return Quality(max(0, 100 - sum(cost.values())), cost, found)


def _cost(kind: Finding, found: list[Found], since: datetime, until: datetime) -> int:
    each, most = COSTS[kind]
    if kind is Finding.GAP and found:
        share = sum((one.until - one.since for one in found), timedelta()) / (until - since)
        return min(most, each + round(share * most * 2))
    return min(most, each * len(found))


def _gap(gap: Gap) -> Found:
    return Found(Finding.GAP, 0, gap.since, gap.until, f"Nobody is on duty: {gap.why}.")


def _doubles(timelines: Sequence[tuple[str, Timeline]], names: Mapping[int, str]) -> Iterator[Found]:
    """Where the duty of one person overlaps itself, with the first schedule as one of the two."""
    placed = [
        (shift, number, schedule)
        for number, (schedule, timeline) in enumerate(timelines)
        for shift in timeline.shifts
        if not shift.shadow
    ]
    for place, (one, number, schedule) in enumerate(placed):
        if number:
            return
        for other, where, elsewhere in placed[place + 1 :]:
            since, until = max(one.since, other.since), min(one.until, other.until)
            if one.person == other.person and since < until:
                second = f"in {elsewhere}" if where else f"by {other.source}"
                words = f"{names.get(one.person, '?')} is on duty twice: in {schedule} by {one.source}, and {second}."
                yield Found(Finding.DOUBLE, one.person, since, until, words)


def _short_rests(timelines: Sequence[tuple[str, Timeline]], names: Mapping[int, str]) -> Iterator[Found]:
    """Two duties of different sources without twelve hours of rest between them, longer together than twelve hours, at least
    one of them in the first schedule. One long turn of a rotation is as it was meant, and so is a turn that somebody else
    interrupts."""
    by_person: dict[int, list[tuple[Shift, str]]] = {}
    judged = timelines[0][0]
    placed = ((shift, schedule) for schedule, timeline in timelines for shift in timeline.shifts if not shift.shadow)
    for shift, schedule in sorted(placed, key=lambda one: (one[0].since, one[0].until)):
        by_person.setdefault(shift.person, []).append((shift, schedule))
    for person, mine in by_person.items():
        for (one, where), (other, elsewhere) in pairwise(mine):
            rest = other.since - one.until
            if judged not in (where, elsewhere) or (one.source, where) == (other.source, elsewhere):
                continue
            if rest >= REST or rest < timedelta() or other.until - one.since <= REST:
                continue
            between = f"between {_told(one, where, judged)} and {_told(other, elsewhere, judged)}"
            has = f"has {_hours(rest)} of rest {between}" if rest else f"goes on without rest {between}"
            words = f"{names.get(person, '?')} {has}; {_hours(REST)} are the least."
            yield Found(Finding.SHORT_REST, person, one.until, other.since, words)


def _told(shift: Shift, schedule: str, judged: str) -> str:
    return shift.source if schedule == judged else f"{shift.source} of {schedule}"


def _unbalanced(
    shifts: Sequence[Shift], days: Mapping[int, Day], names: Mapping[int, str], since: datetime, until: datetime
) -> Iterator[Found]:
    carried = {one.person: _weight(one) for one in burdens(shifts, days) if one.seconds}
    if len(carried) < 2:
        return
    mean = sum(carried.values()) / len(carried)
    for person, weight in carried.items():
        if weight > FAR_ABOVE * mean:
            words = (
                f"{names.get(person, '?')} carries {weight / mean:.1f} times the mean of {len(carried)} people, "
                "with nights and weekends weighed."
            )
            yield Found(Finding.UNBALANCED, person, since, until, words)


def _weight(burden: Burden) -> float:
    return burden.seconds + SLEEP_WEIGHS * burden.sleep + WEEKEND_WEIGHS * burden.weekend


def _hours(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours:g} h" if hours == int(hours) else f"{hours:.1f} h"
