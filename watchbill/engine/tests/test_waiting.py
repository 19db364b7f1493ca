"""What falls due, what a dead contact method leads to, and when an incident wants attention next."""

import pytest
from msgspec.structs import replace

from watchbill.engine.case import Ladder, Paging
from watchbill.engine.due import next_due
from watchbill.engine.facts import Acknowledged, PageFailed, TimePassed
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CHECKOUT,
    CY,
    HOUSE,
    INCIDENT,
    START,
    Story,
    at,
    begun,
    high,
    mail,
    paged,
    person,
    phone,
    policy,
    said,
    unreachable,
    user,
    with_people,
    with_policies,
)
from watchbill.engine.words import Status

CALL, WRITE = phone(ANA), mail(ANA)


def failed(method: int, who: int = ANA) -> PageFailed:
    return PageFailed(service=CHECKOUT, incident=INCIDENT, person=who, method=method)


def test_before_it_is_due_nothing_happens():
    decision = begun().tell(said(TimePassed), 10)
    assert (decision.reason, decision.commands) == (Reason.NOTHING_DUE, ())


def test_what_waits_for_nothing_is_left_alone():
    story = begun()
    story.tell(said(Acknowledged), 1)
    assert story.tell(said(TimePassed), 10**6).reason is Reason.NOTHING_DUE


def test_a_step_that_ends_goes_before_rules_that_are_due():
    """After an outage only the next step runs; what Ana's own rules had in store is past."""
    story = begun(with_people(HOUSE, person(ANA, high(0, CALL), high(60, WRITE))))
    decision = story.tell(said(TimePassed), 86400)
    assert paged(decision) == ["Bo by phone", "Bo by mail"]


@pytest.mark.parametrize(
    ("rules", "seconds", "told"),
    [
        # what was to come later comes now, in the order of the rules
        ([high(0, CALL), high(60, WRITE)], 5, ["Ana by mail"]),
        # a method that no rule names serves in need
        ([high(0, CALL)], 5, ["Ana by mail"]),
        # it was told already
        ([high(0, CALL), high(0, WRITE)], 5, []),
        ([high(0, CALL), high(60, WRITE)], 65, []),
    ],
)
def test_a_dead_method_calls_in_the_others(rules, seconds, told):
    story = begun(with_people(HOUSE, person(ANA, *rules)))
    if seconds > 60:
        story.wait()
    decision = story.tell(failed(CALL), seconds)
    assert paged(decision) == told
    assert decision.reason is (Reason.METHOD_FAILED if told else Reason.STEP_STILL_RUNNING)
    assert story.due == 300  # and no rule comes a second time


def test_the_same_failure_twice_is_one_failure():
    story = begun(with_people(HOUSE, person(ANA, high(0, CALL))))
    story.tell(failed(CALL), 5)
    assert story.tell(failed(CALL), 6).reason is Reason.NOTHING_DUE


def test_a_third_method_is_not_told_twice_when_the_second_dies_too():
    ana = person(ANA, high(0, CALL))
    ana = replace(ana, methods=(*ana.methods, replace(ana.methods[1], id=102)))
    story = begun(with_people(HOUSE, ana))
    assert paged(story.tell(failed(CALL), 5)) == ["Ana by mail", "Ana by mail"]  # 12 and 102
    decision = story.tell(failed(WRITE), 6)
    assert (decision.reason, paged(decision)) == (Reason.STEP_STILL_RUNNING, [])


def test_with_every_method_dead_the_next_step_pages_at_once():
    story = begun()
    story.tell(failed(CALL), 5)
    decision = story.tell(failed(WRITE), 6)
    assert (decision.reason, paged(decision)) == (Reason.METHOD_FAILED_NO_OTHER, ["Bo by phone", "Bo by mail"])
    assert story.due == 606


def test_while_somebody_else_of_the_step_can_be_reached_the_step_goes_on():
    story = begun(with_policies(HOUSE, policy((300, user(ANA, BO)))))
    story.tell(failed(CALL), 5)
    assert story.tell(failed(WRITE), 6).reason is Reason.STEP_STILL_RUNNING
    assert story.due == 300


