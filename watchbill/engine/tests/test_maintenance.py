"""What a maintenance window mutes, and what happens when it ends."""

import pytest
from msgspec.structs import replace

from watchbill.engine.facts import Acknowledged, AlertResolved, EscalatedNow, TimePassed
from watchbill.engine.maintenance import muted_until
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    CHECKOUT,
    HOUSE,
    OTHER_SERVICE,
    Story,
    alert,
    at,
    begun,
    paged,
    pages,
    said,
    window,
)
from watchbill.engine.words import Status


@pytest.mark.parametrize(
    ("windows", "end"),
    [
        ([], None),
        ([window(1, 60)], None),  # begins later
        ([window(0, 60)], 60),  # the first instant
        ([window(-60, 0.000001)], 0.000001),  # the last instant
        ([window(-60, 0)], None),  # just over
        ([window(-60, 60, OTHER_SERVICE)], None),  # another service's
        ([window(-60, 60, OTHER_SERVICE, CHECKOUT)], 60),
        ([window(-60, 60), window(30, 90)], 90),  # they overlap
        ([window(30, 90), window(-60, 60)], 90),  # in any order
        ([window(-60, 60), window(60, 90)], 90),  # they touch
        ([window(-60, 60), window(61, 90)], 60),  # a gap of a second pages
        ([window(-60, 90), window(-30, 60)], 90),  # one within the other
        ([window(-60, 10), window(5, 20), window(20, 30), window(31, 40)], 30),  # a chain, broken
        ([window(-60, 60), window(30, 90, OTHER_SERVICE)], 60),
    ],
)
def test_until_when(windows, end):
    house = replace(HOUSE, maintenance=tuple(windows))
    assert muted_until(CHECKOUT, house, now=at(0)) == (None if end is None else at(end))


def muted(*windows) -> Story:
    return begun(replace(HOUSE, maintenance=windows))


def test_an_alert_in_a_window_pages_nobody():
    story = Story(replace(HOUSE, maintenance=(window(0, 60),)))
    decision = story.tell(alert())
    assert (decision.reason, paged(decision)) == (Reason.MUTED_BY_MAINTENANCE, [])
    assert (story.incident.status, story.due) == (Status.TRIGGERED, 60)


def test_what_still_fires_when_the_window_ends_pages():
    seconds, decision = muted(window(0, 60)).wait()
    assert (seconds, decision.reason) == (60, Reason.MAINTENANCE_OVER)
    assert paged(decision) == ["Ana by phone", "Ana by mail"]


def test_what_ended_in_the_window_is_over():
    story = muted(window(0, 60))
    decision = story.tell(AlertResolved(service=CHECKOUT, dedup_key="db"), 30)
    assert (decision.reason, story.incident.status, story.due) == (Reason.LAST_ALERT_RESOLVED, Status.RESOLVED, None)


def test_a_window_made_longer_under_way_mutes_longer():
    story = muted(window(0, 60))
    story.house = replace(HOUSE, maintenance=(window(0, 90),))
    assert story.wait()[1].reason is Reason.MUTED_BY_MAINTENANCE
    assert story.wait()[0] == 90


def test_a_window_made_shorter_under_way_ends_when_the_incident_is_next_looked_at():
    """Whoever shortens a window sets `due_at` of what it mutes to now; the rule does the rest."""
    story = muted(window(0, 3600))
    story.house = replace(HOUSE, maintenance=(window(0, 60),))
    assert story.tell(said(TimePassed), 100).reason is Reason.NOTHING_DUE
    story.incident = replace(story.incident, due_at=at(100))
    decision = story.tell(said(TimePassed), 100)
    assert (decision.reason, len(paged(decision))) == (Reason.MAINTENANCE_OVER, 2)


def test_a_mute_that_ended_in_an_outage_pages_late():
    _, decision = muted(window(0, 60)).wait(late=3600.9)
    assert [page.late for page in pages(decision)] == [3600, 3600]


@pytest.mark.parametrize(("fact", "wakes"), [(Acknowledged, False), (EscalatedNow, True)])
def test_a_person_may_take_or_escalate_what_is_muted(fact, wakes):
    story = muted(window(0, 60))
    decision = story.tell(said(fact), 10)
    assert story.incident.muted_until is None
    assert bool(paged(decision)) is wakes


def test_what_was_open_before_the_window_goes_on():
    story = begun()
    story.house = replace(HOUSE, maintenance=(window(100, 900),))
    assert paged(story.wait()[1]) == ["Bo by phone", "Bo by mail"]
