"""A house with a store of rows in place of the database: facts go through `runtime.cases` as in a node, and what is
stored goes through JSON as in the database."""

from collections import Counter
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchbill.engine.case import Alert, Incident
from watchbill.engine.commands import SendPage
from watchbill.engine.directory import Directory
from watchbill.engine.facts import Fact, OnIncident
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import HOUSE, START
from watchbill.engine.words import Grouping
from watchbill.runtime.cases import ABOUT_ALERTS, Cases
from watchbill.runtime.changes import Changes

T = TypeVar("T", bound=Struct)


class Told(Struct, frozen=True):
    """What became of one fact. `before`, `after`: the incident that it was about, if any. `shadows`: whom the batch told of
    it without paging."""

    fact: Fact
    reason: Reason
    number: int
    pages: tuple[SendPage, ...]
    shadows: tuple[int, ...]
    before: Incident | None
    after: Incident | None


class World:
    """`incidents`: by number. `open_alerts`: by service and key. `alerts`: all that ever were, ended ones too. `turns`: how
    often each step has paged by round robin."""

    def __init__(self, house: Directory = HOUSE, now: datetime = START) -> None:
        self.house = house
        self.now = now
        self.incidents: dict[int, Incident] = {}
        self.alerts: dict[int, Alert] = {}
        self.turns: Counter[tuple[int, int]] = Counter()
        self._numbers = 0
        self._spare: list[int] = []

    def pass_time(self, seconds: float) -> None:
        """Moves the clock."""
        self.now += timedelta(seconds=seconds)

    @property
    def open_alerts(self) -> dict[tuple[int, str], Alert]:
        """Fails where one key is open twice, as the unique index would."""
        found: dict[tuple[int, str], Alert] = {}
        for alert in self.alerts.values():
            if alert.resolved_at is None:
                assert (alert.service, alert.dedup_key) not in found, f"{alert.dedup_key} is open twice"
                found[alert.service, alert.dedup_key] = alert
        return found

    def tell(self, *facts: Fact) -> list[Told]:
        """Takes a batch through the rules and stores what it changes."""
        before = dict(self.incidents)
        cases = Cases(self.house, now=self.now)
        self._load(cases, facts)
        while len(self._spare) < cases.may_open(facts):
            self._numbers += 1
            self._spare.append(self._numbers)
        numbers = iter(tuple(self._spare))
        decisions = [cases.decide(fact, numbers.__next__) for fact in facts]
        changes = cases.finish()
        self._spare = list(numbers)
        self._store(changes)
        pages = iter(changes.decided)
        shadows: dict[int, list[int]] = {}
        for one in changes.shadowed:
            shadows.setdefault(one.incident.id, []).append(one.told.person)
        told = []
        for fact, decision in zip(facts, decisions, strict=True):
            number = decision.incident
            sent = () if decision.reason is Reason.UNKNOWN_INCIDENT else next(pages).pages
            shadowing = tuple(shadows.get(number, ()))
            after = self.incidents.get(number)
            told.append(Told(fact, decision.reason, number, sent, shadowing, before.get(number), after))
        return told

    def newest_open(self, service: int) -> Incident | None:
        """The open incident of a service with the highest number."""
        return next(iter(self.newest_opens(service)), None)

    def newest_opens(self, service: int) -> list[Incident]:
        """As many of them as the loader brings, the newest first."""
        numbers = [n for n, one in self.incidents.items() if one.service == service and one.is_open]
        return [self.incidents[n] for n in sorted(numbers, reverse=True)[:3]]

    def _load(self, cases: Cases, facts: tuple[Fact, ...]) -> None:
        cases.add_turns(self.turns)
        about = [fact for fact in facts if isinstance(fact, ABOUT_ALERTS)]
        found = [self.open_alerts.get((fact.service, fact.dedup_key)) for fact in about]
        cases.add_alerts((self.incidents[one.incident], one) for one in found if one is not None)
        named = [fact.incident for fact in facts if isinstance(fact, OnIncident)]
        cases.add(self.incidents[number] for number in named if number in self.incidents)
        grouping = [
            service
            for service in dict.fromkeys(fact.service for fact in about)
            if service in self.house.services and self.house.services[service].grouping is not Grouping.OFF
        ]
        newest = [self.newest_opens(service) for service in grouping]
        cases.add_joinable(one for many in newest for one in many)

    def _store(self, changes: Changes) -> None:
        """In the order of incidents/apply.py, each row by itself."""
        self.turns.update(changes.turns)
        for alert in (*changes.touched_alerts, *changes.changed_alerts):
            assert alert.id in self.alerts, "a row that is not there was to be changed"
            self.alerts[alert.id] = stored(alert)
        for number, at in changes.closed:
            for alert in list(self.alerts.values()):
                if alert.incident == number and alert.resolved_at is None:
                    self.alerts[alert.id] = replace(alert, resolved_at=at)
        for incident in changes.new_incidents:
            assert incident.id not in self.incidents, "a number was given twice"
            self.incidents[incident.id] = stored(incident)
        for incident in changes.changed_incidents:
            assert incident.id in self.incidents, "a row that is not there was to be changed"
            self.incidents[incident.id] = stored(incident)
        for alert in changes.new_alerts:
            new = replace(alert, id=len(self.alerts) + 1)
            self.alerts[new.id] = stored(new)


def stored(value: T) -> T:
    """The same after it was written and read."""
    return msgspec.json.decode(msgspec.json.encode(value), type=type(value))
