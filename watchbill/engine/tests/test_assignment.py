"""Handing an incident on, and up the ladder."""

import pytest

from watchbill.engine.facts import Acknowledged, EscalatedNow, PageFailed, Reassigned, Resolved, Snoozed
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CHECKOUT,
    CY,
    HOUSE,
    INCIDENT,
    OTHER_POLICY,
    POLICY,
    Story,
    at,
    begun,
    mail,
    paged,
    pages,
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


def test_to_people_who_are_paged_in_place_of_the_ladder():
    story = begun()
    decision = story.tell(said(Reassigned, people=(CY, BO, CY)), 100)
    assert decision.reason is Reason.REASSIGNED
    assert paged(decision) == ["Cy by phone", "Cy by mail", "Bo by phone", "Bo by mail"]
    assert [paging.person for paging in story.incident.ladder.paging] == [CY, BO]
    assert {page.level for page in pages(decision)} == {-1}


def test_who_does_not_answer_gives_way_to_the_ladder():
    story = begun()
    story.tell(said(Reassigned, people=(CY,)), 100)
    seconds, decision = story.wait()
    assert (seconds, decision.reason) == (400, Reason.REASSIGNED_UNANSWERED)  # as long as the first step
    assert paged(decision) == ["Ana by phone", "Ana by mail"]
    assert story.incident.ladder.level == 0


def test_to_people_while_the_policy_has_no_steps():
    story = begun(with_policies(HOUSE, policy(fallback=user(BO))))
    story.tell(said(Reassigned, people=(CY,)), 100)
    seconds, decision = story.wait()
    assert (seconds, decision.reason, paged(decision)[0]) == (400, Reason.LADDER_EXHAUSTED, "Bo by phone")


def test_to_another_policy_whose_ladder_begins():
    story = begun()
    story.wait()
    decision = story.tell(said(Reassigned, policy=OTHER_POLICY), 310)
    assert (decision.reason, paged(decision)) == (Reason.REASSIGNED, ["Cy by phone", "Cy by mail"])
    assert (story.incident.policy, story.incident.ladder.level, story.due) == (OTHER_POLICY, 0, 610)


def test_to_a_policy_without_steps_pages_its_fallback():
    story = begun(with_policies(HOUSE, policy(id=9, fallback=user(BO))))
    decision = story.tell(said(Reassigned, policy=9), 10)
    assert (decision.reason, paged(decision)) == (Reason.NOBODY_ON_DUTY, ["Bo by phone", "Bo by mail"])


@pytest.mark.parametrize(
    "target",
    [
        {"policy": 99},
        {"people": (99,)},
        {"people": ()},
        {"people": (BO, 99)},  # one of them
        {"people": (CY,)},  # Cy cannot be reached in this house
    ],
)
def test_to_nobody_changes_nothing(target):
    story = begun(with_people(HOUSE, unreachable(CY)))
    decision = story.tell(said(Reassigned, **target), 10)
    assert (decision.reason, decision.commands) == (Reason.UNKNOWN_TARGET, ())


@pytest.mark.parametrize("before", [said(Acknowledged, by=BO), said(Snoozed, until=at(9999))])
@pytest.mark.parametrize("target", [{"people": (CY,)}, {"policy": OTHER_POLICY}])
def test_what_somebody_had_is_nobody_s_until_it_is_taken(before, target):
    story = begun()
    story.tell(before, 5)
    decision = story.tell(said(Reassigned, **target), 10)
    assert paged(decision) == ["Cy by phone", "Cy by mail"]
    assert (story.incident.status, story.incident.acknowledged_by) == (Status.TRIGGERED, 0)
    assert (story.incident.snoozed, story.incident.returns_at) == (False, None)


@pytest.mark.parametrize(
    ("before", "told", "due"),
    [
        ([], ["Bo by phone", "Bo by mail"], 720),  # from Ana's step
        ([said(Acknowledged)], ["Bo by phone", "Bo by mail"], 720),  # Ana has it and asks for help: not herself again
        ([said(Snoozed, until=at(9999))], ["Bo by phone", "Bo by mail"], 720),
        ([said(Reassigned, people=(CY,))], ["Ana by phone", "Ana by mail"], 420),  # the ladder has not begun
    ],
)
def test_up_the_ladder_without_waiting(before, told, due):
    story = begun()
    for fact in before:
        story.tell(fact, 100)
    decision = story.tell(said(EscalatedNow), 120)
    assert (decision.reason, paged(decision), story.due) == (Reason.ESCALATED_BY_HAND, told, due)
    assert (story.incident.status, story.incident.acknowledged_by) == (Status.TRIGGERED, 0)


@pytest.mark.parametrize("acknowledged", [False, True])
def test_beyond_the_end_pages_the_fallback_once_more(acknowledged):
    story = begun()
    story.wait()
    story.wait()
    assert story.due is None
    if acknowledged:
        story.tell(said(Acknowledged), 1000)
    decision = story.tell(said(EscalatedNow), 1010)
    assert (decision.reason, len(paged(decision)), story.due) == (Reason.LADDER_EXHAUSTED, 4, None)
    assert story.incident.ladder.level == 2


def test_from_the_last_step_pages_the_fallback():
    story = begun()
    story.wait()
    decision = story.tell(said(EscalatedNow), 310)
    assert (decision.reason, len(paged(decision))) == (Reason.LADDER_EXHAUSTED, 4)


def test_from_the_last_step_the_ladder_begins_again_where_the_policy_repeats():
    story = begun(with_policies(HOUSE, policy((60, user(ANA)), repeat=1)))
    assert story.tell(said(EscalatedNow), 10).reason is Reason.LADDER_REPEATED
    assert story.incident.ladder.round == 1


def test_a_page_that_failed_after_the_ladder_went_on_changes_nothing():
    story = begun()
    story.tell(said(EscalatedNow), 10)
    decision = story.tell(failed(ANA, phone(ANA)), 20)
    assert (decision.reason, decision.commands) == (Reason.NOTHING_DUE, ())


def failed(who: int, method: int) -> PageFailed:
    return PageFailed(service=CHECKOUT, incident=INCIDENT, person=who, method=method)


def test_a_handed_on_incident_that_reaches_nobody_climbs_at_once():
    story = begun(with_people(HOUSE, person(CY, phone_on=False)))
    story.tell(said(Reassigned, people=(CY,)), 100)
    decision = story.tell(failed(CY, mail(CY)), 110)
    assert (decision.reason, paged(decision)) == (Reason.METHOD_FAILED_NO_OTHER, ["Ana by phone", "Ana by mail"])


@pytest.mark.parametrize("target", [{"people": (CY,)}, {"policy": POLICY}])
def test_what_is_over_or_not_there_is_not_handed_on(target):
    assert Story().tell(said(Reassigned, **target)).reason is Reason.UNKNOWN_INCIDENT
    story = begun()
    story.tell(said(Resolved), 10)
    assert story.tell(said(Reassigned, **target), 20).reason is Reason.ALREADY_RESOLVED
