"""The cast of three and the house they live in. Ana is on duty, Bo is on her team, Cy is outside and must see nothing.

Everybody has a phone and a mail box, and no rules of their own unless a test gives some. The policy wakes Ana, after
five minutes Bo, and waits ten minutes for him. Times are seconds after 02:00.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from watchbill.engine.case import Alert, Case, Incident
from watchbill.engine.commands import CloseAlerts, SaveAlert, SaveIncident, SendPage, TakeTurn, TellShadow
from watchbill.engine.directory import (
    Condition,
    ContactMethod,
    Directory,
    Maintenance,
    NotificationRule,
    Person,
    Policy,
    PolicyStep,
    Service,
    Target,
    Team,
)
from watchbill.engine.duty.schedule import (
    Edition,
    HandOff,
    Hours,
    Override,
    OverrideKind,
    Rotation,
    Schedule,
    Unit,
)
from watchbill.engine.facts import AlertTriggered, Fact, OnIncident, TimePassed
from watchbill.engine.outcome import Step
from watchbill.engine.step import step
from watchbill.engine.words import Grouping, Role, Severity, TargetKind, Urgency, Whom

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ANA, BO, CY = 1, 2, 3
NAMES = {ANA: "Ana", BO: "Bo", CY: "Cy"}
TEAM, OTHER_TEAM = 1, 2
CHECKOUT, OTHER_SERVICE = 1, 2
POLICY, OTHER_POLICY = 1, 2
PRIMARY, SECONDARY = 1, 2
INCIDENT = 12


def at(seconds: float = 0) -> datetime:
    """So many seconds after 02:00."""
    return START + timedelta(seconds=seconds)


def phone(person: int) -> int:
    """The id of a person's phone."""
    return person * 10 + 1


def mail(person: int) -> int:
    """The id of a person's mail box."""
    return person * 10 + 2


def high(delay: int, method: int) -> NotificationRule:
    """A rule for what may wake."""
    return NotificationRule(Urgency.HIGH, delay, method)


def low(delay: int, method: int) -> NotificationRule:
    """A rule for what may wait."""
    return NotificationRule(Urgency.LOW, delay, method)


def person(who: int, *rules: NotificationRule, phone_on: bool = True, mail_on: bool = True, **changes: Any) -> Person:
    """One of the cast, with these rules."""
    methods = (ContactMethod(phone(who), "phone", phone_on), ContactMethod(mail(who), "mail", mail_on))
    return replace(Person(who, NAMES[who], methods, rules), **changes)


def unreachable(who: int) -> Person:
    """One of the cast with every contact method switched off."""
    return person(who, phone_on=False, mail_on=False)


def user(*people: int) -> tuple[Target, ...]:
    """These people as targets."""
    return tuple(Target(TargetKind.USER, who) for who in people)


def team(*teams: int) -> tuple[Target, ...]:
    """These teams as targets."""
    return tuple(Target(TargetKind.TEAM, one) for one in teams)


def schedule(*schedules: int) -> tuple[Target, ...]:
    """These schedules as targets."""
    return tuple(Target(TargetKind.SCHEDULE, one) for one in schedules)


def policy(
    *steps: tuple[int, tuple[Target, ...]] | PolicyStep,
    id: int = POLICY,  # noqa: A002 - reads as the field
    **changes: Any,
) -> Policy:
    """A policy of steps, or of their (delay, targets)."""
    taken = tuple(one if isinstance(one, PolicyStep) else PolicyStep(*one) for one in steps)
    return replace(Policy(id, f"Policy {id}", taken), **changes)


def by_turns(delay: int, *people: int) -> PolicyStep:
    """A step that pages one of these people after the other."""
    return PolicyStep(delay, user(*people), Whom.ROUND_ROBIN)


def only(delay: int, targets: tuple[Target, ...], *severities: Severity, hours: tuple[Hours, ...] = ()) -> PolicyStep:
    """A step that is only for these severities, or these hours (UTC)."""
    return PolicyStep(delay, targets, only=Condition(hours, "UTC", frozenset(severities)))


def seconds_of(moment: datetime) -> int:
    """Seconds since 1970."""
    return int(moment.timestamp())


def rota(
    *turns: tuple[int, ...],
    id: int = PRIMARY,  # noqa: A002 - reads as the field
    hours: tuple[Hours, ...] = (),
    shadows: tuple[int, ...] = (),
    every: int = 1,
    **changes: Any,
) -> Schedule:
    """A schedule whose one rotation hands off every so many hours; the first turn begins at 02:00, at START."""
    rule = HandOff(Unit.HOUR, START.date(), every, at=START.hour * 60)
    edition = Edition(seconds_of(START) - 86400, "UTC", rule, turns, hours=hours, shadows=shadows)
    made = Schedule(id, f"Schedule {id}", TEAM, "UTC", (Rotation(1, "Hourly", (edition,)),), names=NAMES)
    return replace(made, **changes)


def override(kind: OverrideKind, begins: float, ends: float, **changes: Any) -> Override:
    """An override of a whole schedule, between two times in seconds after 02:00."""
    return Override(changes.pop("id", 1), kind, seconds_of(at(begins)), seconds_of(at(ends)), **changes)


def window(starts: float, ends: float, *services: int, id: int = 1) -> Maintenance:  # noqa: A002 - reads as the field
    """A maintenance window of these services, else of checkout."""
    return Maintenance(id, services or (CHECKOUT,), at(starts), at(ends))


