"""Warns of what may be applied, but will not page anybody as it stands. It speaks only of what the file mentions."""

from collections.abc import Mapping

from watchbill.configuration.problems import Problems
from watchbill.configuration.state import Policy, State, Target, User
from watchbill.configuration.wanted import WantedPolicy, WantedUser, Wish
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

    def team(self, name: str) -> bool:
        """Whether anybody in the team can be paged."""
        return self._teams.get(name, False)

    def target(self, target: Target) -> bool:
        """Whether anybody behind a target can be paged."""
        return self.team(target.name) if target.kind is TargetKind.TEAM else self._people.get(target.name, False)
