"""Who stands behind a step: schedules, round robins, everyone, conditions, and who is told and not paged."""

import pytest
from msgspec.structs import replace

from watchbill.engine.directory import PolicyStep
from watchbill.engine.duty.schedule import DAY, Edition, Fixed, HandOff, Hours, OverrideKind, Rotation, Unit
from watchbill.engine.facts import Acknowledged, TimePassed, Unacknowledged
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    BO,
    CY,
    HOUSE,
    POLICY,
    PRIMARY,
    SECONDARY,
    START,
    TEAM,
    Story,
    alert,
    begun,
    by_turns,
    high,
    mail,
    override,
    paged,
    pages,
    person,
    phone,
    policy,
    rota,
    said,
    schedule,
    seconds_of,
    team,
    told,
    unreachable,
    user,
    with_people,
    with_policies,
    with_schedules,
    with_team,
)
from watchbill.engine.tests.test_escalation import names, unanswered
from watchbill.engine.tests.world import World
from watchbill.engine.whom import people_of, shadows_of, sought
from watchbill.engine.words import Role, TargetKind, Whom

SUNDAY_2_TO_3 = (Hours(6 * DAY + 120, 60),)  # START is a Sunday at 02:00


def house(*steps, schedules=(), **changes):
    """The house with a policy of these steps for checkout."""
    return with_schedules(with_policies(HOUSE, policy(*steps, **changes)), *schedules)


def on_duty(*schedules, **changes):
    """The house in which checkout pages whoever is on duty in schedule 1, then waits ten minutes."""
    return house((600, schedule(PRIMARY)), schedules=schedules, **changes)


# Schedules


@pytest.mark.parametrize(("seconds", "who"), [(0, ["Ana"]), (3599.9, ["Ana"]), (3600, ["Bo"]), (7200, ["Ana"])])
def test_whoever_is_on_duty_is_paged_each_side_of_a_hand_off(seconds, who):
    assert names(Story(on_duty(rota((ANA,), (BO,)))).tell(alert(), seconds)) == who


def test_who_is_on_duty_when_a_step_begins_is_paged_until_it_ends():
    """The hand-off comes a minute after the alert. Ana's second rule still wakes her; the next round wakes Bo."""
    ana = person(ANA, high(0, phone(ANA)), high(120, mail(ANA)))
    story = Story(with_people(on_duty(rota((ANA,), (BO,)), repeat=1), ana))
    assert paged(story.tell(alert(), 3540)) == ["Ana by phone"]
    assert [(seconds, names(decision)) for seconds, decision in (story.wait(), story.wait())] == [
        (3660, ["Ana"]),
        (4140, ["Bo"]),
    ]


@pytest.mark.parametrize(
    ("made", "who"),
    [
        (override(OverrideKind.TAKE, 0, 60, person=BO), ["Bo"]),
        (override(OverrideKind.ADD, 0, 60, person=BO), ["Ana", "Bo"]),
        (override(OverrideKind.REPLACE, 0, 60, person=CY, instead_of=ANA), ["Cy"]),
        (override(OverrideKind.REMOVE, 60, 120, instead_of=ANA), ["Ana"]),  # not yet
    ],
)
def test_an_override_decides_who_is_paged(made, who):
    assert names(Story(on_duty(rota((ANA,), overrides=(made,)))).tell(alert())) == who


def test_an_override_made_after_the_page_counts_from_the_next_round_on():
    story = begun(on_duty(rota((ANA,)), repeat=1))
    taken = override(OverrideKind.TAKE, 60, 7200, person=CY)
    story.house = with_schedules(story.house, rota((ANA,), overrides=(taken,)))
    assert [paging.person for paging in story.incident.ladder.paging] == [ANA]
    assert unanswered(story, most=1) == [(600, ["Cy"], Reason.LADDER_REPEATED)]


def gap_for_ana():
    return rota((ANA,), overrides=(override(OverrideKind.REMOVE, 0, 3600, instead_of=ANA),))


def test_a_gap_pages_the_fallback_and_says_that_it_was_one():
    decision = Story(on_duty(gap_for_ana(), fallback=user(CY))).tell(alert())
    assert (decision.reason, names(decision)) == (Reason.GAP_IN_SCHEDULE, ["Cy"])
    assert {page.reason for page in pages(decision)} == {Reason.GAP_IN_SCHEDULE}


def test_the_sentence_of_a_gap_says_what_happened():
    assert Reason.GAP_IN_SCHEDULE.sentence == (
        "Nobody was on duty in the schedule that this step pages; the policy's fallback was paged."
    )


def test_who_is_on_duty_and_cannot_be_reached_is_no_gap():
    story = Story(with_people(on_duty(rota((ANA,)), fallback=user(CY)), unreachable(ANA)))
    decision = story.tell(alert())
    assert (decision.reason, names(decision)) == (Reason.NOBODY_ON_DUTY, ["Cy"])


def test_who_has_left_is_off_duty_and_the_fallback_is_paged():
    left = with_people(on_duty(rota((ANA,), gone=frozenset({ANA})), fallback=user(BO)), person(ANA, active=False))
    assert names(Story(left).tell(alert())) == ["Bo"]


