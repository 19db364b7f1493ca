"""How an incident ends, and how it comes back."""

from watchbill.engine.commands import CloseAlerts, SaveIncident
from watchbill.engine.facts import Acknowledged, AlertResolved, Reopened, Resolved
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CHECKOUT,
    HOUSE,
    alert,
    at,
    begun,
    paged,
    said,
    with_service,
)
from watchbill.engine.words import Grouping, Status


def test_a_person_ends_the_incident_and_its_alerts():
    story = begun()
    story.tell(said(Acknowledged, by=BO), 5)
    decision = story.tell(said(Resolved), 10)
    assert decision.reason is Reason.RESOLVED
    assert [type(command) for command in decision.commands] == [SaveIncident, CloseAlerts]
    assert (story.incident.status, story.incident.alerts_open, story.due) == (Status.RESOLVED, 0, None)
    assert story.incident.acknowledged_by == BO  # who had it stays known
    assert story.incident.changed_at == at(10)


def test_what_is_open_cannot_be_opened_again():
    decision = begun().tell(said(Reopened), 10)
    assert (decision.reason, decision.commands) == (Reason.ALREADY_OPEN, ())


def test_who_opens_it_again_wakes_the_first_step():
    story = begun()
    story.tell(said(Resolved), 10)
    decision = story.tell(said(Reopened), 20)
    assert (decision.reason, paged(decision)) == (Reason.REOPENED, ["Ana by phone", "Ana by mail"])
    assert (story.incident.status, story.incident.alerts_open, story.due) == (Status.TRIGGERED, 0, 320)
    assert story.incident.opened_at == at(0)


def test_what_was_opened_again_has_no_alert_and_ends_by_hand():
    """No monitor speaks for it any more: its alerts are closed, and their keys open incidents of their own."""
    story = begun()
    story.tell(said(Resolved), 10)
    story.tell(said(Reopened), 20)
    assert story.tell(AlertResolved(service=CHECKOUT, dedup_key="db"), 30).reason is Reason.NO_OPEN_ALERT
    assert story.tell(said(Resolved, by=ANA), 40).reason is Reason.RESOLVED


def test_what_was_opened_again_takes_alerts_in_where_the_service_groups_and_ends_with_them():
    story = begun(with_service(HOUSE, grouping=Grouping.OPEN))
    story.tell(said(Resolved), 10)
    story.tell(said(Reopened), 20)
    assert story.tell(alert(), 30).reason is Reason.ALERT_JOINED
    assert (story.incident.alerts_open, story.incident.alerts_total) == (1, 2)
    decision = story.tell(AlertResolved(service=CHECKOUT, dedup_key="db"), 40)
    assert (decision.reason, story.incident.status) == (Reason.LAST_ALERT_RESOLVED, Status.RESOLVED)
