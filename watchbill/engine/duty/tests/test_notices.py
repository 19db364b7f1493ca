"""When duty that begins and ends is told, to whom, and in which words."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.duty.notices import BEFORE, Readers, of_schedule
from watchbill.engine.duty.schedule import DAY, Edition, HandOff, Hours, Rotation, Schedule, Unit
from watchbill.engine.duty.tests.primary import (
    ANA,
    BERLIN,
    BO,
    CY,
    NAMES,
    OFFICE,
    READERS,
    always,
    due,
    ends,
    instant,
    override,
    primary,
    starts,
    told_over,
    weekly,
)
from watchbill.engine.duty.tests.profile import examples
from watchbill.engine.duty.tests.worlds import World, worlds
from watchbill.engine.duty.walls import instant_of, moment_of

# Hand-offs


def test_a_hand_off_is_told_half_an_hour_before_and_when_it_is_over() -> None:
    assert told_over(always(primary()), "2026-11-30 07:00", "2026-11-30 12:00") == [
        ("30 08:30", starts(ANA, "2026-11-30 09:00")),
        ("30 09:00", ends(BO, "2026-11-30 09:00")),
    ]


def test_it_says_from_whom_until_when_how_long_and_who_is_next() -> None:
    (begins,) = due(primary(), "2026-11-30 08:30")
    assert begins.person == ANA
    assert begins.subject == "Your duty in Primary begins at Mon 2026-11-30 09:00 CET"
    assert begins.body.splitlines() == [
        "You are on duty in Primary: Mon 2026-11-30 09:00 – Mon 2026-12-07 09:00 CET, 7 d.",
        "You take over from Bo.",
        "After you: Bo, from Mon 2026-12-07 09:00 CET.",
        "Times are those of Europe/Berlin.",
    ]
    ended = due(primary(), "2026-11-30 09:00", kind="ends")[0]
    assert (ended.person, ended.subject) == (BO, "Your duty in Primary has ended")
    assert ended.body.splitlines() == [
        "Your duty in Primary ended at Mon 2026-11-30 09:00 CET.",
        "On duty now: Ana.",
        "Times are those of Europe/Berlin.",
    ]


def test_times_are_those_of_whoever_reads() -> None:
    readers = Readers(NAMES, {ANA: "America/Sao_Paulo", BO: "Asia/Kathmandu"})
    (begins,) = due(primary(), "2026-11-30 08:30", readers)
    assert "Mon 2026-11-30 05:00 – Mon 2026-12-07 05:00 UTC-03" in begins.body
    assert begins.body.endswith("Times are those of America/Sao_Paulo.")
    ended = due(primary(), "2026-11-30 09:00", readers, "ends")[0]
    assert "ended at Mon 2026-11-30 13:45 UTC+0545." in ended.body


def test_somebody_who_cannot_be_reached_is_told_nothing() -> None:
    assert due(primary(), "2026-11-30 08:30", Readers(NAMES, {BO: BERLIN})) == []


def test_who_hands_over_to_nobody_else_is_told_nothing() -> None:
    alone = primary(Rotation(1, "Weekly", (weekly(ANA, ANA),)))
    assert told_over(always(alone), "2026-11-30 07:00", "2026-11-30 12:00") == []


def test_a_shift_that_goes_on_by_another_source_is_one() -> None:
    """Ana takes Bo's Monday until noon, right before her own duty would begin: on duty from 06:00 by two sources."""
    schedule = primary(
        overrides=[override(1, "replace", "2026-11-30 06:00", "2026-11-30 09:00", person=ANA, instead_of=BO)]
    )
    assert told_over(always(schedule), "2026-11-30 05:00", "2026-11-30 12:00") == [
        ("30 05:30", starts(ANA, "2026-11-30 06:00")),
        ("30 06:00", ends(BO, "2026-11-30 06:00")),
    ]


def test_nights_and_week_ends_without_duty_are_no_hand_offs() -> None:
    rotation = Rotation(
        1, "Office", (Edition(0, BERLIN, HandOff(Unit.WEEK, date(2026, 11, 2)), ((ANA,), (BO,)), 0, OFFICE),)
    )
    schedule = primary(rotation, hours=OFFICE)
    told = told_over(always(schedule), "2026-11-23 00:00", "2026-12-01 00:00", minutes=30)
    assert told == [
        ("23 08:30", starts(BO, "2026-11-23 09:00")),
        ("27 17:00", ends(BO, "2026-11-27 17:00")),
        ("30 08:30", starts(ANA, "2026-11-30 09:00")),
    ]
    begins = due(schedule, "2026-11-30 08:30")[0].body
    assert "Mon 2026-11-30 09:00 – Fri 2026-12-04 17:00 CET, 1 d 16 h, in 5 parts." in begins
    assert "You take over from Bo, whose duty ended at Fri 2026-11-27 17:00 CET." in begins
    assert "After you: Bo, from Mon 2026-12-07 09:00 CET." in begins
    ended = due(schedule, "2026-11-27 17:00", kind="ends")[0].body
    assert "Nobody has to be on duty now." in ended
    assert "After you: Ana, from Mon 2026-11-30 09:00 CET." in ended


