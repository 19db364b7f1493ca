"""Schedules to YAML: applied where they come from nothing changes, and in an empty database the same people have the
same turns."""

from collections.abc import Iterable
from datetime import datetime

from watchbill.configuration.document import KEEP
from watchbill.configuration.editions import on_duty_place
from watchbill.configuration.lines import Lines, listed, pair
from watchbill.configuration.phrases import anchor_matters, without_anchor, write_hand_off, write_hours
from watchbill.configuration.state import Place, Rotation, Schedule, Stored, Target
from watchbill.configuration.words import write_duration, write_moment
from watchbill.configuration.yaml_text import scalar
from watchbill.engine.duty.schedule import Edition, Hours


def schedule_lines(schedule: Schedule, stored: Stored) -> Lines:
    """An entry of `schedules`."""
    yield pair("name", schedule.name)
    yield pair("team", schedule.team)
    yield pair("time_zone", schedule.time_zone)
    yield hours_line(schedule.hours)
    yield f"gap_warning: {write_duration(schedule.gap_warning)}"
    yield f"holidays: [{', '.join(map(scalar, schedule.holidays))}]"
    rotations = []
    for one in schedule.rotations:
        editions = stored.rota.editions.get(stored.ids.rotations[schedule.name, one.name])
        rotations.append(_rotation(one, editions[-1] if editions else None, stored.now))
    yield from listed("rotations", rotations)


def hours_line(hours: Iterable[Hours]) -> str:
    """Hours of duty."""
    return f"hours: [{', '.join(map(scalar, write_hours(hours)))}]"


def target_lines(target: Target) -> Lines:
    """A person, a team or a schedule."""
    yield pair(target.kind.value, target.name)


def _rotation(rotation: Rotation, last: Edition | None, now: datetime) -> Lines:
    """`last`: its newest edition, or None for one from a calendar."""
    yield pair("name", rotation.name)
    if last is not None and rotation.hand_off is not None:
        rule = rotation.hand_off
        yield from listed("people", map(_place, rotation.people))
        yield f"hand_off: {write_hand_off(rule if anchor_matters(rule) else without_anchor(rule))}"
        yield pair("time_zone", rotation.time_zone)
        yield hours_line(rotation.hours)
        yield "starts_with:"
        yield from (f"  {line}" for line in _place(on_duty_place(rotation, last, now)))
        yield from listed("shadows", map(target_lines, rotation.shadows))
    if rotation.calendar is not None:
        yield f"calendar: {KEEP}"
    yield f"starts: {write_moment(rotation.starts) if rotation.starts else 'null'}"
    yield f"ends: {write_moment(rotation.ends) if rotation.ends else 'null'}"
    yield f"shadow: {'true' if rotation.shadow else 'false'}"


def _place(place: Place) -> Lines:
    return target_lines(place[0]) if len(place) == 1 else listed("together", map(target_lines, place))
