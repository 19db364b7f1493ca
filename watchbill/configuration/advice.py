"""Warns of what may be applied, but will not page anybody as it stands. It speaks only of what the file mentions."""

from collections.abc import Mapping

from watchbill.configuration.phrases import clock, write_hours
from watchbill.configuration.problems import Problems
from watchbill.configuration.state import Policy, Rotation, Schedule, State, Target, User
from watchbill.configuration.wanted import WantedPolicy, WantedSchedule, WantedUser, Wish
from watchbill.engine.duty.schedule import DAY, HandOff, Hours, Unit
from watchbill.engine.words import Role, TargetKind


def advise(wish: Wish, desired: State, problems: Problems) -> None:
    """Adds the warnings to `problems`."""
    reached = _Reach(desired)
    for wanted in wish.users or ():
        if (user := desired.users.get(wanted.email)) is not None and user.active:
            _of_user(wanted, user, problems)
    for team in wish.teams or ():
        if team.name in desired.teams and not desired.teams[team.name].members:
            problems.warn(team.at, "The team has no members.")
    for schedule in wish.schedules or ():
        if schedule.name in desired.schedules:
            _of_schedule(schedule, desired.schedules[schedule.name], problems)
    for policy in wish.escalation_policies or ():
        if policy.name in desired.escalation_policies:
            _of_policy(policy, desired.escalation_policies[policy.name], reached, problems)
    for wanted_service in wish.services or ():
        service = desired.services.get(wanted_service.name)
        if service is None or not service.active:
            continue
        if service.team in desired.teams and not reached.team(service.team):
            problems.warn(wanted_service.place("team"), f"Nobody in the team {service.team} can be paged.")
        if not service.integrations:
            problems.warn(wanted_service.at, "It has no integration, so no alert can reach it.")


def _of_user(wanted: WantedUser, user: User, problems: Problems) -> None:
    enabled = [method for method in user.contact_methods.values() if method.enabled]
    if not enabled:
        problems.warn(wanted.at, "This person has no contact method, so no page can arrive.")
        return
    usable = {method.name for method in enabled}
    lacking = [
        urgency
        for urgency, rules in (("high", user.high), ("low", user.low))
        if not any(r.use in usable for r in rules)
    ]
    if len(lacking) == 2 and len(enabled) > 1:
        problems.warn(wanted.at, "There are no notification rules, so every page uses all contact methods at once.")
    elif len(lacking) == 1:
        other = "low" if lacking == ["high"] else "high"
        problems.warn(
            wanted.place("notification_rules"), f"There are no rules for {lacking[0]} urgency; those for {other} serve."
        )


def _of_schedule(wanted: WantedSchedule, schedule: Schedule, problems: Problems) -> None:
    if not any(not rotation.shadow for rotation in schedule.rotations):
        problems.warn(wanted.at, "The schedule has no rotation that is paged, so nobody is ever on duty.")
    places = {one.name: one.place("hand_off") for one in wanted.rotations or ()}
    for rotation in schedule.rotations:
        if rotation.name in places and (cut := _cut(rotation)) is not None:
            begins = clock(cut.begins % DAY)
            problems.warn(
                places[rotation.name],
                f"This hand-off cuts the hours {write_hours([cut])[0]} in two, so two people share each of those nights. "
                f"Hand off at {begins} instead, and one has all of it.",
            )


def _cut(rotation: Rotation) -> Hours | None:
    """A window of duty over midnight in the middle of which somebody else takes over."""
    rule = rotation.hand_off
    if rule is None or rule.unit is Unit.HOUR:
        return None
    for window in rotation.hours:
        if window.length <= DAY < window.begins % DAY + window.length and _hands_off_within(rule, window):
            return window
    return None


def _hands_off_within(rule: HandOff, window: Hours) -> bool:
    first = window.begins // DAY
    for day in (first, first + 1):
        within = window.begins < day * DAY + rule.at < window.begins + window.length
        if within and (rule.unit is not Unit.WEEK or day % 7 in rule.weekdays):
            return True
    return False


def _of_policy(wanted: WantedPolicy, policy: Policy, reached: "_Reach", problems: Problems) -> None:
    if not policy.steps:
        problems.warn(wanted.at, "The policy has no steps; only the fallback is paged.")
    elif not any(reached.target(target) for step in policy.steps for target in step.page):
        problems.warn(
            wanted.at, "The policy reaches nobody: no step has somebody who is active and has a contact method."
        )
    else:
        for number, step in enumerate(policy.steps):
            if not any(map(reached.target, step.page)):
                place = wanted.steps[number].at if wanted.steps and number < len(wanted.steps) else wanted.at
                problems.warn(place, "This step reaches nobody, so the policy's fallback is paged in its place.")


class _Reach:
    """Who can be paged at all; the same rule as the engine's."""

    def __init__(self, state: State) -> None:
        self._people: Mapping[str, bool] = {
            user.email: user.active and any(method.enabled for method in user.contact_methods.values())
            for user in state.users.values()
        }
        self._teams = {
            team.name: any(self._people.get(m.user) for m in team.members if m.role is not Role.OBSERVER)
            for team in state.teams.values()
        }

        self._schedules = {
            schedule.name: any(map(self._rotation, schedule.rotations)) for schedule in state.schedules.values()
        }

    def _rotation(self, rotation: Rotation) -> bool:
        """A calendar may name anybody."""
        places = (seat for place in rotation.people for seat in place)
        return not rotation.shadow and (rotation.calendar is not None or any(map(self.target, places)))

    def team(self, name: str) -> bool:
        """Whether anybody in the team can be paged."""
        return self._teams.get(name, False)

    def target(self, target: Target) -> bool:
        """Whether anybody behind a target can be paged; of a schedule, anybody who has turns in it."""
        match target.kind:
            case TargetKind.USER:
                return self._people.get(target.name, False)
            case TargetKind.TEAM:
                return self.team(target.name)
            case TargetKind.SCHEDULE:
                return self._schedules.get(target.name, False)
