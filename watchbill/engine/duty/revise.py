"""Decides what an edit makes of a rotation: whoever is on duty stays on duty until the next hand-off, and no hand-off moves.

Who follows whom and how turns are counted changes at the next hand-off; hours of duty and shadows change at once. The
person after that hand-off is the one who, in the new order, follows whoever was on duty; if that one was taken out, the
next of the old order who is still there.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from watchbill.engine.duty.schedule import Edition, HandOff, Slot
from watchbill.engine.duty.turns import begins, turn_at
from watchbill.engine.duty.walls import zone_of


def revise(
    editions: Sequence[Edition], wanted: Edition, now: int, *, begun: bool = True, gone: frozenset[int] = frozenset()
) -> tuple[Edition, ...]:
    """The editions of a rotation from an edit at `now` on, by `since`; the first is the one in force, unless the edit
    replaces it.

    `editions`: as they are, by `since`. `wanted`: zone, hand-off, order, hours and shadows as they shall be. `begun`: whether
    the rotation is in force by now; before that, and where nobody had turns, the edit replaces everything, and only then
    `wanted.since` and `wanted.first` count. `gone`: people who left, who do not stay until a hand-off.
    """
    current = next((one for one in reversed(editions) if one.since <= now), None)
    if current is None or not begun or not current.order:
        return (wanted,)
    at_once = replace(current, since=now, hours=wanted.hours, shadows=wanted.shadows)
    if _turns_of(wanted) == _turns_of(current):
        return (current,) if _same(at_once, current) else _one_each(current, at_once)
    zone = zone_of(current.zone)
    turn = turn_at(current.hand_off, now, zone)
    on_duty_place = (turn + current.first) % len(current.order)
    on_duty = current.order[on_duty_place]
    leaves_now = bool(on_duty) and gone.issuperset(on_duty)
    next_hand_off = now if leaves_now else begins(current.hand_off, turn + 1, zone)
    settled = next(
        (one for one in editions if one.since == next_hand_off and _turns_of(one) == _turns_of(wanted)), None
    )
    if settled is not None and not leaves_now:  # the turns were edited before; only hours and shadows are new
        settled = replace(settled, hours=wanted.hours, shadows=wanted.shadows)
        return _one_each(*((current,) if _same(at_once, current) else (current, at_once)), settled)
    pending = next((one for one in reversed(editions) if now < one.since <= next_hand_off and one.order), None)
    after = _after(
        wanted, next_hand_off, _successor(current.order, on_duty_place, wanted.order, pending, next_hand_off)
    )
    if leaves_now or _same(at_once, current):
        return _one_each(current, *after)
    return _one_each(current, at_once, *after)


def first_for(place: int, edition: Edition, at: int) -> int:
    """The `first` that gives the turn of an instant to a place of the edition's order, which is not empty."""
    turn = turn_at(edition.hand_off, at, zone_of(edition.zone))
    return (place - turn) % len(edition.order)


def _after(wanted: Edition, hand_off: int, successor: int) -> tuple[Edition, ...]:
    """The new editions from the old hand-off on. Where the new rule has a hand-off of its own soon after it, the successor
    has both turns: nobody takes over for an hour because a zone was changed."""
    if not wanted.order:
        return (replace(wanted, since=hand_off),)
    zone = zone_of(wanted.zone)
    turn = turn_at(wanted.hand_off, hand_off, zone)
    own, next_own = begins(wanted.hand_off, turn + 1, zone), begins(wanted.hand_off, turn + 2, zone)
    if begins(wanted.hand_off, turn, zone) == hand_off or own - hand_off >= (next_own - own) / 2:
        return (replace(wanted, since=hand_off, first=first_for(successor, wanted, hand_off)),)
    bridge = replace(wanted, since=hand_off, order=(wanted.order[successor],), first=0)
    return bridge, replace(wanted, since=own, first=first_for(successor, wanted, own))


def _one_each(*editions: Edition) -> tuple[Edition, ...]:
    """Of those that begin at one instant, the last."""
    return tuple({one.since: one for one in editions}.values())


def _turns_of(edition: Edition) -> tuple[str, HandOff, tuple[Slot, ...]]:
    return edition.zone, edition.hand_off, edition.order


def _same(one: Edition, other: Edition) -> bool:
    return (one.hours, one.shadows) == (other.hours, other.shadows)


def _successor(
    old: tuple[Slot, ...], on_duty: int, new: tuple[Slot, ...], pending: Edition | None, hand_off: int
) -> int:
    """The place in the new order of who comes after the place `on_duty` of the old one. `pending`: an edit that would have
    taken effect at the hand-off; who was to come by it still does."""
    if old[on_duty] in new:
        return (new.index(old[on_duty]) + 1) % len(new)
    later = [old[(on_duty + step) % len(old)] for step in range(1, len(old))]
    if pending is not None:
        order = pending.order
        turn = turn_at(pending.hand_off, hand_off, zone_of(pending.zone)) + pending.first
        later = [*(order[(turn + step) % len(order)] for step in range(len(order))), *later]
    return next((new.index(slot) for slot in later if slot in new), 0)