@pytest.mark.parametrize("gone", [person(ANA, active=False), None])
def test_who_left_is_not_paged_by_a_method_that_failed(gone):
    story = begun(with_people(HOUSE, person(ANA, high(0, CALL))))
    story.house = with_people(HOUSE, gone) if gone else replace(HOUSE, people={BO: person(BO), CY: person(CY)})
    decision = story.tell(failed(CALL), 5)
    assert (decision.reason, paged(decision)) == (Reason.METHOD_FAILED_NO_OTHER, ["Bo by phone", "Bo by mail"])


def test_a_climb_that_reaches_nobody_says_so():
    story = begun(with_people(HOUSE, person(ANA, phone_on=False)))
    story.house = with_people(HOUSE, *map(unreachable, (ANA, BO, CY)))
    assert story.tell(failed(WRITE), 5).reason is Reason.NOBODY_AT_ALL


@pytest.mark.parametrize(("gone", "reason"), [([BO], Reason.NOBODY_ON_DUTY), ([BO, CY], Reason.NOBODY_ON_DUTY)])
def test_a_climb_to_a_gap_says_so(gone, reason):
    story = begun()
    story.house = with_people(HOUSE, *map(unreachable, gone))
    story.tell(failed(CALL), 5)
    assert story.tell(failed(WRITE), 6).reason is reason


def test_a_ladder_that_ended_on_dead_methods_looks_again():
    """Else the incident would stay open for good with nobody told: an outage of the mail server, say."""
    story = begun(with_policies(HOUSE, policy((60, user(BO)), fallback=user(ANA))))
    story.wait()
    assert story.due is None
    story.tell(failed(CALL), 70)
    decision = story.tell(failed(WRITE), 80)
    assert (decision.reason, paged(decision), story.due) == (Reason.NOBODY_AT_ALL, [], 380)
    seconds, decision = story.wait()
    assert (seconds, decision.reason, len(paged(decision))) == (380, Reason.LADDER_EXHAUSTED, 2)


@pytest.mark.parametrize(
    ("fact", "taken"),
    [
        (failed(phone(CY), CY), False),  # nobody whom the ladder wakes
        (failed(CALL), True),  # somebody has it meanwhile
    ],
)
def test_a_failure_that_no_longer_matters(fact, taken):
    story = begun()
    if taken:
        story.tell(said(Acknowledged), 1)
    assert story.tell(fact, 5).reason is Reason.NOTHING_DUE


def test_a_failure_of_an_incident_that_is_not_there():
    assert Story().tell(failed(CALL)).reason is Reason.UNKNOWN_INCIDENT


RULES = with_people(HOUSE, person(ANA, high(0, CALL), high(60, WRITE)), person(BO, high(30, phone(BO))))


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"status": Status.RESOLVED}, None),
        ({"status": Status.ACKNOWLEDGED}, None),
        ({"status": Status.ACKNOWLEDGED, "returns_at": at(50)}, 50),
        ({"muted_until": at(40), "ladder": Ladder(0, 0, at(10))}, 40),  # muted: the ladder rests
        ({"ladder": Ladder(0, 0, at(300))}, 300),
        ({"ladder": Ladder(0, 0, at(300), (Paging(ANA, at(0)),))}, 0),
        ({"ladder": Ladder(0, 0, at(300), (Paging(ANA, at(0), 0),))}, 60),
        ({"ladder": Ladder(0, 0, at(300), (Paging(ANA, at(0), 60),))}, 300),
        ({"ladder": Ladder(0, 0, at(300), (Paging(ANA, at(0), 0), Paging(BO, at(0))))}, 30),  # the earliest
        ({"ladder": Ladder(0, 0, at(20), (Paging(ANA, at(0), 0),))}, 20),
        ({"ladder": Ladder(2, 0, None, (Paging(ANA, at(0), 0),))}, 60),  # after the last step
        ({"ladder": Ladder(2, 0, None, (Paging(ANA, at(0), 60),))}, None),
        ({"ladder": Ladder(0, 0, at(300), (Paging(99, at(0)),))}, 300),  # who is not there waits for nothing
    ],
)
def test_the_earliest_of_what_it_waits_for(changes, due):
    incident = replace(begun(RULES).incident, **changes)
    found = next_due(incident, RULES)
    assert (None if found is None else (found - START).total_seconds()) == due
