"""When an incident next wants attention by itself: the earliest of everything that it waits for."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from watchbill.engine.case import Incident
from watchbill.engine.directory import Directory
from watchbill.engine.notification import rules_of
from watchbill.engine.words import Status


def with_due(incident: Incident, directory: Directory) -> Incident:
    """The incident with `due_at` set from what it waits for, None when it waits for nothing."""
    due = next_due(incident, directory)
    return incident if due == incident.due_at else replace(incident, due_at=due)


def next_due(incident: Incident, directory: Directory) -> datetime | None:
    """The earliest instant at which something happens to this incident without anybody's doing."""
    if incident.status is Status.RESOLVED:
        return None
    if incident.status is Status.ACKNOWLEDGED:
        return incident.returns_at
    if incident.muted_until is not None:
        return incident.muted_until
    ladder = incident.ladder
    waits = [ladder.step_ends_at] if ladder.step_ends_at is not None else []
    for paging in ladder.paging:
        person = directory.people.get(paging.person)
        rules = rules_of(person, incident.urgency) if person is not None else ()
        if later := [rule.delay for rule in rules if rule.delay > paging.told_to]:
            waits.append(paging.since + timedelta(seconds=min(later)))
    return min(waits, default=None)
