"""What an alert does: open, repeat, join, worsen, end."""

import pytest
from msgspec.structs import replace

from watchbill.engine.alerting import content_of
from watchbill.engine.case import Case
from watchbill.engine.commands import SaveAlert, SaveIncident
from watchbill.engine.facts import (
    Acknowledged,
    AlertAcknowledged,
    AlertResolved,
    ChangeReported,
    Resolved,
    Snoozed,
)
from watchbill.engine.reasons import Reason
from watchbill.engine.step import step
from watchbill.engine.tests.build import (
    BO,
    CHECKOUT,
    HOUSE,
    Story,
    alert,
    at,
    begun,
    mail,
    paged,
    said,
    window,
    with_service,
)
from watchbill.engine.words import Grouping, Severity, Status, Urgency, UrgencyRule

ENDED = AlertResolved(service=CHECKOUT, dedup_key="db")
ONE_FOR_ALL = with_service(HOUSE, grouping=Grouping.OPEN)


def kinds(decision) -> list[str]:
    return [type(command).__name__ for command in decision.commands]


def test_a_first_alert_opens_an_incident_and_pages_who_is_on_duty():
    story = Story()
    decision = story.tell(alert())
    assert decision.reason is Reason.FIRST_ALERT
    assert kinds(decision) == ["SaveIncident", "SaveAlert", "SendPage", "SendPage"]
    assert paged(decision) == ["Ana by phone", "Ana by mail"]
    assert story.incident is not None
    assert story.incident.title == "db is down"
    assert story.incident.opened_at == story.incident.changed_at == at(0)
    assert (story.incident.alerts_open, story.incident.alerts_total) == (1, 1)


def test_a_trigger_that_waited_on_a_disk_and_is_over_by_now_is_shown_and_pages_nobody():
    case = Case(HOUSE.services[CHECKOUT], HOUSE, ended_at=at(20))
    decision = step(case, replace(alert(), kept_at=at(10)), now=at(30))
    assert decision.reason is Reason.OVER_BEFORE_KNOWN
    assert kinds(decision) == ["SaveIncident", "SaveAlert"]
    assert decision.case.incident is not None and not decision.case.incident.is_open
    assert (decision.case.incident.alerts_open, decision.case.incident.due_at) == (0, None)
    assert decision.commands[1].alert.resolved_at == at(30)


@pytest.mark.parametrize(
    ("kept_at", "ended_at"), [(None, at(20)), (at(10), None), (at(20), at(20)), (at(21), at(20))], ids=str
)
def test_a_trigger_pages_unless_it_is_certain_that_its_end_came_later(kept_at, ended_at):
    case = Case(HOUSE.services[CHECKOUT], HOUSE, ended_at=ended_at)
    assert step(case, replace(alert(), kept_at=kept_at), now=at(30)).reason is Reason.FIRST_ALERT


def test_a_trigger_that_waited_on_a_disk_counts_where_its_alert_is_open_again():
    story = begun()
    case = Case(HOUSE.services[CHECKOUT], HOUSE, story.incident, story.alerts["db"], ended_at=at(20))
    assert step(case, replace(alert(), kept_at=at(10)), now=at(30)).reason is Reason.ALERT_REPEATED


def test_the_same_words_again_only_count():
    story = begun()
    before = story.incident
    decision = story.tell(alert(), 10)
    assert decision.reason is Reason.ALERT_REPEATED
    assert kinds(decision) == ["SaveAlert"]
    assert decision.commands[0].content_changed is False
    assert (story.alerts["db"].count, story.alerts["db"].last_at) == (2, at(10))
    assert story.incident == before


@pytest.mark.parametrize(
    "again",
    [
        alert(summary="db is still down"),  # another summary
        alert(severity=Severity.WARNING),  # better, and still the same alert
    ],
)
def test_other_words_under_the_same_key_are_kept(again):
    story = begun()
    decision = story.tell(again, 10)
    (saved,) = [command for command in decision.commands if isinstance(command, SaveAlert)]
    assert saved.content_changed is True
    assert (story.alerts["db"].summary, story.alerts["db"].severity) == (again.summary, again.severity)
    assert story.alerts["db"].first_at == at(0)


def test_another_key_joins_where_the_service_groups_and_pages_nobody():
    story = begun(ONE_FOR_ALL)
    decision = story.tell(alert("disk"), 10)
    assert decision.reason is Reason.ALERT_JOINED
    assert kinds(decision) == ["SaveIncident", "SaveAlert"]
    assert (story.incident.alerts_open, story.incident.alerts_total) == (2, 2)


@pytest.mark.parametrize("key", ["db", "disk"])  # a repetition, and one that joins
def test_what_could_wait_and_now_wakes_begins_the_ladder_again(key):
    story = begun(ONE_FOR_ALL, Severity.WARNING)
    story.wait()  # Bo's step
    decision = story.tell(alert(key), 400)
    assert decision.reason is Reason.ALERT_WORSENED
    assert paged(decision) == ["Ana by phone", "Ana by mail"]
    assert (story.incident.severity, story.incident.urgency) == (Severity.CRITICAL, Urgency.HIGH)
    assert (story.incident.ladder.level, story.due) == (0, 700)


