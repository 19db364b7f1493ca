"""What a rehearsal comes to: of each service every rung, whom it wakes and where each of them comes from, and what is amiss."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from watchbill.channels.wording import one_line
from watchbill.cli.desk import words
from watchbill.cli.desk.reach import View
from watchbill.cli.desk.shapes import NextPage, Person, next_page, person_of
from watchbill.configuration.phrases import write_hours
from watchbill.engine.directory import Condition, Directory, Policy, PolicyStep, Service
from watchbill.engine.reasons import Reason
from watchbill.engine.whom import Sought
from watchbill.engine.words import Severity, TargetKind, Whom
from watchbill.incidents.foresight import STANDS_IN, Coming, rehearse
from watchbill.paging.queries import Gap, gaps, gaps_of


class Called(Struct, frozen=True):
    """Somebody whom a rung begins to wake. `through`: how it comes to this one, in words; empty for who is named."""

    name: str
    email: str
    through: str


class Rung(Struct, frozen=True):
    """What happens `after_seconds` from the alert if nobody has answered until then, and why. `called`: whom it begins to
    wake, also those whose own rules page them later; `pages`: at once. `told`: who shadows those on duty and is told, but
    not paged. `notes`: what is to be said of it, in sentences."""

    at: datetime
    after_seconds: int
    reason: str
    sentence: str
    called: list[Called]
    pages: list[NextPage]
    told: list[Person]
    notes: list[str]


class Ladder(Struct, frozen=True):
    """A service. `warnings`: what is amiss, in sentences."""

    service: str
    team: str
    policy: str
    urgency: str
    rungs: list[Rung]
    warnings: list[str]


def ladder_of(service: Service, view: View, severity: Severity, at: datetime) -> Ladder:
    """What an alert of this severity at `at` would do."""
    directory = view.directory
    team, policy = directory.teams.get(service.team), directory.policies.get(service.policy)
    coming = rehearse(service.id, directory, severity, view.turns, now=at)
    return Ladder(
        service.name,
        team.name if team else "",
        policy.name if policy else "",
        coming[0].incident.urgency,
        [_rung(one, policy, view, at) for one in coming],
        list(_warnings(policy, directory, coming, at)),
    )


def zone_of(service: Service, directory: Directory) -> str:
    """Whose clock a service's people look at: that of the first schedule of its policy, else of its team, else UTC."""
    policy = directory.policies.get(service.policy)
    steps = policy.steps if policy is not None else ()
    for target in (target for step in steps for target in step.targets):
        schedule = directory.schedules.get(target.id) if target.kind is TargetKind.SCHEDULE else None
        if schedule is not None:
            return schedule.zone
    return next((one.zone for one in directory.schedules.values() if one.team == service.team), "UTC")


def _rung(coming: Coming, policy: Policy | None, view: View, began: datetime) -> Rung:
    step = _begun(coming, policy)
    reason = Reason.FIRST_PAGE if coming.reason is Reason.FIRST_ALERT else coming.reason
    return Rung(
        coming.at,
        round((coming.at - began).total_seconds()),
        reason,
        reason.sentence,
        [_called(one, coming.reason, step, view) for one in coming.called],
        [next_page(page, view) for page in coming.pages],
        [person for who in coming.told if (person := person_of(view, who)) is not None],
        list(_notes(coming, policy, step, view.directory)),
    )


def _begun(coming: Coming, policy: Policy | None) -> PolicyStep | None:
    """The step that begins with this, if one does."""
    level = coming.incident.ladder.level
    if coming.reason is Reason.NEXT_RULE_DUE or policy is None or not 0 <= level < len(policy.steps):
        return None
    return policy.steps[level]


def _called(one: Sought, reason: Reason, step: PolicyStep | None, view: View) -> Called:
    directory = view.directory
    through = ""
    if one.target.kind is TargetKind.TEAM and one.target.id in directory.teams:
        through = f"team {one_line(directory.teams[one.target.id].name, 60)}"
    elif one.target.kind is TargetKind.SCHEDULE and one.target.id in directory.schedules:
        name = one_line(directory.schedules[one.target.id].name, 60)
        through = f"on duty in {name}: {one_line(one.source, 200)}" if one.source else f"has turns in {name}"
    if reason in STANDS_IN:
        through = f"the fallback: {through}" if through else "the fallback"
    elif step is not None and step.whom is Whom.ROUND_ROBIN:
        through = f"{through}, by turns" if through else "by turns"
    person = view.people.get(one.person)
    return Called(person.name if person else "", person.email if person else "", through)


def _notes(coming: Coming, policy: Policy | None, step: PolicyStep | None, directory: Directory) -> Iterator[str]:
    if policy is None:
        return
    for number in coming.passed:
        yield f"Step {number + 1} is passed over: it is only for {_only(policy.steps[number].only)}."
    begun = [coming.incident.ladder.level] if step is not None else []
    for where in (*begun, *([None] if coming.reason in STANDS_IN else [])):
        for gap in gaps_of(policy, where, directory, now=coming.at):
            if gap.target.kind is TargetKind.SCHEDULE:
                yield _sentence(gap)


def _only(condition: Condition | None) -> str:
    """A condition in words: `mon-fri 09:00-17:00 Europe/Berlin, critical`."""
    if condition is None:
        return "no time at all"
    hours = f"{'; '.join(write_hours(condition.hours))} {condition.zone}" if condition.hours else ""
    severities = " or ".join(one for one in Severity if one in condition.severities)
    return ", ".join(filter(None, (hours, severities)))


def _warnings(policy: Policy | None, directory: Directory, coming: Sequence[Coming], at: datetime) -> Iterator[str]:
    if not any(one.pages for one in coming):
        yield "NOBODY would be reached. Mend this now."
    elif nobody := next((one for one in coming if one.reason is Reason.NOBODY_AT_ALL), None):
        yield f"NOBODY would be reached from {words.clock((nobody.at - at).total_seconds())} on. Mend this now."
    if policy is None:
        yield "It has no escalation policy."
        return
    for gap in gaps(policy, directory, now=at):
        if gap.target.kind is not TargetKind.SCHEDULE:  # which depends on the hour: it is told where the step begins
            yield _sentence(gap)
    if not policy.steps:
        yield "Its policy has no steps; only the fallback is paged."


def _sentence(gap: Gap) -> str:
    where = "The fallback" if gap.step is None else f"Step {gap.step + 1}"
    return f"{where} names {one_line(gap.name, 60)}, {one_line(gap.why, 300)}."