def test_who_leaves_in_the_middle_of_a_step_is_stood_in_for():
    first = person(ANA, high(0, phone(ANA)), high(60, mail(ANA)))
    story = begun(with_people(on_duty(rota((ANA,)), fallback=user(BO)), first))
    gone = with_schedules(story.house, rota((ANA,), gone=frozenset({ANA})))
    story.house = with_people(gone, person(ANA, active=False))
    assert unanswered(story, most=1) == [(60, ["Bo"], Reason.NOBODY_ON_DUTY)]


def test_a_gap_beside_somebody_who_is_paged_needs_no_fallback():
    decision = Story(house((60, schedule(PRIMARY) + user(BO)), schedules=[gap_for_ana()])).tell(alert())
    assert (decision.reason, names(decision)) == (Reason.FIRST_ALERT, ["Bo"])


@pytest.mark.parametrize(
    ("schedules", "who"),
    [
        ([rota((CY,), id=SECONDARY)], ["Cy"]),
        ([rota((), id=SECONDARY)], ["Ana", "Bo"]),  # a gap in the fallback too: the service's team
        ([], ["Ana", "Bo"]),  # a schedule that is not there
    ],
)
def test_a_schedule_as_the_fallback(schedules, who):
    one = on_duty(gap_for_ana(), *schedules, fallback=schedule(SECONDARY))
    decision = Story(one).tell(alert())
    assert (decision.reason, names(decision)) == (Reason.GAP_IN_SCHEDULE, who)


def test_a_schedule_deleted_under_an_incident_is_no_silence():
    story = begun(house((60, user(ANA)), (60, schedule(PRIMARY)), schedules=[rota((CY,))]))
    story.house = replace(story.house, schedules={})
    assert unanswered(story, most=1) == [(60, ["Ana", "Bo"], Reason.NOBODY_ON_DUTY)]


def test_where_each_comes_from():
    directory = with_schedules(HOUSE, rota((ANA,)))
    found = sought(schedule(PRIMARY) + team(TEAM) + user(CY), directory, now=START)
    assert [(one.person, one.target.kind, one.source) for one in found] == [
        (ANA, TargetKind.SCHEDULE, "rotation Hourly"),
        (BO, TargetKind.TEAM, ""),
        (CY, TargetKind.USER, ""),
    ]


# Shadows


def test_a_shadow_is_told_and_not_paged():
    decision = Story(on_duty(rota((ANA,), shadows=(CY,)))).tell(alert())
    assert (names(decision), told(decision)) == (["Ana"], ["Cy"])


@pytest.mark.parametrize(
    ("targets", "who", "shadows"),
    [
        (schedule(PRIMARY) + user(CY), ["Ana", "Cy"], []),  # who is paged anyway
        (schedule(PRIMARY, SECONDARY), ["Ana", "Bo"], ["Cy"]),
        (user(BO), ["Bo"], []),
    ],
)
def test_who_shadows_one_and_is_paged_by_another_is_paged(targets, who, shadows):
    both = [rota((ANA,), shadows=(CY,)), rota((BO,), id=SECONDARY, shadows=(CY, ANA))]
    decision = Story(house((60, targets), schedules=both)).tell(alert())
    assert (names(decision), told(decision)) == (who, shadows)


def test_a_shadow_who_cannot_be_reached_is_not_told():
    directory = with_people(with_schedules(HOUSE, rota((ANA,), shadows=(CY,))), unreachable(CY))
    assert shadows_of(schedule(PRIMARY), directory, now=START) == ()


def test_with_only_shadows_there_it_is_a_gap_and_they_are_still_not_paged():
    decision = Story(on_duty(rota(shadows=(CY,)), fallback=user(BO))).tell(alert())
    assert (decision.reason, names(decision), told(decision)) == (Reason.GAP_IN_SCHEDULE, ["Bo"], ["Cy"])


def test_a_shadow_who_is_paged_as_the_fallback_is_not_told_too():
    decision = Story(on_duty(rota(shadows=(CY, BO)), fallback=user(BO))).tell(alert())
    assert (names(decision), told(decision)) == (["Bo"], ["Cy"])


def test_shadows_of_the_fallback_s_schedule_are_told_when_it_is_paged():
    one = house((60, user(ANA)), schedules=[rota((BO,), shadows=(CY,))], fallback=schedule(PRIMARY))
    story = Story(one)
    assert told(story.tell(alert())) == []
    _, decision = story.wait()
    assert (decision.reason, names(decision), told(decision)) == (Reason.LADDER_EXHAUSTED, ["Bo"], ["Cy"])


# Everyone


def everyone(*turns, **changes):
    step = PolicyStep(600, schedule(PRIMARY), Whom.EVERYONE)
    return Story(house(step, schedules=[rota(*turns, **changes)], fallback=user(CY)))


def test_everyone_with_turns_is_paged_those_on_duty_first():
    assert names(everyone((BO,), (ANA,)).tell(alert())) == ["Bo", "Ana"]


