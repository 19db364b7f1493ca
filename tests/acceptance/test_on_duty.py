"""Schedules behind a policy: whoever is on duty is paged, a gap never is silence, shadows sleep."""

from datetime import date, timedelta

import pytest

from tests.acceptance.house import Rung
from tests.acceptance.story import Story
from watchbill.engine.directory import Condition
from watchbill.engine.duty.schedule import DAY, HandOff, Hours, OverrideKind, Unit
from watchbill.engine.facts import Acknowledged
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity, Whom

AT_NINE = HandOff(Unit.DAY, date(2026, 11, 21), at=9 * 60)  # Ana's turn begins on Saturday 2026-11-21
NIGHTS = tuple(Hours(day * DAY + 20 * 60, 5 * 60) for day in range(7))  # 20:00 until 01:00


@pytest.fixture
def rota(story: Story) -> Story:
    """Ana is on duty until Sunday 09:00 in Berlin, then Bo until Monday 09:00; the story begins on Sunday at 02:00 UTC."""
    story.cast().schedule("Primary", zone="Europe/Berlin").rotation("Primary", ("Ana", "Bo"), AT_NINE, name="Daily")
    return story.pages_by(("Primary", 300), repeat=1)


def test_ana_tonight_and_bo_tomorrow_each_side_of_the_hand_off(rota: Story) -> None:
    rota.at("2026-11-22 08:59:59", zone="Europe/Berlin").alert("db-1 is down")
    rota.expect_page("Ana", why=Reason.FIRST_PAGE.sentence)
    rota.at("2026-11-22 09:00", zone="Europe/Berlin").alert("db-2 is down")
    rota.expect_page("Bo", why=Reason.FIRST_PAGE.sentence)
    rota.at("2026-11-23 09:00", zone="Europe/Berlin").alert("db-3 is down")
    rota.expect_page("Ana", why=Reason.FIRST_PAGE.sentence)
    rota.expect_no_page()


def test_a_gap_in_the_rota_pages_the_fallback_and_says_so(story: Story) -> None:
    """In the night in which the clocks go forward, half an hour before they do."""
    story.cast().schedule("Primary", zone="Europe/Berlin")
    story.rotation("Primary", ("Ana",), AT_NINE, name="Nights", hours=NIGHTS)
    story.pages_by(("Primary", 300), fallback=("Bo",))
    story.at("2026-03-29 01:30", zone="Europe/Berlin").alert("db-1 is down", service="checkout")
    story.expect_page("Bo", via="sms", within_seconds=5, why=Reason.GAP_IN_SCHEDULE.sentence)
    story.expect_reason(Reason.GAP_IN_SCHEDULE)
    story.expect_no_page()
    assert Reason.GAP_IN_SCHEDULE.sentence == (
        "Nobody was on duty in the schedule that this step pages; the policy's fallback was paged."
    )


def test_a_hand_off_in_the_middle_of_a_ladder_wakes_the_next_one_in_the_next_round(rota: Story) -> None:
    rota.rule("Ana", "email", 120)
    rota.at("2026-11-22 08:59", zone="Europe/Berlin").alert("db-1 is down")
    rota.expect_page("Ana", "sms")
    rota.fast_forward(minutes=2)  # she was on duty when it began, and is still the one to answer
    rota.expect_page("Ana", "email", why=Reason.NEXT_RULE_DUE.sentence)
    rota.fast_forward(minutes=3)
    rota.expect_page("Bo", why=Reason.LADDER_REPEATED.sentence)
    rota.expect_no_page()


def test_an_override_made_after_the_page_counts_from_the_next_round_on(rota: Story) -> None:
    rota.alert("db-1 is down")
    rota.expect_page("Ana")
    rota.override("Primary", OverrideKind.TAKE, hours=4, person="Cy")
    rota.fast_forward(minutes=4, seconds=59)
    rota.expect_no_page()
    rota.fast_forward(seconds=1)
    rota.expect_page("Cy", why=Reason.LADDER_REPEATED.sentence)
    rota.alert("db-2 is down")
    rota.expect_page("Cy")
    rota.fast_forward(hours=5)
    rota.alert("db-3 is down")
    assert [(said.person, said.title) for _, _, said in rota._told][-1] == ("Ana", "db-3 is down")  # it is over


def test_taking_the_only_one_off_duty_pages_the_fallback(rota: Story) -> None:
    rota.override("Primary", OverrideKind.REMOVE, hours=1, instead_of="Ana")
    rota.alert("db-1 is down")
    rota.expect_page("Ana", why=Reason.GAP_IN_SCHEDULE.sentence)  # the fallback is the team
    rota.expect_page("Bo", why=Reason.GAP_IN_SCHEDULE.sentence)


