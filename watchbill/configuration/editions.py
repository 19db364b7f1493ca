"""What rows a rotation has after an edit: its editions. Pure; the writer and the preview both ask here."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from watchbill.configuration.state import Place, Rotation, State, Target
from watchbill.engine.duty.revise import first_for, revise
from watchbill.engine.duty.schedule import Edition, Slot
from watchbill.engine.duty.turns import turn_at
from watchbill.engine.duty.walls import instant_of, zone_of
from watchbill.engine.words import TargetKind

Ids = Mapping[str, Mapping[str, int]]


def first_editions(rotation: Rotation, ids: Ids, now: datetime) -> tuple[Edition, ...]:
    """Of a rotation that is new. Whoever `starts_with` has the turn now, or when it starts."""
    place = rotation.people.index(rotation.starts_with) if rotation.starts_with else 0
    return (_beginning(rotation, ids, now, place),)


def next_editions(
    before: Rotation, after: Rotation, editions: Sequence[Edition], ids: Ids, now: datetime, gone: frozenset[int]
) -> tuple[Edition, ...]:
    """Of a rotation that is edited: those that stay with those that are new. What was in force by `now` stays.

    `editions`: the stored ones, by `since`. `gone`: people who are switched off.
    """
    if not edited(before, after, now):
        return tuple(editions)
    begun = before.starts is None or before.starts <= now
    if begun:
        wanted = _named(after, ids, instant_of(now))
    else:
        wanted = _beginning(after, ids, now, _place_of_first(before, after, editions, ids))
    new = revise(editions, wanted, instant_of(now), begun=begun, gone=gone)
    kept = [one for one in editions if one.since < new[0].since and begun]
    return (*kept, *new)


def switched_off(state: State, ids: Ids) -> frozenset[int]:
    """People who are on nobody's duty any more, by id."""
    return frozenset(ids["users"][user.email] for user in state.users.values() if not user.active)


def edited(before: Rotation, after: Rotation, now: datetime) -> bool:
    """Whether anything differs that an edition says."""
    moved = before.starts != after.starts and before.starts is not None and before.starts > now
    return moved or _set(before) != _set(after)


def on_duty_place(rotation: Rotation, last: Edition, now: datetime) -> Place:
    """Who has the turn now, or when the rotation starts: the place that a new rotation would start with, so that the same
    people have the same turns. `last`: its newest edition."""
    assert rotation.hand_off is not None
    at = instant_of(max(rotation.starts or now, now))
    turn = turn_at(last.hand_off, at, zone_of(last.zone))
    return rotation.people[(turn + last.first) % len(rotation.people)]


def _set(rotation: Rotation) -> tuple[object, ...]:
    return rotation.time_zone, rotation.hand_off, rotation.people, rotation.hours, rotation.shadows


def _beginning(rotation: Rotation, ids: Ids, now: datetime, place: int) -> Edition:
    """The edition of a rotation that is not in force yet, in which this place has the first turn."""
    since = instant_of(rotation.starts or now)
    edition = _named(rotation, ids, since)
    return replace(edition, first=first_for(place, edition, max(since, instant_of(now))))


def _place_of_first(before: Rotation, after: Rotation, editions: Sequence[Edition], ids: Ids) -> int:
    """Who was to have the first turn still has it, in the new order."""
    assert before.starts is not None
    last = editions[-1]
    turn = turn_at(last.hand_off, instant_of(before.starts), zone_of(last.zone))
    slot = last.order[(turn + last.first) % len(last.order)]
    order = [_slot(place, ids) for place in after.people]
    return order.index(slot) if slot in order else 0


def _named(rotation: Rotation, ids: Ids, since: int) -> Edition:
    """What the rotation is set to, people by id and teams by their negated id, as oncall.plan.as_named has it."""
    assert rotation.hand_off is not None, "a rotation from a calendar has no editions"
    return Edition(
        since=since,
        zone=rotation.time_zone,
        hand_off=rotation.hand_off,
        order=tuple(_slot(place, ids) for place in rotation.people),
        hours=rotation.hours,
        shadows=_slot(rotation.shadows, ids),
    )


def _slot(place: Sequence[Target], ids: Ids) -> Slot:
    return tuple(
        ids["users"][seat.name] if seat.kind is TargetKind.USER else -ids["teams"][seat.name] for seat in place
    )