HOUSE = Directory(
    version=1,
    people={who: person(who) for who in NAMES},
    teams={
        TEAM: Team(TEAM, "Payments", ((ANA, Role.RESPONDER), (BO, Role.OWNER))),
        OTHER_TEAM: Team(OTHER_TEAM, "Search", ((CY, Role.OWNER),)),
    },
    services={
        CHECKOUT: Service(CHECKOUT, "checkout", TEAM, POLICY),
        OTHER_SERVICE: Service(OTHER_SERVICE, "search", OTHER_TEAM, OTHER_POLICY),
    },
    policies={
        POLICY: policy((300, user(ANA)), (600, user(BO))),
        OTHER_POLICY: policy((300, user(CY)), id=OTHER_POLICY),
    },
)


def with_people(house: Directory, *people: Person) -> Directory:
    """The house with these people as they are given."""
    return replace(house, people={**house.people, **{one.id: one for one in people}})


def with_policies(house: Directory, *policies: Policy) -> Directory:
    """The house with these policies as they are given."""
    return replace(house, policies={**house.policies, **{one.id: one for one in policies}})


def with_schedules(house: Directory, *schedules: Schedule) -> Directory:
    """The house with these schedules as they are given."""
    return replace(house, schedules={**house.schedules, **{one.id: one for one in schedules}})


def with_service(house: Directory, **changes: Any) -> Directory:
    """The house with checkout changed."""
    return replace(house, services={**house.services, CHECKOUT: replace(house.services[CHECKOUT], **changes)})


def with_team(house: Directory, *members: tuple[int, Role]) -> Directory:
    """The house with these members in the team that owns checkout."""
    return replace(house, teams={**house.teams, TEAM: Team(TEAM, "Payments", members)})


def alert(key: str = "db", severity: Severity = Severity.CRITICAL, summary: str = "db is down") -> AlertTriggered:
    """A monitor's cry about checkout."""
    return AlertTriggered(service=CHECKOUT, dedup_key=key, summary=summary, severity=severity)


def said(kind: type[OnIncident], **fields: Any) -> OnIncident:
    """What Ana says of the incident, unless `by` names another."""
    return kind(service=CHECKOUT, incident=INCIDENT, **{"by": ANA, **fields})


def paged(decision: Step) -> list[str]:
    """Whom a decision pages and how: ["Ana by phone"]."""
    words = {1: "phone", 2: "mail"}
    pages = [command for command in decision.commands if isinstance(command, SendPage)]
    return [f"{NAMES[page.person]} by {words[page.method % 10]}" for page in pages]


def told(decision: Step) -> list[str]:
    """The shadows whom a decision tells."""
    return [NAMES[command.person] for command in decision.commands if isinstance(command, TellShadow)]


def pages(decision: Step) -> list[SendPage]:
    """The pages of a decision."""
    return [command for command in decision.commands if isinstance(command, SendPage)]


class Story:
    """One incident of checkout as it goes on. `house` may be changed under way, as people do. `turns`: those that were
    taken, by policy and level."""

    def __init__(self, house: Directory = HOUSE, turns: Counter[tuple[int, int]] | None = None) -> None:
        self.house = house
        self.turns: Counter[tuple[int, int]] = turns if turns is not None else Counter()
        self.incident: Incident | None = None
        self.alerts: dict[str, Alert] = {}

    def tell(self, fact: Fact, seconds: float = 0) -> Step:
        """What `fact` leads to, so many seconds after 02:00; the story goes on from there."""
        decision = step(self._case(fact), fact, now=at(seconds))
        for command in decision.commands:
            if isinstance(command, SaveIncident):
                self.incident = replace(command.incident, id=INCIDENT)
            elif isinstance(command, SaveAlert):
                self.alerts[command.alert.dedup_key] = replace(command.alert, incident=INCIDENT)
            elif isinstance(command, CloseAlerts):
                self.alerts.clear()
            elif isinstance(command, TakeTurn):
                self.turns[command.policy, command.level] += 1
        self.alerts = {key: one for key, one in self.alerts.items() if one.resolved_at is None}
        return decision

    def wait(self, *, late: float = 0) -> tuple[float, Step]:
        """Lets the time pass until something is due, and `late` seconds more: when that is, and what it leads to."""
        assert self.incident is not None and self.incident.due_at is not None, "it waits for nothing"
        seconds = (self.incident.due_at - START).total_seconds() + late
        return seconds, self.tell(said(TimePassed, by=0), seconds)

    @property
    def due(self) -> float | None:
        """When something is due next, in seconds after 02:00."""
        assert self.incident is not None
        return (self.incident.due_at - START).total_seconds() if self.incident.due_at is not None else None

    def _case(self, fact: Fact) -> Case:
        service, turns = self.house.services[CHECKOUT], dict(self.turns)
        if isinstance(fact, OnIncident):
            return Case(service, self.house, self.incident, turns=turns)
        mine = self.alerts.get(getattr(fact, "dedup_key", ""))
        if mine is not None:
            return Case(service, self.house, self.incident, mine, turns=turns)
        joinable = self.incident if service.grouping is not Grouping.OFF else None
        return Case(service, self.house, joinable=joinable, turns=turns)


def begun(house: Directory = HOUSE, severity: Severity = Severity.CRITICAL) -> Story:
    """A story whose first alert came at 02:00."""
    story = Story(house)
    story.tell(alert(severity=severity))
    return story