def test_who_leaves_while_on_duty_is_stood_in_for(rota: Story) -> None:
    rota.switch_off("Ana")
    rota.alert("db-1 is down")
    rota.expect_page("Bo", why=Reason.GAP_IN_SCHEDULE.sentence)
    rota.expect_no_page()


def test_a_shadow_is_told_by_a_notice_and_never_paged(story: Story) -> None:
    story.cast().schedule("Primary").rotation("Primary", ("Ana",), AT_NINE, shadows=("Cy",))
    story.pages_by(("Primary", 300), repeat=2)
    story.alert("db-1 is down")
    story.fast_forward(hours=1)
    assert story.notices() == [("Cy", 1)]  # once, however often the ladder comes round
    assert {message.person for _, _, message in story._told} == {"Ana", "Bo"}
    story.alert("db-2 is down")
    assert story.notices() == [("Cy", 1), ("Cy", 2)]


def test_a_rotation_of_shadows_leaves_a_gap(story: Story) -> None:
    story.cast().schedule("Primary").rotation("Primary", ("Cy",), AT_NINE, shadow=True)
    story.pages_by(("Primary", 300))
    story.alert("db-1 is down")
    assert story.notices() == [("Cy", 1)]
    story.expect_page("Ana", why=Reason.GAP_IN_SCHEDULE.sentence)
    story.expect_page("Bo", why=Reason.GAP_IN_SCHEDULE.sentence)
    story.expect_no_page()


def test_a_schedule_as_the_fallback(rota: Story) -> None:
    rota.switch_off("Cy")
    rota.pages_by(("Cy", 300), fallback=("Primary",))
    rota.alert("db-1 is down")
    rota.expect_page("Ana", why=Reason.NOBODY_ON_DUTY.sentence)
    rota.at("2026-11-22 09:00", zone="Europe/Berlin").fast_forward(seconds=1)
    rota.expect_page("Bo", why=Reason.LADDER_EXHAUSTED.sentence, late=5 * 3600 + 55 * 60 + 1)
    rota.expect_no_page()


def test_three_incidents_by_round_robin_go_to_three_people(story: Story) -> None:
    story.cast().pages_by(Rung(("Ana", "Bo", "Cy"), 300, Whom.ROUND_ROBIN))
    for number, name in enumerate(("Ana", "Bo", "Cy", "Ana"), 1):
        story.alert(f"db-{number} is down")
        story.expect_page(name)
    story.expect_no_page()
    for number in range(1, 5):
        story.does("Ana", Acknowledged, number)
    story.policy("Unused", (("Bo", 60),), team=story.team("Payments"))  # an edit forgets no turn
    story.alert("the fifth")
    story.expect_page("Bo")


def test_everyone_of_a_rota_is_paged_at_once(rota: Story) -> None:
    rota.pages_by(Rung(("Primary",), 300, Whom.EVERYONE))
    rota.alert("db-1 is down")
    rota.expect_page("Ana")
    rota.expect_page("Bo")
    rota.expect_no_page()


OFFICE = Condition(tuple(Hours(day * DAY + 9 * 60, 8 * 60) for day in range(5)), "Europe/Berlin")
BAD = Condition(severities=frozenset({Severity.CRITICAL}))


@pytest.mark.parametrize(
    ("when", "severity", "people"),
    [
        ("2026-11-20 16:59", "critical", ["Ana", "Bo"]),  # a Friday: the office, then what is bad
        ("2026-11-20 17:00", "critical", ["Bo", "Cy"]),  # the office is closed: nobody waits for it
        ("2026-11-22 12:00", "critical", ["Bo", "Cy"]),  # a Sunday
        ("2026-11-20 09:00", "error", ["Ana", "Cy"]),
        ("2026-11-20 08:59", "error", ["Cy"]),
    ],
)
def test_steps_by_hour_weekday_and_severity(story: Story, when: str, severity: str, people: list[str]) -> None:
    story.cast().pages_by(Rung(("Ana",), 60, only=OFFICE), Rung(("Bo",), 60, only=BAD), ("Cy", 3600))
    began = story.at(when, zone="Europe/Berlin").now
    story.alert("db-1 is down", severity=severity)
    story.fast_forward(seconds=60 * (len(people) - 1))
    told = [(message.person, at - began) for at, _, message in story._told]
    assert told == [(name, timedelta(seconds=60 * place)) for place, name in enumerate(people)]


def test_with_no_step_for_that_hour_the_fallback_is_paged_at_once(story: Story) -> None:
    story.cast().pages_by(Rung(("Ana",), 60, only=OFFICE), fallback=("Bo",))
    story.alert("db-1 is down")  # on a Sunday
    story.expect_page("Bo", why=Reason.NO_STEP_APPLIES.sentence)
    story.fast_forward(hours=24)
    story.expect_no_page()