def test_worse_without_more_urgency_pages_nobody_again():
    story = begun(ONE_FOR_ALL, Severity.ERROR)
    decision = story.tell(alert(), 10)
    assert (decision.reason, paged(decision)) == (Reason.ALERT_REPEATED, [])
    assert story.incident.severity is Severity.CRITICAL


def test_a_better_alert_does_not_make_the_incident_better():
    story = begun(ONE_FOR_ALL)
    story.tell(alert(severity=Severity.INFO), 10)
    story.tell(alert("disk", Severity.INFO), 11)
    assert (story.incident.severity, story.incident.urgency) == (Severity.CRITICAL, Urgency.HIGH)


@pytest.mark.parametrize("key", ["db", "disk"])
def test_worse_alerts_of_an_acknowledged_incident_wake_nobody_and_are_kept(key):
    """As PagerDuty does: somebody has it. The urgency counts when it comes back."""
    story = begun(ONE_FOR_ALL, Severity.WARNING)
    story.tell(said(Acknowledged), 5)
    decision = story.tell(alert(key), 10)
    assert paged(decision) == []
    assert (story.incident.status, story.incident.urgency) == (Status.ACKNOWLEDGED, Urgency.HIGH)


def test_worse_alerts_of_a_muted_incident_wake_nobody_until_the_mute_ends():
    story = begun(replace(HOUSE, maintenance=(window(-10, 100),)), Severity.WARNING)
    decision = story.tell(alert(), 10)
    assert (decision.reason, paged(decision)) == (Reason.ALERT_REPEATED, [])
    assert story.due == 100


def test_a_service_that_became_urgent_wakes_with_the_next_repetition():
    story = begun(with_service(HOUSE, urgency=UrgencyRule.LOW))
    story.house = HOUSE
    decision = story.tell(alert(), 10)
    assert decision.reason is Reason.ALERT_WORSENED


def test_the_last_alert_that_ends_resolves_the_incident():
    story = begun(ONE_FOR_ALL)
    story.tell(alert("disk"), 1)
    first = story.tell(AlertResolved(service=CHECKOUT, dedup_key="disk"), 2)
    assert (first.reason, story.incident.status) == (Reason.ALERT_RESOLVED, Status.TRIGGERED)
    assert story.due == 300
    last = story.tell(ENDED, 3)
    assert (last.reason, story.incident.status) == (Reason.LAST_ALERT_RESOLVED, Status.RESOLVED)
    assert (story.incident.alerts_open, story.incident.alerts_total, story.due) == (0, 2, None)
    assert story.alerts == {}


@pytest.mark.parametrize(
    "fact",
    [
        ENDED,  # nothing open under the key
        AlertAcknowledged(service=CHECKOUT, dedup_key="db"),
    ],
)
def test_endings_without_an_open_alert_change_nothing(fact):
    decision = Story().tell(fact)
    assert (decision.reason, decision.commands) == (Reason.NO_OPEN_ALERT, ())


def test_a_key_opens_anew_after_it_ended():
    story = begun()
    story.tell(ENDED, 10)
    story.incident = None
    decision = story.tell(alert(), 20)
    assert (decision.reason, story.incident.opened_at) == (Reason.FIRST_ALERT, at(20))


def test_a_key_opens_anew_after_somebody_resolved_the_incident():
    story = begun(ONE_FOR_ALL)
    story.tell(said(Resolved), 10)
    assert story.tell(alert(), 20).reason is Reason.FIRST_ALERT


def test_a_monitor_acknowledges_for_nobody_by_name():
    story = begun()
    fact = AlertAcknowledged(service=CHECKOUT, dedup_key="db")
    decision = story.tell(fact, 10)
    assert decision.reason is Reason.ACKNOWLEDGED_BY_MONITOR
    assert (story.incident.status, story.incident.acknowledged_by) == (Status.ACKNOWLEDGED, 0)
    assert story.tell(fact, 11).reason is Reason.ALREADY_ACKNOWLEDGED


def test_a_change_is_noted_and_nothing_else():
    fact = ChangeReported(service=CHECKOUT, summary="deployed 42")
    decision = step(Case(HOUSE.services[CHECKOUT], HOUSE), fact, now=at(0))
    assert (decision.reason, decision.commands) == (Reason.CHANGE_NOTED, ())


def test_the_fingerprint_tells_words_apart_and_is_the_same_everywhere():
    said_twice = content_of(alert("one key")), content_of(alert("another key"))
    assert said_twice[0] == said_twice[1] == 9067560693198521729  # the key is no part; stored rows hold it
    assert content_of(alert(summary="x")) != said_twice[0]
    assert 0 <= said_twice[0] < 2**63


def test_a_worsened_incident_is_saved_once_with_its_pages():
    story = begun(ONE_FOR_ALL, Severity.WARNING)
    decision = story.tell(alert("disk"), 10)
    assert sum(isinstance(command, SaveIncident) for command in decision.commands) == 1
    assert mail(BO) not in {command.method for command in decision.commands if hasattr(command, "method")}


def test_what_was_put_off_and_becomes_urgent_wakes_people():
    story = begun(severity=Severity.WARNING)
    story.tell(said(Snoozed, until=at(3600)))
    decision = story.tell(alert(severity=Severity.CRITICAL), 60)
    assert decision.reason is Reason.ALERT_WORSENED
    assert paged(decision)
    assert decision.case.incident.status is Status.TRIGGERED
