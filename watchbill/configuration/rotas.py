"""Lays what a file says of schedules over what is stored."""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from watchbill.configuration.ground import Ground
from watchbill.configuration.phrases import NO_DAY, same_turns
from watchbill.configuration.problems import Place as At
from watchbill.configuration.state import Place, Rotation, Schedule, Secret, Target
from watchbill.configuration.wanted import WantedPlace, WantedRotation, WantedSchedule, WantedSetting, WantedTarget
from watchbill.configuration.words import write_moment
from watchbill.engine.duty.schedule import HandOff
from watchbill.engine.duty.walls import instant_of, wall_at, zone_of
from watchbill.engine.words import TargetKind

# What a rotation whose shifts a calendar has cannot have besides.
_OF_PEOPLE = ("people", "hand_off", "time_zone", "hours", "shadows", "starts_with")


def schedule(ground: Ground, wanted: WantedSchedule, old: Schedule | None) -> Schedule:
    """The schedule as it shall be."""
    base = old or Schedule(wanted.name, "")
    if old is None:
        _need(ground, wanted, "team", "schedule")
    zone = base.time_zone if wanted.time_zone is UNSET else wanted.time_zone
    rotations = base.rotations
    if wanted.rotations is not UNSET:
        stored = {
            one.name: replace(one, time_zone=zone if one.time_zone == base.time_zone else one.time_zone)
            for one in rotations
        }
        rotations = tuple(
            _rotation(ground, one, stored.get(one.name), zone)
            for one in {one.name: one for one in wanted.rotations}.values()
        )
    return Schedule(
        name=wanted.name,
        team=base.team if wanted.team is UNSET else wanted.team,
        time_zone=zone,
        hours=base.hours if wanted.hours is UNSET else wanted.hours,
        gap_warning=base.gap_warning if wanted.gap_warning is UNSET else wanted.gap_warning,
        holidays=base.holidays if wanted.holidays is UNSET else wanted.holidays,
        rotations=rotations,
    )


def sealed(ground: Ground, given: WantedSetting | UnsetType, stored: Secret | None) -> Secret | None:
    """The secret as it shall be, or None for none."""
    if given is UNSET:
        return stored
    if given.keep:
        if stored is None and not ground.offline:
            ground.problems.error(
                given.at,
                "`!keep` keeps the stored secret, but none is stored. Give it, as ${NAME} from the environment.",
            )
        return stored or Secret(sealed="?")
    if not given.text:
        return None
    if stored is not None and stored.sealed and ground.opened(stored.sealed) == given.text:
        return stored
    return Secret(clear=given.text)


def _rotation(ground: Ground, wanted: WantedRotation, old: Rotation | None, zone: str) -> Rotation:
    stays = old is not None and not (wanted.calendar is UNSET and "people" in wanted.places)
    address = sealed(ground, wanted.calendar, old.calendar if old is not None and stays else None)
    if old is not None and (address is None) != (old.calendar is None):
        old = None  # another rotation of the same name: what the record knows of the old one stays with it
    base = old or Rotation(wanted.name, zone)
    found = replace(
        base,
        time_zone=base.time_zone if wanted.time_zone is UNSET else wanted.time_zone,
        starts=base.starts if wanted.starts is UNSET else wanted.starts,
        ends=base.ends if wanted.ends is UNSET else wanted.ends,
        shadow=base.shadow if wanted.shadow is UNSET else wanted.shadow,
        calendar=address,
    )
    _check_limits(ground, wanted, found, old)
    if address is not None:
        for key in _OF_PEOPLE:
            if key in wanted.places:
                ground.problems.error(
                    wanted.place(key),
                    f"The shifts of this rotation come from its `calendar`. Leave `{key}` or `calendar` out.",
                )
        return replace(found, time_zone=Rotation(wanted.name).time_zone)  # a calendar's events have their own
    return _with_people(ground, wanted, found, old)


def _with_people(ground: Ground, wanted: WantedRotation, found: Rotation, old: Rotation | None) -> Rotation:
    if old is None:
        _need(ground, wanted, "people", "rotation", " Or give a `calendar`.")
        _need(ground, wanted, "hand_off", "rotation")
    hand_off = found.hand_off
    if wanted.hand_off is not UNSET:
        hand_off = _anchored(wanted.hand_off, hand_off, ground, found)
    people = found.people if wanted.people is UNSET else _order(ground, wanted, wanted.people)
    shadows = found.shadows if wanted.shadows is UNSET else _seats(ground, wanted.shadows)
    starts_with: Place = ()
    if old is None and wanted.starts_with is not UNSET:
        starts_with = _first(ground, wanted.starts_with, people)
    return replace(
        found,
        people=people,
        hand_off=hand_off,
        hours=found.hours if wanted.hours is UNSET else wanted.hours,
        shadows=shadows,
        starts_with=starts_with,
    )


