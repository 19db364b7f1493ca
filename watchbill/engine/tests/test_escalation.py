"""Whom the ladder wakes, step by step."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from watchbill.engine.case import Case
from watchbill.engine.facts import TimePassed
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CHECKOUT,
    CY,
    HOUSE,
    OTHER_TEAM,
    POLICY,
    START,
    TEAM,
    Story,
    alert,
    begun,
    high,
    mail,
    paged,
    pages,
    person,
    phone,
    policy,
    said,
    team,
    unreachable,
    user,
    with_people,
    with_policies,
    with_service,
    with_team,
)
from watchbill.engine.whom import fallback_of, people_of
from watchbill.engine.words import Role


def names(decision) -> list[str]:
    """Who is paged, each once."""
    return list(dict.fromkeys(told.split()[0] for told in paged(decision)))


def with_policy(*steps, **changes):
    return with_policies(HOUSE, policy(*steps, **changes))


def unanswered(story: Story, most: int = 9) -> list[tuple[float, list[str], Reason]]:
    """What happens when nobody answers: when, whom, why."""
    told: list[tuple[float, list[str], Reason]] = []
    while story.due is not None and len(told) < most:
        seconds, decision = story.wait()
        told.append((seconds, names(decision), decision.reason))
    return told


def test_the_ladder_to_its_end():
    assert unanswered(begun()) == [
        (300, ["Bo"], Reason.STEP_TIMED_OUT),
        (900, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED),  # without a fallback of its own: the team, once
    ]


def test_the_ladder_begins_again_as_often_as_the_policy_says():
    story = begun(with_policy((60, user(ANA)), (120, user(BO)), repeat=2, fallback=user(CY)))
    assert unanswered(story) == [
        (60, ["Bo"], Reason.STEP_TIMED_OUT),
        (180, ["Ana"], Reason.LADDER_REPEATED),
        (240, ["Bo"], Reason.STEP_TIMED_OUT),
        (360, ["Ana"], Reason.LADDER_REPEATED),
        (420, ["Bo"], Reason.STEP_TIMED_OUT),
        (540, ["Cy"], Reason.LADDER_EXHAUSTED),
    ]
    assert story.incident.ladder.paging[0].person == CY


@pytest.mark.parametrize(("seconds", "reason"), [(299.999999, Reason.NOTHING_DUE), (300, Reason.STEP_TIMED_OUT)])
def test_a_step_lasts_to_the_second(seconds, reason):
    assert begun().tell(said(TimePassed), seconds).reason is reason


@pytest.mark.parametrize(
    ("targets", "house", "found"),
    [
        (user(BO, ANA), HOUSE, [BO, ANA]),  # in the order given
        (team(TEAM), HOUSE, [ANA, BO]),  # in the order of joining
        (user(BO) + team(TEAM), HOUSE, [BO, ANA]),  # each once
        (team(TEAM, OTHER_TEAM), HOUSE, [ANA, BO, CY]),
        (user(99) + team(99), HOUSE, []),  # who is not there
        (user(ANA), with_people(HOUSE, person(ANA, active=False)), []),
        (user(ANA), with_people(HOUSE, unreachable(ANA)), []),
        # those who only watch
        (team(TEAM), with_team(HOUSE, (ANA, Role.OBSERVER), (BO, Role.MANAGER)), [BO]),
        (user(ANA), with_team(HOUSE, (ANA, Role.OBSERVER)), [ANA]),  # named, they are meant
    ],
)
def test_people_behind_targets(targets, house, found):
    assert list(people_of(targets, house, now=START)) == found


@pytest.mark.parametrize(
    ("fallback", "house", "found"),
    [
        (user(BO), HOUSE, [BO]),  # the policy's own
        ((), HOUSE, [ANA, BO]),  # else the service's team
        (user(BO), with_people(HOUSE, unreachable(BO)), [ANA]),  # the part of the team that can be reached
        ((), with_people(HOUSE, unreachable(ANA), unreachable(BO)), [CY]),  # else every owner
        # an owner, not just anybody
        (
            (),
            with_people(with_team(HOUSE, (ANA, Role.OBSERVER)), person(BO, methods=()), person(CY)),
            [CY],
        ),
        # anybody at all: Ana only watches, and Cy the owner cannot be reached
        ((), with_people(with_team(HOUSE, (ANA, Role.OBSERVER)), unreachable(BO), unreachable(CY)), [ANA]),
        ((), with_people(HOUSE, *map(unreachable, (ANA, BO, CY))), []),
    ],
)
def test_the_fallback(fallback, house, found):
    one = policy((60, user(ANA)), fallback=fallback)
    assert list(fallback_of(Case(house.services[CHECKOUT], house), one, now=START)) == found


def test_a_gap_pages_the_fallback_says_so_and_goes_on():
    house = with_people(with_policy((60, user(ANA)), (60, user(BO)), fallback=user(CY)), unreachable(ANA))
    story = Story(house)
    decision = story.tell(alert())
    assert (decision.reason, names(decision)) == (Reason.NOBODY_ON_DUTY, ["Cy"])
    assert {page.reason for page in pages(decision)} == {Reason.NOBODY_ON_DUTY}
    assert unanswered(story)[0] == (60, ["Bo"], Reason.STEP_TIMED_OUT)


def test_a_gap_further_up_is_said_too():
    story = begun(with_people(HOUSE, unreachable(BO)))
    assert unanswered(story)[0] == (300, ["Ana"], Reason.NOBODY_ON_DUTY)


NOBODY = with_people(HOUSE, *map(unreachable, (ANA, BO, CY)))


def test_nobody_at_all_is_said_and_looked_at_again_and_again():
    story = Story(NOBODY)
    assert story.tell(alert()).reason is Reason.NOBODY_AT_ALL
    looks = unanswered(story, most=40)
    assert {reason for _, _, reason in looks} == {Reason.NOBODY_AT_ALL}
    assert {round(after - before) for (before, *_), (after, *_) in pairwise(looks)} == {300}
    assert -1 <= story.incident.ladder.level < 2  # however often it looked


@pytest.mark.parametrize("looks", [0, 1, 2, 3, 7])
def test_who_can_be_reached_again_is_paged_at_the_next_look(looks):
    story = begun(NOBODY)
    unanswered(story, most=looks)
    story.house = HOUSE
    before = story.due
    seconds, decision = story.wait()
    assert (seconds, bool(paged(decision))) == (before, True)
    assert seconds - 300 * looks <= 300


def test_a_long_step_that_reaches_nobody_at_all_is_not_a_long_silence():
    story = begun(with_people(with_policy((86400, user(ANA))), *map(unreachable, (ANA, BO, CY))))
    assert story.due == 300


@pytest.mark.parametrize(
    ("house", "told"),
    [
        # no steps: the fallback, and once more
        (with_policy(), [(300, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED)]),
        (with_policy(repeat=3), [(300, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED)]),
        # no policy at all
        (replace(HOUSE, policies={}), [(300, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED)]),
        # a step without targets
        (
            with_policy((60, ()), (60, user(BO))),
            [(60, ["Bo"], Reason.STEP_TIMED_OUT), (120, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED)],
        ),
    ],
)
def test_a_policy_that_says_little_is_no_silence(house, told):
    story = Story(house)
    assert story.tell(alert()).reason is Reason.NOBODY_ON_DUTY
    assert unanswered(story) == told


def test_a_policy_deleted_under_way_gives_way_to_the_service_s_own():
    story = begun(with_policy((60, user(ANA)), (60, user(BO)), (60, user(CY)), id=7))
    story.incident = replace(story.incident, policy=7)
    story.house = HOUSE  # without policy 7
    assert unanswered(story)[0] == (300, ["Bo"], Reason.STEP_TIMED_OUT)


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        (with_policy((60, user(CY))), (300, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED)),  # shorter
        (with_policy((60, user(CY)), repeat=1), (300, ["Cy"], Reason.LADDER_REPEATED)),
        (with_policy((60, user(CY)), (60, user(CY))), (300, ["Cy"], Reason.STEP_TIMED_OUT)),  # other people
        (with_policy(), (300, ["Ana", "Bo"], Reason.LADDER_EXHAUSTED)),
    ],
)
def test_a_policy_edited_under_way_counts_from_the_next_step_on(edited, told):
    story = begun()
    story.house = edited
    assert unanswered(story)[0] == told


def test_the_incident_keeps_the_policy_that_it_began_with():
    story = begun()
    story.house = with_service(with_policies(HOUSE, policy((60, user(CY)), id=9)), policy=9)
    assert story.incident.policy == POLICY
    assert unanswered(story)[0] == (300, ["Bo"], Reason.STEP_TIMED_OUT)


@pytest.mark.parametrize(("late", "marked"), [(0, 0), (0.9, 0), (61.5, 61), (3 * 86400, 3 * 86400)])
def test_after_an_outage_one_step_runs_marked_late(late, marked):
    story = begun()
    seconds, decision = story.wait(late=late)
    assert names(decision) == ["Bo"]
    assert {page.late for page in pages(decision)} == {marked}
    assert story.due == seconds + 600


def test_several_targets_are_paged_at_once_in_order():
    decision = Story(with_policy((60, user(BO, ANA)))).tell(alert())
    assert paged(decision) == ["Bo by phone", "Bo by mail", "Ana by phone", "Ana by mail"]
    assert {page.level for page in pages(decision)} == {0}


@pytest.mark.parametrize("gone", [person(ANA, active=False), unreachable(ANA), person(ANA, methods=())])
def test_who_is_gone_before_being_told_is_stood_in_for_at_once(gone):
    """Ana's first rule comes after a minute; before it does, she leaves."""
    story = begun(with_people(HOUSE, person(ANA, high(60, phone(ANA)))))
    story.house = with_people(HOUSE, gone)
    seconds, decision = story.wait()
    assert (seconds, names(decision), decision.reason) == (60, ["Bo"], Reason.NOBODY_ON_DUTY)
    assert story.due == 300


