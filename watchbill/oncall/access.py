"""Who may change who is on duty. Whoever keeps the machine, person 0, may do everything."""

from collections.abc import Mapping

from watchbill.engine.directory import Team
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.whom import members_of


def may_change(person: int, schedule: Schedule, teams: Mapping[int, Team]) -> bool:
    """Whether a person may override a schedule, and take cover in it: those of its team who do not only watch, and those
    who have turns in it."""
    return not person or person in members_of(teams.get(schedule.team)) or has_turns(person, schedule)


def has_turns(person: int, schedule: Schedule) -> bool:
    """Whether a person is in the order or in the calendar of a rotation, now or later; a shadow is not."""
    for rotation in schedule.rotations:
        if rotation.shadow:
            continue
        if any(person in slot for edition in rotation.editions for slot in edition.order):
            return True
        if any(person in fixed.people for fixed in rotation.fixed or ()):
            return True
    return False


def why_not(name: str, schedule: Schedule, teams: Mapping[int, Team]) -> str:
    """The sentence for somebody who may not."""
    team = teams.get(schedule.team)
    of = f"of team {team.name}" if team is not None else "of its team"
    return f"{name} may not change {schedule.name}: that takes a member {of} who does not only watch, or turns in it."