def _anchored(given: HandOff, stored: HandOff | None, ground: Ground, rotation: Rotation) -> HandOff:
    """The hand-off with the day from which turns are counted: the one given, else the stored one, else the first day."""
    if given.anchor == NO_DAY:
        first = instant_of(rotation.starts or ground.stored.now)
        anchor = stored.anchor if stored is not None else wall_at(first, zone_of(rotation.time_zone)).date()
        given = replace(given, anchor=anchor)
    return stored if stored is not None and same_turns(given, stored) else given


def _order(ground: Ground, wanted: WantedRotation, people: Iterable[WantedPlace]) -> tuple[Place, ...]:
    found: dict[Place, At] = {}
    for place in people:
        seats = _place(ground, place)
        if frozenset(seats) in map(frozenset, found):
            ground.problems.error(place.at, f"{told(seats)} has a place in `people` already. Leave one.")
        found.setdefault(seats, place.at)
    if not found:
        ground.problems.error(
            wanted.place("people"), "This rotation has nobody. Name a user or a team, or take it out."
        )
    return tuple(found)


def _place(ground: Ground, wanted: WantedPlace) -> Place:
    if wanted.together is not UNSET and (wanted.given or not wanted.together):
        message = "A place must be a `user`, a `team`, or several `together`."
        ground.problems.error(wanted.at, message)
    return _seats(ground, wanted.members)


def _seats(ground: Ground, wanted: Iterable[WantedTarget]) -> Place:
    """Each person and team once, in order."""
    found: dict[Target, None] = {}
    for seat in wanted:
        if len(seat.given) != 1:
            ground.problems.error(seat.at, "It must be either a `user` or a `team`.")
        one = Target(seat.kind, seat.name)
        if one in found:
            ground.problems.error(seat.at, f"{told((one,))} stands here twice. Leave one.")
        found[one] = None
    return tuple(found)


def _first(ground: Ground, wanted: WantedPlace, people: tuple[Place, ...]) -> Place:
    """The place of the order that is meant: this one, else the first that holds all of these."""
    meant = frozenset(Target(seat.kind, seat.name) for seat in wanted.members)
    for place in (*people, ()):
        if meant == frozenset(place):
            return place
    for place in people:
        if meant < frozenset(place):
            return place
    names = [seat.name for place in people for seat in place]
    near = ground.problems.did_you_mean(next(iter(wanted.members)).name, names) if wanted.members else ""
    ground.problems.error(wanted.at, f"{told(tuple(meant)) or 'It'} has no place in `people`.{near}")
    return ()


def _check_limits(ground: Ground, wanted: WantedRotation, rotation: Rotation, old: Rotation | None) -> None:
    """`starts` and `ends` may move what is still to come; who was on duty stays on record."""
    now, starts, ends = ground.stored.now, rotation.starts, rotation.ends
    if starts is not None and ends is not None and ends <= starts:
        ground.problems.error(wanted.place("ends"), "It must be later than `starts`.")
    if old is None:
        return
    if starts != old.starts and (old.starts is None or old.starts <= now):
        since = f"since {write_moment(old.starts)}" if old.starts else "already"
        message = f"The rotation is in force {since}; what was true stays. Give another name to what begins anew."
        ground.problems.error(wanted.place("starts"), message)
    if ends != old.ends and old.ends is not None and old.ends <= now:
        message = f"The rotation ended at {write_moment(old.ends)}; what was true stays. Give another name to what begins anew."
        ground.problems.error(wanted.place("ends"), message)
    elif ends != old.ends and ends is not None and ends <= now:
        ground.problems.error(wanted.place("ends"), "It is over. To end the rotation now, take it out of the file.")


def told(seats: Iterable[Target]) -> str:
    """`ana@example.org`, `team Payments`, `ana@example.org + bo@example.org`."""
    return " + ".join(seat.name if seat.kind is TargetKind.USER else f"{seat.kind.value} {seat.name}" for seat in seats)


def _need(ground: Ground, wanted: WantedSchedule | WantedRotation, key: str, title: str, more: str = "") -> None:
    if getattr(wanted, key) is UNSET and key not in wanted.places and not ground.offline and not wanted.doubtful:
        ground.problems.error(wanted.at, f"`{key}` is missing; a new {title} needs it.{more}")