def test_a_hole_cut_for_nobody_is_not_told_to_whoever_asked_for_it() -> None:
    schedule = primary(overrides=[override(1, "remove", "2026-12-01 10:00", "2026-12-01 12:00", instead_of=ANA)])
    told = told_over(always(schedule), "2026-12-01 08:00", "2026-12-01 13:00")
    assert [key for _, key in told if not key.startswith("gap")] == []


def test_who_is_on_duty_beside_is_named_and_is_no_hand_off() -> None:
    second = Rotation(2, "Second", (weekly(CY),))
    schedule = primary(Rotation(1, "Weekly", (weekly(ANA, BO),)), second)
    (begins,) = due(schedule, "2026-11-30 08:30")
    assert "You take over from Bo.\nOn duty with you: Cy.\nAfter you: Bo," in begins.body


def test_a_hand_off_to_nobody_says_so_and_why() -> None:
    rotation = Rotation(1, "Weekly", (weekly(ANA, BO),), ends=instant("2026-11-30 09:00"))
    (ended,) = due(primary(rotation), "2026-11-30 09:05", kind="ends")
    assert "Nobody is on duty now: no rotation has anybody on duty then.\nNobody is planned after you." in ended.body


def test_duty_without_an_end_in_sight_says_so() -> None:
    schedule = primary(Rotation(1, "Weekly", (weekly(ANA),), starts=instant("2026-11-30 09:00")))
    (begins,) = due(schedule, "2026-11-30 08:40", kind="starts")
    assert begins.body.startswith("You are on duty in Primary from Mon 2026-11-30 09:00 CET on, for more than 35 days.")


def test_shadows_are_not_told_of_hand_offs() -> None:
    schedule = primary(Rotation(1, "Weekly", (weekly(ANA, BO),), shadow=True))
    assert told_over(always(schedule), "2026-11-30 07:00", "2026-11-30 12:00") == []


# Changes of plan


def test_an_override_moves_what_is_told() -> None:
    """Bo stays until noon: Ana is told of noon, and nobody of nine."""
    schedule = primary(overrides=[override(1, "take", "2026-11-30 08:00", "2026-11-30 12:00", person=BO)])
    assert told_over(always(schedule), "2026-11-30 07:00", "2026-11-30 13:00") == [
        ("30 11:30", starts(ANA, "2026-11-30 12:00")),
        ("30 12:00", ends(BO, "2026-11-30 12:00")),
    ]


def test_an_override_that_is_made_after_the_first_notice_brings_another_that_is_right() -> None:
    later = primary(overrides=[override(1, "take", "2026-11-30 08:45", "2026-11-30 12:00", person=BO)])

    def changing() -> Iterator[Schedule]:
        yield from [primary()] * 105  # until 08:45
        yield from always(later)

    assert told_over(changing(), "2026-11-30 07:00", "2026-11-30 13:00") == [
        ("30 08:30", starts(ANA, "2026-11-30 09:00")),
        ("30 11:30", starts(ANA, "2026-11-30 12:00")),
        ("30 12:00", ends(BO, "2026-11-30 12:00")),
    ]


def test_duty_that_begins_at_once_is_told_at_once() -> None:
    schedule = primary(overrides=[override(1, "take", "2026-12-01 14:00", "2026-12-01 16:00", person=CY)])
    begins = due(schedule, "2026-12-01 14:00", kind="starts")
    assert [(one.person, one.subject) for one in begins] == [
        (CY, "Your duty in Primary began at Tue 2026-12-01 14:00 CET")
    ]


def test_an_edit_that_moves_the_hand_off_tells_of_the_new_time_only() -> None:
    edited = primary(Rotation(1, "Weekly", (weekly(ANA, BO), weekly(ANA, BO, at=15 * 60, since="2026-11-28 10:00"))))
    told = [key for _, key in told_over(always(edited), "2026-11-30 07:00", "2026-11-30 16:00")]
    assert told == [starts(ANA, "2026-11-30 15:00"), ends(BO, "2026-11-30 15:00")]


def test_a_schedule_that_was_just_made_tells_nobody_of_hand_offs_that_never_were() -> None:
    """It is made at 09:30; its rule says that Ana's turn began at 09:00, and that Bo's ended."""
    made = primary(Rotation(1, "Weekly", (weekly(ANA, BO, since="2026-11-30 09:30"),)))
    told = due(made, "2026-11-30 09:31", kind="ends") + due(made, "2026-11-30 09:31", kind="starts")
    assert [one.key for one in told] == [starts(ANA, "2026-11-30 09:30")]


