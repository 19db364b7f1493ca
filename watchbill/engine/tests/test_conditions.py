"""Steps that are only for some hours or severities: when they hold, and that passing them over costs no time."""

import pytest

from watchbill.engine.directory import Condition
from watchbill.engine.duty.schedule import Hours
from watchbill.engine.facts import EscalatedNow, Reassigned
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CY,
    Story,
    alert,
    at,
    begun,
    only,
    pages,
    person,
    said,
    unreachable,
    user,
    with_people,
)
from watchbill.engine.tests.test_escalation import names, unanswered
from watchbill.engine.tests.test_whom import SUNDAY_2_TO_3, house
from watchbill.engine.whom import applies
from watchbill.engine.words import Severity


@pytest.mark.parametrize(
    ("condition", "severity", "seconds", "holds"),
    [
        (None, Severity.INFO, 0, True),
        (Condition(severities=frozenset({Severity.CRITICAL})), Severity.CRITICAL, 0, True),
        (Condition(severities=frozenset({Severity.CRITICAL})), Severity.ERROR, 0, False),
        (Condition(SUNDAY_2_TO_3), Severity.INFO, 0, True),
        (Condition(SUNDAY_2_TO_3), Severity.INFO, -0.001, False),
        (Condition(SUNDAY_2_TO_3), Severity.INFO, 3599.999, True),
        (Condition(SUNDAY_2_TO_3), Severity.INFO, 3600, False),
        (Condition(SUNDAY_2_TO_3), Severity.INFO, 86400, False),  # the weekday
        (Condition(SUNDAY_2_TO_3, "Europe/Berlin"), Severity.INFO, 0, False),  # it is 03:00 there
        (Condition(SUNDAY_2_TO_3, "Europe/Berlin"), Severity.INFO, -1, True),
        (Condition(SUNDAY_2_TO_3, "UTC", frozenset({Severity.INFO})), Severity.INFO, 0, True),
        (Condition(SUNDAY_2_TO_3, "UTC", frozenset({Severity.INFO})), Severity.ERROR, 0, False),
    ],
)
def test_when_a_condition_holds(condition, severity, seconds, holds):
    assert applies(condition, severity, now=at(seconds)) is holds


def test_steps_that_are_not_for_now_are_passed_over_without_waiting():
    story = Story(
        house(
            only(60, user(CY), Severity.INFO),
            (60, user(ANA)),
            only(600, user(CY), hours=(Hours(0, 60),)),
            only(60, user(BO), Severity.CRITICAL),
        )
    )
    decision = story.tell(alert())
    assert (names(decision), {page.level for page in pages(decision)}) == (["Ana"], {1})
    assert unanswered(story) == [(60, ["Bo"], Reason.STEP_TIMED_OUT), (120, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED)]


def test_each_step_asks_the_hour_at_which_it_would_begin():
    story = Story(house((1800, user(ANA)), only(60, user(CY), hours=SUNDAY_2_TO_3), (60, user(BO))))
    story.tell(alert(), 1799)
    assert unanswered(story, most=1)[0][1] == ["Cy"]
    story = Story(story.house)
    story.tell(alert(), 1800)
    assert unanswered(story, most=1)[0][1] == ["Bo"]


def test_a_repeat_takes_the_steps_that_are_for_that_hour():
    begins = only(1800, user(ANA), hours=SUNDAY_2_TO_3)
    story = begun(house(begins, (1800, user(BO)), repeat=2, fallback=user(CY)))
    assert unanswered(story) == [
        (1800, ["Bo"], Reason.STEP_TIMED_OUT),
        (3600, ["Bo"], Reason.LADDER_REPEATED),
        (5400, ["Bo"], Reason.LADDER_REPEATED),
        (7200, ["Cy"], Reason.LADDER_EXHAUSTED),
    ]


def test_a_repeat_with_no_step_for_that_hour_ends_the_ladder():
    story = begun(house(only(3600, user(ANA), hours=SUNDAY_2_TO_3), repeat=5, fallback=user(CY)))
    assert unanswered(story) == [(3600, ["Cy"], Reason.LADDER_EXHAUSTED)]


def test_an_incident_that_became_worse_climbs_the_steps_for_the_worse():
    story = Story(house((60, user(ANA)), only(60, user(CY), Severity.CRITICAL), (60, user(BO))))
    story.tell(alert(severity=Severity.ERROR))
    story.tell(alert(severity=Severity.CRITICAL), 30)
    assert unanswered(story, most=1) == [(60, ["Cy"], Reason.STEP_TIMED_OUT)]


NOT_FOR_CRITICAL = [only(60, user(ANA), Severity.INFO), only(60, user(BO), Severity.WARNING)]


def test_with_no_step_for_it_the_fallback_is_paged_and_that_is_said():
    story = Story(house(*NOT_FOR_CRITICAL, repeat=3, fallback=user(CY)))
    decision = story.tell(alert())
    assert (decision.reason, names(decision)) == (Reason.NO_STEP_APPLIES, ["Cy"])
    assert {page.reason for page in pages(decision)} == {Reason.NO_STEP_APPLIES}
    assert story.due is None


def test_with_no_step_for_it_and_nobody_at_all_it_looks_again_and_says_what_it_finds():
    asleep = with_people(house(*NOT_FOR_CRITICAL, fallback=user(CY)), *map(unreachable, (ANA, BO, CY)))
    story = Story(asleep)
    assert story.tell(alert()).reason is Reason.NOBODY_AT_ALL
    story.house = with_people(asleep, person(CY))
    assert unanswered(story) == [(300, ["Cy"], Reason.NO_STEP_APPLIES)]


def test_whoever_it_was_handed_to_is_silent_and_no_step_is_for_it():
    story = begun(house(*NOT_FOR_CRITICAL, fallback=user(CY)))
    story.tell(said(Reassigned, people=(BO,)), 10)
    assert unanswered(story) == [(70, ["Cy"], Reason.NO_STEP_APPLIES)]


def test_by_hand_too_a_step_that_is_not_for_now_is_passed_over():
    story = begun(house((600, user(ANA)), only(60, user(CY), Severity.INFO), (60, user(BO))))
    assert names(story.tell(said(EscalatedNow), 5)) == ["Bo"]


def test_conditions_edited_under_an_incident_count_from_the_next_step_on():
    story = begun(house((60, user(ANA)), (60, user(BO)), (60, user(CY))))
    story.house = house(only(60, user(ANA), Severity.INFO), only(60, user(BO), Severity.INFO), (60, user(CY)))
    assert unanswered(story, most=1) == [(60, ["Cy"], Reason.STEP_TIMED_OUT)]
    assert story.incident.ladder.level == 2
