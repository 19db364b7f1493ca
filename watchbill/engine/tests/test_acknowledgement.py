"""Somebody has it, puts it off, gives it back."""

import pytest

from watchbill.engine.facts import (
    Acknowledged,
    AlertResolved,
    EscalatedNow,
    Reopened,
    Resolved,
    Snoozed,
    TimePassed,
    Unacknowledged,
)
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CHECKOUT,
    HOUSE,
    Story,
    at,
    begun,
    paged,
    pages,
    said,
    with_service,
)
from watchbill.engine.words import Status

HALF_AN_HOUR = with_service(HOUSE, acknowledge_timeout=1800)


def test_an_acknowledgement_stops_the_paging():
    story = begun()
    decision = story.tell(said(Acknowledged), 10)
    assert (decision.reason, paged(decision)) == (Reason.ACKNOWLEDGED, [])
    assert (story.incident.status, story.incident.acknowledged_by) == (Status.ACKNOWLEDGED, ANA)
    assert story.incident.changed_at == at(10)
    assert story.incident.ladder.paging == ()
    assert story.due is None


def test_a_second_acknowledgement_changes_nothing():
    story = begun()
    story.tell(said(Acknowledged), 10)
    decision = story.tell(said(Acknowledged, by=BO), 11)
    assert (decision.reason, decision.commands) == (Reason.ALREADY_ACKNOWLEDGED, ())


def test_an_acknowledgement_lapses_to_the_second():
    story = begun(HALF_AN_HOUR)
    story.tell(said(Acknowledged), 10)
    assert story.due == 1810
    assert story.tell(said(TimePassed), 1809.999999).reason is Reason.NOTHING_DUE
    decision = story.tell(said(TimePassed), 1810)
    assert (decision.reason, paged(decision)) == (Reason.ACKNOWLEDGEMENT_TIMED_OUT, ["Ana by phone", "Ana by mail"])
    assert (story.incident.status, story.incident.acknowledged_by, story.due) == (Status.TRIGGERED, 0, 2110)


def test_what_lapsed_in_an_outage_pages_late():
    story = begun(HALF_AN_HOUR)
    story.tell(said(Acknowledged), 0)
    _, decision = story.wait(late=90.5)
    assert {page.late for page in pages(decision)} == {90}


def test_who_gives_it_back_wakes_the_first_step():
    story = begun()
    story.wait()  # Bo's step
    story.tell(said(Acknowledged, by=BO), 310)
    decision = story.tell(said(Unacknowledged, by=BO), 320)
    assert (decision.reason, paged(decision)) == (Reason.UNACKNOWLEDGED, ["Ana by phone", "Ana by mail"])
    assert story.due == 620


def test_what_nobody_has_cannot_be_given_back():
    decision = begun().tell(said(Unacknowledged), 10)
    assert (decision.reason, decision.commands) == (Reason.NOT_ACKNOWLEDGED, ())


def test_an_acknowledged_incident_comes_back_after_a_time_out_as_often_as_need_be():
    story = begun(HALF_AN_HOUR)
    for round_ in range(3):
        story.tell(said(Acknowledged), round_ * 1800)
        assert story.wait()[1].reason is Reason.ACKNOWLEDGEMENT_TIMED_OUT


@pytest.mark.parametrize("taken", [False, True])
def test_a_snooze_comes_back_by_itself(taken):
    story = begun(HALF_AN_HOUR)
    if taken:
        story.tell(said(Acknowledged, by=BO), 5)
    decision = story.tell(said(Snoozed, until=at(7200)), 10)
    assert (decision.reason, paged(decision), story.due) == (Reason.SNOOZED, [], 7200)  # not the half hour
    assert (story.incident.status, story.incident.acknowledged_by) == (Status.ACKNOWLEDGED, ANA)
    seconds, decision = story.wait(late=60)
    assert (seconds, decision.reason, len(paged(decision))) == (7260, Reason.SNOOZE_OVER, 2)
    assert (story.incident.snoozed, story.incident.returns_at) == (False, None)
    assert {page.late for page in pages(decision)} == {60}


def test_a_snooze_by_nobody_leaves_it_with_whom_it_was():
    story = begun()
    story.tell(said(Acknowledged, by=BO), 5)
    story.tell(said(Snoozed, by=0, until=at(60)), 10)
    assert story.incident.acknowledged_by == BO


def test_a_snooze_may_be_moved():
    story = begun()
    story.tell(said(Snoozed, until=at(7200)), 10)
    story.tell(said(Snoozed, until=at(60)), 20)
    assert story.due == 60


@pytest.mark.parametrize("until", [9, 10])  # past, and this very instant
def test_a_snooze_ends_in_the_future(until):
    decision = begun().tell(said(Snoozed, until=at(until)), 10)
    assert (decision.reason, decision.commands) == (Reason.SNOOZE_IN_THE_PAST, ())


def test_a_snoozed_incident_whose_last_alert_ends_is_over():
    story = begun()
    story.tell(said(Snoozed, until=at(7200)), 10)
    decision = story.tell(AlertResolved(service=CHECKOUT, dedup_key="db"), 20)
    assert (decision.reason, story.incident.status) == (Reason.LAST_ALERT_RESOLVED, Status.RESOLVED)
    assert (story.incident.snoozed, story.incident.returns_at, story.due) == (False, None, None)
    assert story.tell(said(TimePassed), 7200).reason is Reason.NOTHING_DUE


@pytest.mark.parametrize(
    "fact",
    [
        said(Acknowledged),
        said(Unacknowledged),
        said(Snoozed, until=at(99)),
        said(Resolved),
        said(EscalatedNow),
    ],
)
def test_what_is_over_stays_over(fact):
    story = begun()
    story.tell(said(Resolved), 10)
    decision = story.tell(fact, 20)
    assert (decision.reason, decision.commands) == (Reason.ALREADY_RESOLVED, ())


@pytest.mark.parametrize(
    "fact",
    [
        said(Acknowledged),
        said(Unacknowledged),
        said(Snoozed, until=at(99)),
        said(Resolved),
        said(Reopened),
        said(EscalatedNow),
        said(TimePassed),
    ],
)
def test_what_is_not_there_is_said(fact):
    decision = Story().tell(fact)
    assert (decision.reason, decision.commands) == (Reason.UNKNOWN_INCIDENT, ())
