"""Checks what a file says about other things: that they exist, and that a key opens one service only."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import UNSET

from watchbill.configuration.ground import Ground
from watchbill.configuration.problems import Place
from watchbill.configuration.renames import KINDS, Renames
from watchbill.configuration.state import TITLES, Rotation, State
from watchbill.configuration.wanted import WantedRotation, WantedTarget, Wish
from watchbill.engine.words import TargetKind


def check_references(ground: Ground, wish: Wish, desired: State, renames: Renames) -> None:
    """Tells of every name in the file behind which there is nothing."""
    old = {kind: {was: now for now, was in names.items()} for kind, names in renames.kinds.items()}
    known: dict[str, Collection[str]] = {kind: desired.of(kind).keys() for kind in TITLES}
    for kind, things in _renamed_in_file(wish).items():
        old[kind] = {**things, **old.get(kind, {})}

    def refer(kind: str, name: Any, place: Place) -> None:
        if name is not UNSET and name:
            ground.refer(kind, name, known[kind], place, old.get(kind, {}))

    def each_target(targets: Iterable[WantedTarget]) -> None:
        for target in targets:
            refer(KINDS[target.kind], target.name, target.place(target.kind.value))

    for team in wish.teams or ():
        for member in team.members or ():
            refer("users", member.user, member.place("user"))
    for schedule in wish.schedules or ():
        refer("teams", schedule.team, schedule.place("team"))
        for rotation in schedule.rotations or ():
            each_target(_seats(rotation))
    for policy in wish.escalation_policies or ():
        refer("teams", policy.team, policy.place("team"))
        for step in policy.steps or ():
            each_target(step.page)
        each_target(policy.fallback or ())
    for service in wish.services or ():
        refer("teams", service.team, service.place("team"))
        refer("escalation_policies", service.policy, service.place("policy"))
    for window in wish.maintenance_windows or ():
        for ref in window.services or ():
            refer("services", ref.name, ref.at)
    _check_on_duty(ground, wish, desired)
    _check_addresses(ground, wish, desired)
    _check_keys(ground, wish, desired)


def _renamed_in_file(wish: Wish) -> dict[str, dict[str, str]]:
    """Old names of the file with new ones, whether or not the database still has the old ones."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in TITLES}
    for kind in ("teams", "users", "schedules", "escalation_policies", "services"):
        for thing in getattr(wish, kind) or ():
            if thing.was:
                found[kind][thing.was] = thing.email if kind == "users" else thing.name
    return found


def _seats(rotation: WantedRotation) -> Iterator[WantedTarget]:
    for place in rotation.people or ():
        yield from place.members
    yield from rotation.shadows or ()


def _check_on_duty(ground: Ground, wish: Wish, desired: State) -> None:
    """Nobody who is switched off has turns. What is stored like that already is told, but does not keep the rest back."""
    before = {
        (schedule.name, rotation.name, email)
        for schedule in ground.stored.state.schedules.values()
        for rotation in schedule.rotations
        for email in _people_of(rotation)
        if not ground.stored.state.users[email].active
    }
    mentioned = {
        (schedule.name, rotation.name, seat.name): seat.at
        for schedule in wish.schedules or ()
        for rotation in schedule.rotations or ()
        for seat in _seats(rotation)
        if seat.kind is TargetKind.USER
    }
    switched = {user.email: user.place("active") for user in wish.users or ()}
    for schedule in desired.schedules.values():
        for rotation in schedule.rotations:
            for email in _people_of(rotation):
                user = desired.users.get(email)
                if user is None or user.active:
                    continue
                at = (schedule.name, rotation.name, email)
                where = f"the rotation {rotation.name} of the schedule {schedule.name}"
                place = mentioned.get(at) or switched.get(email) or Place(ground.file, path=f"users › {email}")
                if at in before:
                    ground.problems.warn(
                        place, f"{email} is switched off, so the turns that {where} has for them are gaps."
                    )
                else:
                    ground.problems.error(
                        place, f"{email} is switched off, but has turns in {where}. Take them out of it."
                    )


def _people_of(rotation: Rotation) -> Iterator[str]:
    return (seat.name for seat in rotation.seats() if seat.kind is TargetKind.USER)


def _check_addresses(ground: Ground, wish: Wish, desired: State) -> None:
    """Two people whose addresses differ in case only are one person twice."""
    if wish.users is UNSET:
        return
    seen: dict[str, str] = {}
    for email in (*ground.stored.state.users, *desired.users):
        seen.setdefault(email.casefold(), email)
    for user in wish.users:
        first = seen[user.email.casefold()]
        if first != user.email and user.email not in ground.stored.state.users:
            ground.problems.error(
                user.place("email"), f"{first} is there already and differs in case only. Write it the same."
            )


def _check_keys(ground: Ground, wish: Wish, desired: State) -> None:
    """A key names one service. Two that are the same would send alerts to either."""
    owners: dict[str, tuple[str, str]] = {}
    twice: dict[tuple[str, str], tuple[str, str]] = {}
    for service in desired.services.values():
        for way in service.integrations.values():
            if not way.key_sha256:
                continue
            first = owners.setdefault(way.key_sha256, (service.name, way.name))
            if first != (service.name, way.name):
                twice[service.name, way.name] = first
                twice.setdefault(first, (service.name, way.name))
    if not twice:
        return
    for wanted in wish.services or ():
        for piece in wanted.integrations or ():
            if other := twice.get((wanted.name, piece.name)):
                place = piece.place("key" if "key" in piece.places else "key_sha256")
                ground.problems.error(
                    place, f"This is also the key of {other[1]} of the service {other[0]}. Each needs its own."
                )
