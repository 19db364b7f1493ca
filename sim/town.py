"""Who and what there is in a made-up world: teams, people with their contact methods and rules, schedules, policies,
services."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from sim.chance import Chance
from sim.rotas import NIGHTS, OFFICE, WEEKEND, ZONES, known, make_schedule, schedules_of
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
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.words import Grouping, Role, Severity, TargetKind, Urgency, UrgencyRule, Whom

CHANNELS = ("push", "mail", "hook")
ROLES = (Role.OWNER, Role.RESPONDER, Role.RESPONDER, Role.MANAGER, Role.OBSERVER)
LONGEST_RULE = 600
DELAYS = (60, 120, 300, 600, 1800)
HOURS = ((), OFFICE, NIGHTS, WEEKEND)
SEVERE = frozenset({Severity.CRITICAL, Severity.ERROR})


def make_town(chance: Chance, teams: int, *, now: datetime) -> Directory:
    """A town of so many teams, each with two to five people, mostly a schedule or two, a policy, and one to three
    services."""
    people: dict[int, Person] = {}
    town = Directory(version=1, people=people)
    made_teams: dict[int, Team] = {}
    schedules: dict[int, Schedule] = {}
    policies: dict[int, Policy] = {}
    services: dict[int, Service] = {}
    for number in range(1, teams + 1):
        members = [_person(chance, len(people) + 1 + extra) for extra in range(chance.within(2, 5))]
        people.update((person.id, person) for person in members)
        roles = tuple((person.id, chance.one_of(ROLES)) for person in members)
        made_teams[number] = Team(number, f"team {number}", roles)
        ids = [person.id for person in members]
        for schedule, share in zip(schedules_of(number), (0.9, 0.4), strict=True):
            if chance.happens(share):
                schedules[schedule] = known(make_schedule(chance, schedule, number, ids, now=now), people)
        policies[number] = make_policy(chance, number, ids, number)
        for _ in range(chance.within(1, 3)):
            one = _service(chance, len(services) + 1, number)
            services[one.id] = one
    return replace(town, teams=made_teams, schedules=schedules, policies=policies, services=services)


def make_policy(chance: Chance, number: int, members: list[int], team: int) -> Policy:
    """A ladder of one to four steps over these people and the schedules of their team; mostly with the team as its
    fallback."""
    steps = tuple(_step(chance, members, team) for _ in range(chance.within(1, 4)))
    fallback = (_whole_team_or_schedule(chance, team),) if chance.happens(0.8) else ()
    return Policy(number, f"policy {number}", steps, chance.within(0, 2), fallback)


def _step(chance: Chance, members: list[int], team: int) -> PolicyStep:
    targets: list[Target] = []
    if chance.happens(0.6):
        targets.append(_schedule(chance, team))
    if not targets or chance.happens(0.2):
        targets.append(Target(TargetKind.USER, chance.one_of(members)))
    if chance.happens(0.1):
        targets.append(Target(TargetKind.TEAM, team))
    whom = chance.one_of((Whom.ON_DUTY, Whom.ON_DUTY, Whom.ON_DUTY, Whom.ROUND_ROBIN, Whom.ROUND_ROBIN, Whom.EVERYONE))
    only = _condition(chance) if chance.happens(0.15) else None
    return PolicyStep(chance.one_of(DELAYS), tuple(targets), whom, only)


def _condition(chance: Chance) -> Condition:
    return Condition(chance.one_of(HOURS), chance.one_of(ZONES), SEVERE if chance.happens(0.4) else frozenset())


def _whole_team_or_schedule(chance: Chance, team: int) -> Target:
    return _schedule(chance, team) if chance.happens(0.25) else Target(TargetKind.TEAM, team)


def _schedule(chance: Chance, team: int) -> Target:
    """At times one that there is not."""
    first, second = schedules_of(team)
    return Target(TargetKind.SCHEDULE, chance.one_of((first, first, first, first, second)))


def _person(chance: Chance, number: int) -> Person:
    methods = []
    rules = []
    for place in range(chance.within(1, 3)):
        method = ContactMethod(number * 10 + place, chance.one_of(CHANNELS[:2] if place else CHANNELS))
        methods.append(method)
        for urgency in Urgency:
            if chance.happens(0.85):
                delay = chance.one_of((0, 0, 60, 180, LONGEST_RULE)) if place else 0
                rules.append(NotificationRule(urgency, delay, method.id))
    rules.sort(key=lambda rule: rule.delay)
    return Person(number, f"person {number}", tuple(methods), tuple(rules))


def _service(chance: Chance, number: int, team: int) -> Service:
    grouping = chance.one_of((Grouping.OFF, Grouping.OFF, Grouping.OPEN, Grouping.WINDOW))
    return Service(
        number,
        f"service {number}",
        team,
        team,
        urgency=chance.one_of((UrgencyRule.BY_SEVERITY, UrgencyRule.BY_SEVERITY, UrgencyRule.HIGH, UrgencyRule.LOW)),
        grouping=grouping,
        grouping_window=chance.one_of((300, 3600)) if grouping is Grouping.WINDOW else 0,
        acknowledge_timeout=chance.one_of((None, None, 1800, 4 * 3600)),
    )


def edited(town: Directory, chance: Chance, *, now: datetime) -> tuple[Directory, str]:
    """The town with one thing changed, and what that was, in words."""
    what = chance.one_of(("person", "method", "rules", "policy", "service", "window", "window"))
    changes: Mapping[str, Any]
    if what in ("person", "method", "rules"):
        person, words = _edited_person(chance.one_of(list(town.people.values())), chance, what)
        people = {**town.people, person.id: person}
        schedules = {one.id: known(one, people) for one in town.schedules.values()}
        changes = {"people": people, "schedules": schedules}
    elif what == "policy":
        old = chance.one_of(list(town.policies.values()))
        members = [person for person, _ in town.teams[old.id].members]
        changes = {"policies": {**town.policies, old.id: make_policy(chance, old.id, members, old.id)}}
        words = f"{old.name} has other steps"
    elif what == "service":
        before = chance.one_of(list(town.services.values()))
        after = replace(_service(chance, before.id, before.team), policy=chance.one_of(list(town.policies)))
        changes = {"services": {**town.services, before.id: after}}
        words = f"{before.name} has other settings"
    else:
        service = chance.one_of(list(town.services))
        begins = now + timedelta(seconds=chance.between(-60, 7200))
        window = Maintenance(
            len(town.maintenance) + 1, (service,), begins, begins + timedelta(seconds=chance.skewed(60, 7200))
        )
        changes = {"maintenance": (*(one for one in town.maintenance if one.ends_at > now), window)}
        words = f"service {service} has a maintenance window until {window.ends_at:%H:%M}"
    return replace(town, version=town.version + 1, **changes), words


def _edited_person(person: Person, chance: Chance, what: str) -> tuple[Person, str]:
    if what == "person":
        active = not person.active
        return replace(person, active=active), f"{person.name} is {'back' if active else 'gone'}"
    if what == "method":
        method = chance.one_of(person.methods)
        other = replace(method, enabled=not method.enabled)
        methods = tuple(other if one.id == method.id else one for one in person.methods)
        return replace(person, methods=methods), f"method {method.id} of {person.name} is switched"
    rules = [
        NotificationRule(rule.urgency, chance.one_of((0, 60, 300)) if place else 0, rule.method)
        for place, rule in enumerate(person.rules)
    ]
    rules.sort(key=lambda rule: rule.delay)
    return replace(person, rules=tuple(rules)), f"{person.name} has other rules"


def healed(town: Directory) -> Directory:
    """Everybody is there and every method is on: how a world is left before it comes to rest."""
    people = {
        person.id: replace(
            person, active=True, methods=tuple(replace(method, enabled=True) for method in person.methods)
        )
        for person in town.people.values()
    }
    schedules = {one.id: known(one, people) for one in town.schedules.values()}
    return replace(town, version=town.version + 1, people=people, schedules=schedules)
