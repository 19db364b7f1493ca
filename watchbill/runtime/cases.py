"""The cases of one batch: what was loaded for its facts, changed step by step, and what is to be written at the end."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Generic, TypeVar

from msgspec.structs import replace

from watchbill.engine.case import Alert, Case, Incident
from watchbill.engine.commands import CloseAlerts, SaveAlert, SaveIncident, SendPage, TakeTurn, TellShadow
from watchbill.engine.directory import Directory, Service
from watchbill.engine.facts import (
    AlertAcknowledged,
    AlertResolved,
    AlertTriggered,
    Fact,
    OnIncident,
)
from watchbill.engine.outcome import Step
from watchbill.engine.reasons import Reason
from watchbill.engine.step import step
from watchbill.engine.words import Grouping
from watchbill.runtime.changes import Changes, Decided, Paged, Shadowed
from watchbill.runtime.road import Decision

ABOUT_ALERTS = (AlertTriggered, AlertAcknowledged, AlertResolved)
T = TypeVar("T")


class _Row(Generic[T]):
    """One row as it is now, and what became of it since it was loaded."""

    __slots__ = ("changed", "is_new", "says_anew", "value")

    def __init__(self, value: T, *, is_new: bool = False) -> None:
        self.value = value
        self.is_new = is_new
        self.changed = is_new
        self.says_anew = is_new


class Cases:
    """Loaded rows as engine data, by what finds them. Each fact sees what the facts before it in the batch did.

    `number`: gives a fresh incident number each time it is called.
    """

    def __init__(self, directory: Directory, *, now: datetime) -> None:
        self.directory = directory
        self.now = now
        self._incidents: dict[int, _Row[Incident]] = {}
        self._alerts: dict[tuple[int, str], _Row[Alert]] = {}
        self._joinable: dict[int, list[int]] = {}
        self._ended: dict[tuple[int, str], datetime] = {}
        self._turns: dict[tuple[int, int], int] = {}
        self._written: list[_Row[Alert]] = []
        self._changes = Changes(now)

    def add(self, incidents: Iterable[Incident]) -> None:
        """Takes loaded incidents in."""
        for incident in incidents:
            self._incidents.setdefault(incident.id, _Row(incident))

    def add_joinable(self, incidents: Iterable[Incident]) -> None:
        """Takes the newest open incidents of services in, the newest of each service first."""
        for incident in incidents:
            self._incidents.setdefault(incident.id, _Row(incident))
            self._joinable.setdefault(incident.service, []).insert(0, incident.id)

    def add_alerts(self, loaded: Iterable[tuple[Incident, Alert]]) -> None:
        """Takes loaded open alerts in, each with its incident."""
        for incident, alert in loaded:
            self._incidents.setdefault(incident.id, _Row(incident))
            self._alerts[alert.service, alert.dedup_key] = _Row(alert)

    def add_ended(self, ended: Mapping[tuple[int, str], datetime]) -> None:
        """Takes in when monitors last said of keys that they are over."""
        self._ended.update(ended)

    def add_turns(self, turns: Mapping[tuple[int, int], int]) -> None:
        """Takes in how often steps have paged by round robin, by (policy, level)."""
        self._turns.update(turns)

    def policies(self) -> set[int]:
        """The escalation policies of the incidents that were loaded."""
        return {row.value.policy for row in self._incidents.values()}

    def may_open(self, facts: Iterable[Fact]) -> int:
        """How many incidents these facts open at most."""
        said = [(fact.service, fact.dedup_key) for fact in facts if isinstance(fact, AlertTriggered)]
        if any(isinstance(fact, AlertResolved | OnIncident) for fact in facts):
            return len(said)  # what ends may free any key
        return sum(key not in self._alerts for key in said)

    def decide(self, fact: Fact, number: Callable[[], int]) -> Decision:
        """Steps one fact and keeps what it changes. `number` gives a fresh incident number each time it is called."""
        case = self._case(fact)
        if case is None:
            return Decision(Reason.UNKNOWN_INCIDENT)
        decision = step(case, fact, now=self.now)
        incident = self._keep(decision, number)
        pages = tuple(command for command in decision.commands if type(command) is SendPage)
        for page in pages:
            channel = self._channel(page)
            self._changes.pages.append(Paged(self._incidents[incident].value, page, channel))
        self._changes.decided.append(Decided(fact, decision.reason, incident, case.service.id, pages))
        return Decision(decision.reason, incident)

    def finish(self) -> Changes:
        """What is to be written, each row once. Call it once, after the last fact."""
        changes = self._changes
        for incident in self._incidents.values():
            if incident.changed:
                (changes.new_incidents if incident.is_new else changes.changed_incidents).append(incident.value)
        for alert in self._written:
            if alert.is_new:
                changes.new_alerts.append(alert.value)
            elif alert.says_anew:
                changes.changed_alerts.append(alert.value)
            else:
                changes.touched_alerts.append(alert.value)
        return changes

    def _case(self, fact: Fact) -> Case | None:
        if isinstance(fact, OnIncident):
            row = self._incidents.get(fact.incident)
            service = self.directory.services.get(row.value.service) if row is not None else None
            if row is None or service is None:
                return None
            return Case(service, self.directory, row.value, turns=self._turns)
        service = self.directory.services.get(fact.service)
        if service is None:
            return None
        if not isinstance(fact, ABOUT_ALERTS):
            return Case(service, self.directory)
        alert = self._alerts.get((fact.service, fact.dedup_key))
        if alert is not None:
            incident = self._incidents[alert.value.incident].value
            return Case(service, self.directory, incident, alert.value, turns=self._turns)
        ended_at = self._ended.get((fact.service, fact.dedup_key))
        joinable = self._newest_open(service)
        return Case(service, self.directory, joinable=joinable, ended_at=ended_at, turns=self._turns)

    def _newest_open(self, service: Service) -> Incident | None:
        if service.grouping is Grouping.OFF:
            return None
        known = (self._incidents[number].value for number in reversed(self._joinable.get(service.id, ())))
        return next((incident for incident in known if incident.is_open), None)

    def _keep(self, decision: Step, number: Callable[[], int]) -> int:
        """Keeps what the commands write; answers the number of the incident that they are about, 0 for none."""
        about = decision.case.incident
        incident = about.id if about is not None else 0
        for command in decision.commands:
            if type(command) is SaveIncident:
                incident = self._keep_incident(command.incident, number)
            elif type(command) is SaveAlert:
                self._keep_alert(command, incident)
            elif type(command) is CloseAlerts:
                self._close(incident, command.at)
            elif type(command) is TakeTurn:
                self._take_turn(command.policy, command.level)
            elif type(command) is TellShadow:
                self._changes.shadowed.append(Shadowed(self._incidents[incident].value, command))
        return incident

    def _keep_incident(self, incident: Incident, number: Callable[[], int]) -> int:
        if incident.id == 0:
            incident = replace(incident, id=number())
            self._incidents[incident.id] = _Row(incident, is_new=True)
            self._joinable.setdefault(incident.service, []).append(incident.id)
            return incident.id
        row = self._incidents[incident.id]
        row.value, row.changed = incident, True
        return incident.id

    def _keep_alert(self, command: SaveAlert, incident: int) -> None:
        alert = command.alert if command.alert.incident else replace(command.alert, incident=incident)
        key = (alert.service, alert.dedup_key)
        row = self._alerts.get(key)
        if row is None:
            row = self._alerts[key] = _Row(alert, is_new=True)
            self._written.append(row)
        elif not row.changed:
            row.changed = True
            self._written.append(row)
        row.value = alert
        row.says_anew = row.says_anew or command.content_changed
        if alert.resolved_at is not None:
            del self._alerts[key]

    def _close(self, incident: int, at: datetime) -> None:
        """Ends the alerts of an incident: those at hand here, the stored ones with one statement."""
        self._changes.closed.append((incident, at))
        for key, row in [(key, row) for key, row in self._alerts.items() if row.value.incident == incident]:
            row.value = replace(row.value, resolved_at=at)
            if not row.changed:
                row.changed = True
                self._written.append(row)
            del self._alerts[key]

    def _take_turn(self, policy: int, level: int) -> None:
        self._turns[policy, level] = self._turns.get((policy, level), 0) + 1
        self._changes.turns[policy, level] = self._changes.turns.get((policy, level), 0) + 1

    def _channel(self, page: SendPage) -> str:
        methods = self.directory.people[page.person].methods
        return next(method.channel for method in methods if method.id == page.method)
