"""What will happen to an incident by itself, if nobody does anything: the rules are asked, so it is what will be done."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from msgspec import Struct

from watchbill.engine.case import Case, Incident, Ladder
from watchbill.engine.commands import SendPage, TakeTurn, TellShadow
from watchbill.engine.directory import Directory, PolicyStep, Target
from watchbill.engine.facts import AlertTriggered, TimePassed
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.step import step
from watchbill.engine.whom import Sought, sought
from watchbill.engine.words import Severity, TargetKind, Whom

MOST = 50  # a ladder may repeat for days
# The fallback is paged in place of those on a step, or after all of them.
STANDS_IN = frozenset({Reason.GAP_IN_SCHEDULE, Reason.NOBODY_ON_DUTY, Reason.NO_STEP_APPLIES, Reason.LADDER_EXHAUSTED})

Turns = Mapping[tuple[int, int], int]


class Coming(Struct, frozen=True):
    """One thing that is to come. `at`: when, unless somebody acts before. `pages`: whom it pages at once. `incident`: as it
    will be afterwards.

    `called`: whom it begins to wake, and where each comes from. `told`: ids of shadows who are told, for the first time.
    `passed`: steps, from 0, that it passes over since they are not for then.
    """

    at: datetime
    reason: Reason
    pages: tuple[SendPage, ...]
    incident: Incident
    called: tuple[Sought, ...] = ()
    told: tuple[int, ...] = ()
    passed: tuple[int, ...] = ()


def foresee(incident: Incident, directory: Directory, turns: Turns, *, most: int = MOST) -> list[Coming]:
    """What comes, in order, at most so many. Waits in which nothing is done are left out. `turns`: see Case."""
    return list(islice(_coming(incident, directory, _Ahead(turns)), most))


def rehearse(
    service: int, directory: Directory, severity: Severity, turns: Turns, *, now: datetime, most: int = MOST
) -> list[Coming]:
    """What a new alert of this severity would do if it came at `now` and nobody answered. Nothing is written."""
    ahead = _Ahead(turns)
    fact = AlertTriggered(service=service, dedup_key="rehearsal", summary="A rehearsal", severity=severity)
    case = Case(directory.services[service], directory, turns=ahead.turns)
    decision = step(case, fact, now=now)
    first = ahead.see(case, decision, now)
    return [first, *islice(_coming(first.incident, directory, ahead), most - 1)]


class _Ahead:
    """What changes from one thing that comes to the next, beside the incident: turns that were taken, shadows told."""

    def __init__(self, turns: Turns) -> None:
        self.turns = dict(turns)
        self._told: set[int] = set()

    def see(self, case: Case, decision: Step, at: datetime) -> Coming:
        """The decision as something that comes at `at`."""
        incident = decision.case.incident
        assert incident is not None, "an alert opens an incident, and time ends none"
        told = [one.person for one in decision.commands if isinstance(one, TellShadow) and one.person not in self._told]
        self._told.update(told)
        for one in decision.commands:
            if isinstance(one, TakeTurn):
                self.turns[one.policy, one.level] = self.turns.get((one.policy, one.level), 0) + 1
        before = case.incident.ladder if case.incident is not None else Ladder()
        begins = _step_of(decision.case) if decision.reason is not Reason.NEXT_RULE_DUE else None
        return Coming(
            at,
            decision.reason,
            tuple(one for one in decision.commands if isinstance(one, SendPage)),
            incident,
            _called(decision.case, decision.reason, begins, at),
            tuple(dict.fromkeys(told)),
            _passed(decision.case, before),
        )


def _coming(incident: Incident, directory: Directory, ahead: _Ahead) -> Iterator[Coming]:
    service = directory.services.get(incident.service)
    while service is not None and incident.due_at is not None:
        at = incident.due_at
        fact = TimePassed(service=incident.service, incident=incident.id)
        case = Case(service, directory, incident, turns=ahead.turns)
        decision = step(case, fact, now=at)
        after = decision.case.incident
        if after is None or after == incident:
            return
        if decision.reason is not Reason.STEP_STILL_RUNNING:
            yield ahead.see(case, decision, at)
        if decision.reason is Reason.NOBODY_AT_ALL:  # it looks again and again; saying so once is enough
            return
        incident = after


def _step_of(case: Case) -> PolicyStep | None:
    """The step on which the incident stands."""
    incident, policy = case.incident, case.policy
    if incident is None or policy is None or not 0 <= incident.ladder.level < len(policy.steps):
        return None
    return policy.steps[incident.ladder.level]


def _called(case: Case, reason: Reason, begins: PolicyStep | None, at: datetime) -> tuple[Sought, ...]:
    """Whom the ladder has begun to wake at `at`, and through which target."""
    assert case.incident is not None
    begun = [paging.person for paging in case.incident.ladder.paging if paging.since == at]
    targets: tuple[Target, ...] = ()
    everyone = False
    if reason in STANDS_IN:
        fallback = case.policy.fallback if case.policy is not None else ()
        targets = (*fallback, Target(TargetKind.TEAM, case.service.team))
    elif begins is not None:
        targets, everyone = begins.targets, begins.whom is Whom.EVERYONE
    through = {one.person: one for one in sought(targets, case.directory, now=at, everyone=everyone)}
    return tuple(through.get(person) or Sought(person, Target(TargetKind.USER, person)) for person in begun)


def _passed(case: Case, before: Ladder) -> tuple[int, ...]:
    """The steps between the one on which the incident stood and the one on which it stands."""
    assert case.incident is not None
    after, steps = case.incident.ladder, len(case.policy.steps) if case.policy is not None else 0
    if after.round == before.round:
        return tuple(range(before.level + 1, min(after.level, steps)))
    return (*range(before.level + 1, steps), *range(min(after.level, steps)))