def test_what_is_taken_away_ends() -> None:
    schedule = primary(Rotation(1, "Weekly", (weekly(ANA, BO),), ends=instant("2026-12-02 11:00")))
    assert [one.key for one in due(schedule, "2026-12-02 11:00", kind="ends")] == [ends(ANA, "2026-12-02 11:00")]


# Nodes that were away


@pytest.mark.parametrize(
    ("back", "told"),
    [
        ("2026-11-30 09:29", ["ends", "starts"]),  # late, but Ana has only begun
        ("2026-11-30 09:30", ["ends"]),  # her notice was due an hour ago
        ("2026-11-30 10:00", []),
    ],
)
def test_the_last_hour_is_caught_up_and_no_more(back: str, told: list[str]) -> None:
    assert [one.kind for one in due(primary(), back)] == told


def test_a_shift_that_is_over_is_not_said_to_begin() -> None:
    schedule = primary(overrides=[override(1, "take", "2026-12-01 14:00", "2026-12-01 14:20", person=CY)])
    told = due(schedule, "2026-12-01 14:25")
    assert starts(CY, "2026-12-01 14:00") not in [one.key for one in told]
    assert ends(CY, "2026-12-01 14:20") in [one.key for one in told]


# The clock is set


def test_the_nights_on_which_the_clock_is_set() -> None:
    """A hand-off at 02:30 happens at 03:00 when spring skips it, and at the first 02:30 when autumn has two."""
    nightly = Edition(0, BERLIN, HandOff(Unit.DAY, date(2026, 3, 28), at=150), ((ANA,), (BO,)))
    schedule = primary(Rotation(1, "Nightly", (nightly,)))
    spring = of_schedule(schedule, READERS, now=datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    assert [one.subject for one in spring] == ["Your duty in Primary begins at Sun 2026-03-29 03:00 CEST"]
    assert "Sun 2026-03-29 03:00 – Mon 2026-03-30 02:30 CEST, 23 h 30 min." in spring[0].body
    autumn = of_schedule(schedule, READERS, now=datetime(2026, 10, 25, 0, 0, tzinfo=UTC))
    assert [one.subject for one in autumn] == ["Your duty in Primary begins at Sun 2026-10-25 02:30 CEST"]
    assert "Sun 2026-10-25 02:30 CEST – Mon 2026-10-26 02:30 CET, 1 d 1 h." in autumn[0].body


def test_an_hour_of_overlap_when_the_clock_goes_back_is_still_a_hand_off() -> None:
    """Night ends at the second 02:30, and Day has begun at the first."""
    night = Rotation(1, "Night", (_hours(ANA, 14 * 60 + 30, 12 * 60),))
    day = Rotation(2, "Day", (_hours(BO, 2 * 60 + 30, 12 * 60),))
    told = [key for _, key in told_over(always(primary(night, day)), "2026-10-25 01:00", "2026-10-25 15:00")]
    assert told == [
        starts(BO, "2026-10-25 02:30"),
        f"ends 7 {ANA} {instant('2026-10-25 02:30') + 3600}",
        starts(ANA, "2026-10-25 14:30"),
        ends(BO, "2026-10-25 14:30"),
    ]


def _hours(person: int, begins: int, minutes: int) -> Edition:
    hours = tuple(Hours(day * DAY + begins, minutes) for day in range(7))
    return Edition(0, BERLIN, HandOff(Unit.WEEK, date(2026, 10, 19)), ((person,),), 0, hours)


@given(worlds(hours=24), st.integers(0, 20))
@examples(20)
def test_whoever_looks_and_however_often_the_same_hand_offs_are_told(world: World, phase: int) -> None:
    """Two nodes that look at different times find the same keys, and none before its time."""
    one = hand_offs(world, every=13 * 60, phase=0)
    other = hand_offs(world, every=28 * 60, phase=phase * 60)
    settled = range(world.since + 3600, world.until - 3600)
    assert {key for key, at in one if at in settled} == {key for key, at in other if at in settled}


def hand_offs(world: World, *, every: int, phase: int) -> set[tuple[str, int]]:
    """Key and instant of each that somebody who looks every so many seconds is told of."""
    readers = Readers(world.schedule.names, dict.fromkeys(world.schedule.names, "UTC"))
    found: set[tuple[str, int]] = set()
    for now in range(world.since + phase, world.until + 1, every):
        for one in of_schedule(world.schedule, readers, now=moment_of(now)):
            at = int(one.key.split()[-1])
            assert at - now <= (BEFORE if one.kind == "starts" else 0)
            found.add((one.key, at))
    return found


def test_what_happened_before_the_window_is_needed_only_as_far_back_as_said() -> None:
    """Seen from the instant of the notice, the past before BACK changes nothing."""
    now = moment_of(instant("2026-11-30 08:30"))
    cut = primary(Rotation(1, "Weekly", (weekly(ANA, BO),), starts=instant_of(now - timedelta(days=6))))
    assert of_schedule(cut, READERS, now=now) == of_schedule(primary(), READERS, now=now)