def test_everyone_is_also_who_is_on_duty_without_turns_but_no_shadow():
    taken = override(OverrideKind.TAKE, 0, 60, person=BO)
    decision = everyone((ANA,), overrides=(taken,), shadows=(CY,)).tell(alert())
    assert (names(decision), told(decision)) == (["Bo", "Ana"], ["Cy"])


def test_everyone_is_not_who_had_turns_in_what_has_ended():
    rule = HandOff(Unit.HOUR, START.date())
    ended = Rotation(2, "Old", (Edition(0, "UTC", rule, ((BO,),)),), ends=seconds_of(START))
    past = Rotation(3, "Calendar", fixed=(Fixed(0, seconds_of(START), (BO,)),))
    now = rota((ANA,))
    assert names(everyone(rotations=(*now.rotations, ended, past)).tell(alert())) == ["Ana"]


def test_everyone_is_paged_in_a_gap_too():
    assert names(everyone((ANA,), (BO,), hours=(Hours(0, 60),)).tell(alert())) == ["Ana", "Bo"]


# Round robin


def test_a_round_robin_pages_one_after_the_other_and_comes_round():
    story = Story(house(by_turns(60, ANA, BO, CY)))
    asked = [names(Story(story.house, story.turns).tell(alert())) for _ in range(4)]
    assert asked == [["Ana"], ["Bo"], ["Cy"], ["Ana"]]


def test_incidents_of_one_batch_go_to_different_people():
    world = World(house(by_turns(60, ANA, BO, CY)))
    batch = world.tell(*(alert(key) for key in ("one", "two", "three")))
    assert [{page.person for page in one.pages} for one in batch] == [{ANA}, {BO}, {CY}]
    assert world.turns == {(POLICY, 0): 3}
    (next_one,) = world.tell(alert("four"))
    assert {page.person for page in next_one.pages} == {ANA}


def test_a_round_robin_leaves_out_who_cannot_be_reached():
    one = with_people(house(by_turns(60, ANA, BO, CY)), unreachable(BO))
    turns = Story(one).turns
    assert [names(Story(one, turns).tell(alert())) for _ in range(3)] == [["Ana"], ["Cy"], ["Ana"]]


def test_a_round_robin_over_a_schedule_goes_round_those_on_duty():
    step = PolicyStep(60, schedule(PRIMARY), Whom.ROUND_ROBIN)
    one = house(step, schedules=[rota((ANA, BO), (CY,))])
    turns = Story(one).turns
    assert [names(Story(one, turns).tell(alert())) for _ in range(3)] == [["Ana"], ["Bo"], ["Ana"]]
    assert names(Story(one, turns).tell(alert(), 3600)) == ["Cy"]


def test_each_round_of_the_ladder_takes_a_turn():
    story = begun(house(by_turns(60, ANA, BO), repeat=2, fallback=user(CY)))
    assert [who for _, who, _ in unanswered(story)] == [["Bo"], ["Ana"], ["Cy"]]
    assert story.turns == {(POLICY, 0): 3}


def test_steps_count_their_turns_apart():
    story = begun(house(by_turns(60, ANA, BO), by_turns(60, ANA, BO)))
    assert [who for _, who, _ in unanswered(story, most=1)] == [["Ana"]]
    assert story.turns == {(POLICY, 0): 1, (POLICY, 1): 1}


def test_a_fallback_takes_nobody_s_turn():
    story = begun(with_people(house(by_turns(60, ANA), fallback=user(CY)), unreachable(ANA)))
    assert (story.turns, [one.person for one in story.incident.ladder.paging]) == ({}, [CY])


def test_who_gives_it_back_hands_it_to_the_next():
    story = begun(house(by_turns(60, ANA, BO)))
    story.tell(said(Acknowledged), 5)
    assert names(story.tell(said(Unacknowledged), 10)) == ["Bo"]


def test_a_step_made_a_round_robin_under_an_incident_takes_turns_from_then_on():
    story = begun(house((60, user(ANA, BO)), repeat=2))
    story.house = house(by_turns(60, BO, ANA), repeat=2)
    assert [who for _, who, _ in unanswered(story, most=2)] == [["Bo"], ["Ana"]]


def test_a_team_behind_a_round_robin_is_its_members_who_are_paged():
    one = with_team(HOUSE, (ANA, Role.OBSERVER), (BO, Role.RESPONDER), (CY, Role.MANAGER))
    step = PolicyStep(60, team(TEAM), Whom.ROUND_ROBIN)
    one = with_policies(one, policy(step))
    turns = Story(one).turns
    assert [names(Story(one, turns).tell(alert())) for _ in range(3)] == [["Bo"], ["Cy"], ["Bo"]]


def test_people_of_a_schedule_without_rotations_are_nobody():
    assert people_of(schedule(PRIMARY), with_schedules(HOUSE, rota(rotations=())), now=START) == ()
    assert begun(on_duty(rota(rotations=()))).tell(said(TimePassed), 1).reason is Reason.NOTHING_DUE
