"""Who is on duty when: `shifts` over a time, `on_duty` at an instant. Pure; the clock is an argument.

Each rotation is laid out turn by turn within its hours; overrides of the rotation are laid over it, in the order in which
they were made; everybody whom a rotation has on duty is on duty; then the overrides of the whole schedule. Time in which
somebody should be on duty and nobody is, is a gap, and says why.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from watchbill.engine.duty.hours import Stretch, clipped, merged, stretches, without
from watchbill.engine.duty.schedule import Edition, Fixed, Override, OverrideKind, Rotation, Schedule
from watchbill.engine.duty.turns import turns
from watchbill.engine.duty.walls import instant_of, moment_of, zone_of

NOBODY_PLANNED = "no rotation has anybody on duty then"


class Shift(Struct, frozen=True):
    """A person's time on duty, half-open, in UTC. `source`: where it comes from, in words. `shadow`: told, but not paged.
    `rotation`: id, 0 where it comes from no rotation. `override`: id of the override it comes from, else 0."""

    person: int
    since: datetime
    until: datetime
    source: str
    shadow: bool = False
    rotation: int = 0
    override: int = 0


class Gap(Struct, frozen=True):
    """Time in which somebody should be on duty and nobody is, half-open, in UTC. `why`: in words, for the middle of a
    sentence."""

    since: datetime
    until: datetime
    why: str


class Timeline(Struct, frozen=True):
    """A schedule over a time. `shifts`: by their beginning. `gaps`: by their beginning, none touching the next."""

    shifts: tuple[Shift, ...]
    gaps: tuple[Gap, ...]


class Duty(Struct, frozen=True):
    """Who is on duty at an instant. `shadow`, `source`: as of a Shift."""

    person: int
    source: str
    shadow: bool = False


class _Span(Struct, frozen=True, gc=False):
    """A shift in seconds since 1970."""

    start: int
    end: int
    person: int
    source: str
    shadow: bool = False
    rotation: int = 0
    override: int = 0


def shifts(schedule: Schedule, since: datetime, until: datetime) -> Timeline:
    """Who is on duty from `since` until just before `until` (aware, cut to whole seconds): every shift, cut at these two,
    with its source in words, those that follow each other from one source made one; and the gaps."""
    start, end = instant_of(since), instant_of(until)
    spans, lost = _laid_out(schedule, start, end)
    shown = tuple(
        Shift(
            span.person,
            moment_of(span.start),
            moment_of(span.end),
            span.source,
            span.shadow,
            span.rotation,
            span.override,
        )
        for span in _joined(spans)
    )
    return Timeline(shown, tuple(_gaps(schedule, spans, lost, start, end)))


def on_duty(schedule: Schedule, at: datetime) -> tuple[Duty, ...]:
    """Who is on duty at an instant, each person once, those who are paged first; in the order of the rotations."""
    instant = instant_of(at)
    spans, _ = _laid_out(schedule, instant, instant + 1)
    found: dict[int, Duty] = {}
    for shadow in (False, True):
        for span in spans:
            if span.shadow is shadow and span.person not in found:
                found[span.person] = Duty(span.person, span.source, shadow)
    return tuple(found.values())


def crew(schedule: Schedule, at: datetime) -> tuple[int, ...]:
    """Everybody in the newest order of the rotations of a schedule that have not ended by an instant, but no shadows; each
    once, in order."""
    instant = instant_of(at)
    found: dict[int, None] = {}
    for rotation in schedule.rotations:
        if rotation.shadow or (rotation.ends is not None and rotation.ends <= instant):
            continue
        for slot in rotation.editions[-1].order if rotation.editions else ():
            found.update(dict.fromkeys(slot))
        for fixed in rotation.fixed or ():
            if instant < fixed.until:
                found.update(dict.fromkeys(fixed.people))
    return tuple(person for person in found if person not in schedule.gone)


def _laid_out(schedule: Schedule, since: int, until: int) -> tuple[list[_Span], list[tuple[Stretch, str]]]:
    """Everybody's spans between two instants; and who is not there, with why."""
    lost: list[tuple[Stretch, str]] = []
    spans: list[_Span] = []
    near = [one for one in schedule.overrides if max(one.since, since) < min(one.until, until)]
    for rotation in schedule.rotations:
        own = list(_of_rotation(rotation, since, until))
        for override in near:
            if override.rotation == rotation.id:
                # It ends with its rotation.
                begin, end = _in_force(rotation, max(since, override.since), min(until, override.until))
                if begin < end:
                    own = _overridden(own, override, schedule, begin, end, lost)
        spans += own
    for override in near:
        if not override.rotation:
            spans = _overridden(spans, override, schedule, since, until, lost)
    if schedule.gone:
        left = [span for span in spans if span.person in schedule.gone]
        lost += (
            ((span.start, span.end), f"it is the turn of {schedule.names.get(span.person, '?')}, who has left")
            for span in left
            if not span.shadow
        )
        spans = [span for span in spans if span.person not in schedule.gone]
    return spans, lost


def _in_force(rotation: Rotation, since: int, until: int) -> Stretch:
    """What of a time lies between the limits of a rotation; nothing where its end is not after its beginning."""
    return (
        since if rotation.starts is None else max(since, rotation.starts),
        until if rotation.ends is None else min(until, rotation.ends),
    )


