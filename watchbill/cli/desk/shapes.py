"""What `--json` prints: one document a command. Times are RFC 3339, spans are seconds, people are name and address."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from watchbill.cli.desk.reach import View
from watchbill.engine.case import Incident
from watchbill.engine.commands import SendPage
from watchbill.incidents.foresight import Coming, foresee


class Person(Struct, frozen=True):
    """Somebody."""

    name: str
    email: str


class NextPage(Struct, frozen=True):
    """A page that is to come: to whom, over which contact method."""

    person: str
    email: str
    method: str
    channel: str


class Next(Struct, frozen=True):
    """What comes by itself. `in_seconds`: from now; negative when it is overdue. `pages`: at once. `people`: whom it begins
    to wake, also those whose own rules page them later."""

    at: datetime
    in_seconds: float
    reason: str
    sentence: str
    pages: list[NextPage]
    people: list[Person]


class Told(Struct, frozen=True, kw_only=True):
    """An incident. `paging`: who is being woken now. `next`: what comes by itself, or null."""

    number: int
    title: str
    status: str
    severity: str
    urgency: str
    service: str
    team: str
    policy: str
    opened_at: datetime
    changed_at: datetime
    acknowledged_by: Person | None
    snoozed: bool
    returns_at: datetime | None
    muted_until: datetime | None
    alerts_open: int
    alerts_total: int
    paging: list[Person]
    next: Next | None


class Incidents(Struct, frozen=True):
    """`incidents --json`. `more`: whether the limit left some out."""

    at: datetime
    incidents: list[Told]
    more: bool


class AlertTold(Struct, frozen=True):
    """One alert of an incident. `body`: the rest of what its monitor sent."""

    dedup_key: str
    summary: str
    severity: str
    source: str
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None
    count: int
    body: Any


class PageTold(Struct, frozen=True, kw_only=True):
    """One page of an incident. Attempted, delivered and acknowledged are three things: `attempted_at` is the last attempt,
    `delivered` is true, false or, where the channel cannot tell, null; `acknowledged_at` is when this person took it."""

    page: int
    person: str
    email: str
    method: str
    channel: str
    step: int
    reason: str
    sentence: str
    state: str
    outcome: str
    outcome_sentence: str
    detail: str
    attempts: int
    late_seconds: int
    created_at: datetime
    attempted_at: datetime | None
    delivered: bool | None
    acknowledged_at: datetime | None
    due_at: datetime | None


class EntryTold(Struct, frozen=True, kw_only=True):
    """One line of the timeline. `text`: as people are shown it."""

    at: datetime
    what: str
    reason: str
    sentence: str
    by: Person | None
    via: str
    text: str
    data: dict[str, Any]


class Shown(Struct, frozen=True):
    """`show N --json`. `coming`: everything that comes by itself, in order, if nobody acts."""

    at: datetime
    incident: Told
    alerts: list[AlertTold]
    pages: list[PageTold]
    timeline: list[EntryTold]
    coming: list[Next]


class Answered(Struct, frozen=True):
    """What became of one incident that was named. `changed`: whether anything did; `incident` is null for none such."""

    number: int
    changed: bool
    reason: str
    sentence: str
    incident: Told | None


class Answers(Struct, frozen=True):
    """`ack --json` and its kin. `by`: null when nobody was named."""

    by: Person | None
    via: str
    results: list[Answered]


def person_of(view: View, id_: int) -> Person | None:
    """Somebody by id; None for nobody."""
    known = view.people.get(id_)
    return Person(known.name, known.email) if known is not None else None


def told(incident: Incident, view: View) -> Told:
    """An incident with names in place of ids."""
    service = view.directory.services.get(incident.service)
    team = view.directory.teams.get(service.team) if service is not None else None
    policy = view.directory.policies.get(incident.policy)
    coming = foresee(incident, view.directory, view.turns, most=1)
    paging = (person_of(view, one.person) for one in incident.ladder.paging)
    return Told(
        number=incident.id,
        title=incident.title,
        status=incident.status,
        severity=incident.severity,
        urgency=incident.urgency,
        service=service.name if service else "",
        team=team.name if team else "",
        policy=policy.name if policy else "",
        opened_at=incident.opened_at,
        changed_at=incident.changed_at,
        acknowledged_by=person_of(view, incident.acknowledged_by),
        snoozed=incident.snoozed,
        returns_at=incident.returns_at,
        muted_until=incident.muted_until,
        alerts_open=incident.alerts_open,
        alerts_total=incident.alerts_total,
        paging=[one for one in paging if one is not None],
        next=next_of(coming[0], view) if coming else None,
    )


def next_of(coming: Coming, view: View) -> Next:
    """What comes, with names in place of ids."""
    seconds = round((coming.at - view.now).total_seconds(), 1)
    pages = [next_page(page, view) for page in coming.pages]
    people = [person for one in coming.called if (person := person_of(view, one.person)) is not None]
    return Next(coming.at, seconds, coming.reason, coming.reason.sentence, pages, people)


def next_page(page: SendPage, view: View) -> NextPage:
    """A page with names in place of ids."""
    person, method = view.people.get(page.person), view.methods.get(page.method)
    return NextPage(
        person.name if person else "",
        person.email if person else "",
        method.name if method else "",
        method.channel if method else "",
    )
