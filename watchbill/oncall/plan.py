"""What a rotation is set to, as it is stored: the engine's edition, with people and teams as they were named."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from watchbill.engine.directory import Team
from watchbill.engine.duty.schedule import Edition, HandOff, Hours, Slot
from watchbill.engine.duty.walls import instant_of
from watchbill.engine.whom import members_of


class Seat(Struct, frozen=True, omit_defaults=True):
    """A person or a whole team, by id; exactly one of the two is not 0."""

    person: int = 0
    team: int = 0


class Plan(Struct, frozen=True):
    """See engine.duty.schedule.Edition. `order`: who has the turns, those of one place together."""

    zone: str
    hand_off: HandOff
    order: tuple[tuple[Seat, ...], ...]
    first: int = 0
    hours: tuple[Hours, ...] = ()
    shadows: tuple[Seat, ...] = ()


def edition_of(plan: Plan, since: datetime, teams: Mapping[int, Team]) -> Edition:
    """The plan as the rules see it: each team's members in its place."""
    return Edition(
        since=instant_of(since),
        zone=plan.zone,
        hand_off=plan.hand_off,
        order=tuple(people_in(place, teams) for place in plan.order),
        first=plan.first,
        hours=plan.hours,
        shadows=people_in(plan.shadows, teams),
    )


def people_in(seats: tuple[Seat, ...], teams: Mapping[int, Team]) -> Slot:
    """The people of these seats, by id, each once."""
    found: dict[int, None] = {}
    for seat in seats:
        found.update(dict.fromkeys((seat.person,) if seat.person else members_of(teams.get(seat.team))))
    return tuple(found)


def as_named(plan: Plan, since: datetime) -> Edition:
    """The plan with teams left whole, for the rules of edits: a team is its id, negated."""
    return Edition(
        since=instant_of(since),
        zone=plan.zone,
        hand_off=plan.hand_off,
        order=tuple(tuple(seat.person or -seat.team for seat in place) for place in plan.order),
        first=plan.first,
        hours=plan.hours,
        shadows=tuple(seat.person or -seat.team for seat in plan.shadows),
    )


def plan_of(named: Edition) -> Plan:
    """What `as_named` was made from."""
    return Plan(
        zone=named.zone,
        hand_off=named.hand_off,
        order=tuple(tuple(map(_seat, place)) for place in named.order),
        first=named.first,
        hours=named.hours,
        shadows=tuple(map(_seat, named.shadows)),
    )


def _seat(id_: int) -> Seat:
    return Seat(person=id_) if id_ > 0 else Seat(team=-id_)