def _of_rotation(rotation: Rotation, since: int, until: int) -> Iterator[_Span]:
    since, until = _in_force(rotation, since, until)
    if rotation.fixed is not None:
        source = f"the calendar of rotation {rotation.name}"
        for fixed in rotation.fixed:
            for start, end in clipped([(fixed.since, fixed.until)], since, until):
                for person in fixed.people:
                    yield _Span(start, end, person, source, rotation.shadow, rotation.id)
        return
    source = f"rotation {rotation.name}"
    for place, edition in enumerate(rotation.editions):
        start = max(since, edition.since)
        last = place + 1 == len(rotation.editions)
        end = until if last else min(until, rotation.editions[place + 1].since)
        if start < end:
            yield from _of_edition(edition, rotation, source, start, end)


def _of_edition(edition: Edition, rotation: Rotation, source: str, since: int, until: int) -> Iterator[_Span]:
    zone = zone_of(edition.zone)
    on = stretches(edition.hours, since, until, zone)
    for person in edition.shadows:
        for start, end in on:
            yield _Span(start, end, person, f"shadow in {source}", True, rotation.id)
    if not edition.order or not on:
        return
    at = 0
    for number, begin, finish in turns(edition.hand_off, since, until, zone):
        slot = edition.order[(number + edition.first) % len(edition.order)]
        while at < len(on) and on[at][1] <= begin:
            at += 1
        here = at
        while here < len(on) and on[here][0] < finish:
            start, end = max(on[here][0], begin), min(on[here][1], finish)
            for person in slot:
                yield _Span(start, end, person, source, rotation.shadow, rotation.id)
            here += 1


def _overridden(
    spans: list[_Span],
    override: Override,
    schedule: Schedule,
    since: int,
    until: int,
    lost: list[tuple[Stretch, str]],
) -> list[_Span]:
    """The spans with one override laid over them. Shadows stay as they are."""
    window = (max(override.since, since), min(override.until, until))
    source = _words(override, schedule)
    if override.kind is OverrideKind.ADD:
        return [*spans, *_joining(spans, [window], override.person, source, override)]
    whom = override.instead_of if override.kind in (OverrideKind.REMOVE, OverrideKind.REPLACE) else None
    kept: list[_Span] = []
    freed: list[Stretch] = []
    for span in spans:
        hit = not span.shadow and (whom is None or span.person == whom)
        if not hit or span.end <= window[0] or window[1] <= span.start:
            kept.append(span)
            continue
        freed.append((max(span.start, window[0]), min(span.end, window[1])))
        kept.extend(_cut(span, start, end) for start, end in without([(span.start, span.end)], [window]))
    if override.kind is OverrideKind.REMOVE:
        lost += ((part, f"{source} takes {schedule.names.get(whom or 0, '?')} off duty") for part in freed)
        return kept
    if override.kind is OverrideKind.REPLACE:
        return [*kept, *_joining(kept, merged(freed), override.person, source, override)]
    if override.kind is OverrideKind.TAKE:
        return [*kept, _Span(*window, override.person, source, False, override.rotation, override.id)]
    lost.append((window, f"{source} has nobody then"))
    return [*kept, *_planned(override.shifts, window, source, override)]


def _planned(shifts: Iterable[Fixed], window: Stretch, source: str, override: Override) -> Iterator[_Span]:
    for fixed in shifts:
        for start, end in clipped([(fixed.since, fixed.until)], *window):
            for person in fixed.people:
                yield _Span(start, end, person, source, False, override.rotation, override.id)


def _joining(spans: list[_Span], parts: list[Stretch], person: int, source: str, override: Override) -> Iterator[_Span]:
    """The person's spans in these parts, but not where the person is on duty already."""
    already = merged((span.start, span.end) for span in spans if span.person == person and not span.shadow)
    for start, end in without(parts, already):
        yield _Span(start, end, person, source, False, override.rotation, override.id)


def _cut(span: _Span, start: int, end: int) -> _Span:
    return _Span(start, end, span.person, span.source, span.shadow, span.rotation, span.override)


def _words(override: Override, schedule: Schedule) -> str:
    """What an override is called as a source."""
    by = f" by {override.by}" if override.by else ""
    note = f" ({override.note})" if override.note else ""
    if override.cover:
        return f"cover for {schedule.names.get(override.instead_of, '?')}{note}"
    what = "temporary schedule" if override.kind is OverrideKind.WHOLE else "override"
    return f"{what}{by}{note}"


def _joined(spans: list[_Span]) -> list[_Span]:
    """By beginning; what follows itself from one source is one span."""
    found: list[_Span] = []
    ending: dict[tuple[int, str, bool, int, int], int] = {}
    for span in sorted(spans, key=lambda span: (span.start, span.shadow, span.rotation, span.person)):
        key = (span.person, span.source, span.shadow, span.rotation, span.override)
        place = ending.get(key)
        if place is not None and found[place].end >= span.start:
            found[place] = _cut(span, found[place].start, max(span.end, found[place].end))
            continue
        ending[key] = len(found)
        found.append(span)
    return found


def _gaps(
    schedule: Schedule, spans: list[_Span], lost: list[tuple[Stretch, str]], since: int, until: int
) -> Iterator[Gap]:
    since = since if schedule.since is None else max(since, schedule.since)
    there = merged((span.start, span.end) for span in spans if not span.shadow)
    for start, end in without(stretches(schedule.hours, since, until, zone_of(schedule.zone)), there):
        why = next((words for part, words in lost if part[0] < end and start < part[1]), NOBODY_PLANNED)
        yield Gap(moment_of(start), moment_of(end), why)