def test_whom_the_ladder_ended_on_is_stood_in_for_too():
    house = with_policies(HOUSE, policy((60, user(BO)), fallback=user(ANA)))
    story = begun(with_people(house, person(ANA, high(60, phone(ANA)))))
    assert unanswered(story, most=1) == [(60, [], Reason.LADDER_EXHAUSTED)]
    story.house = with_people(house, unreachable(ANA))
    assert unanswered(story) == [(120, ["Bo"], Reason.NOBODY_ON_DUTY)]


def test_with_nobody_to_stand_in_it_keeps_looking():
    house = with_policies(HOUSE, policy((60, user(BO)), fallback=user(ANA)))
    story = begun(with_people(house, person(ANA, high(60, phone(ANA)))))
    unanswered(story, most=1)
    story.house = NOBODY
    assert unanswered(story, most=1) == [(120, [], Reason.NOBODY_AT_ALL)]
    assert story.due == 420


def test_a_step_that_ends_before_anybodys_first_rule_tells_them_at_once():
    """Ana wants a call after five minutes only, and the step lasts five: she would never be told (seed 474)."""
    house = with_policies(HOUSE, policy((300, user(ANA)), repeat=1))
    decision = Story(with_people(house, person(ANA, high(300, phone(ANA)), high(600, mail(ANA))))).tell(alert())
    assert paged(decision) == ["Ana by phone"]


def test_a_step_that_somebody_hears_in_time_hurries_nobody():
    house = with_policies(HOUSE, policy((300, user(ANA, BO)), repeat=1))
    late = with_people(house, person(ANA, high(300, phone(ANA))), person(BO, high(60, phone(BO))))
    assert paged(Story(late).tell(alert())) == []
