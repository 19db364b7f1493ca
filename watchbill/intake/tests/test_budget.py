"""Token buckets, on a clock that the test holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.intake.budget import GUESSES_BURST, Buckets, Budget


def test_a_burst_passes_and_then_the_rate():
    budget = Budget(events_per_second=2, burst=3)
    assert [budget.take(1, starts=1, endings=0, now=0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert budget.take(1, starts=1, endings=0, now=0.4) == pytest.approx(0.1)
    assert budget.take(1, starts=1, endings=0, now=0.5) == 0
    assert budget.take(1, starts=1, endings=0, now=0.5) == pytest.approx(0.5)


def test_rest_fills_a_bucket_to_its_burst_and_no_further():
    budget = Budget(events_per_second=2, burst=3)
    budget.take(1, starts=3, endings=0, now=0.0)
    assert [budget.take(1, starts=1, endings=0, now=9e9) for _ in range(4)] == [0, 0, 0, 0.5]


def test_endings_have_four_times_as_much_apart():
    budget = Budget(events_per_second=1, burst=1)
    assert budget.take(1, starts=1, endings=0, now=0) == 0
    assert [budget.take(1, starts=0, endings=1, now=0) for _ in range(5)] == [0, 0, 0, 0, 0.25]
    assert budget.take(1, starts=0, endings=1, now=0.25) == 0


def test_a_mixed_request_is_taken_whole_or_not_at_all():
    budget = Budget(events_per_second=1, burst=2)
    budget.take(1, starts=2, endings=0, now=0)
    assert budget.take(1, starts=1, endings=8, now=0) == 1
    assert budget.take(1, starts=0, endings=8, now=0) == 0


def test_a_batch_above_the_burst_waits_for_a_full_bucket_and_leaves_it_in_debt():
    budget = Budget(events_per_second=10, burst=100)
    assert budget.take(1, starts=500, endings=0, now=0) == 0
    assert budget.take(1, starts=1, endings=0, now=0) == pytest.approx(40.1)
    assert budget.take(1, starts=500, endings=0, now=0) == pytest.approx(50)
    assert budget.take(1, starts=500, endings=0, now=50) == 0


def test_integrations_do_not_share():
    budget = Budget(events_per_second=1, burst=1)
    assert budget.take(1, starts=1, endings=0, now=0) == 0
    assert budget.take(2, starts=1, endings=0, now=0) == 0


def test_what_is_given_back_can_be_taken_again_and_never_exceeds_the_burst():
    budget = Budget(events_per_second=1, burst=2)
    budget.take(1, starts=2, endings=1, now=0)
    for _ in range(2):
        budget.give_back(1, starts=2, endings=1, now=0)
    assert [budget.take(1, starts=1, endings=0, now=0) for _ in range(3)] == [0, 0, 1]


def test_guesses_are_counted_by_address():
    budget = Budget()
    for _ in range(int(GUESSES_BURST)):
        assert budget.guess_wait("192.0.2.1", now=0) == 0
        budget.guessed("192.0.2.1", now=0)
    assert budget.guess_wait("192.0.2.1", now=0) == 2
    assert budget.guess_wait("192.0.2.2", now=0) == 0
    assert budget.guess_wait("192.0.2.1", now=2) == 0


def test_the_longest_unused_bucket_is_forgotten_first():
    buckets = Buckets(rate=1, burst=1, most=2)
    for name in ("a", "b", "a", "c"):
        buckets.take(name, 1, now=0)
    assert len(buckets) == 2
    assert [buckets.wait(name, 1, now=0) > 0 for name in "abc"] == [True, False, True]


def test_a_clock_that_went_back_gives_nothing_and_takes_nothing():
    buckets = Buckets(rate=1, burst=1)
    buckets.take("a", 1, now=100)
    assert buckets.wait("a", 1, now=50) == 1


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 20)), max_size=60))
def test_over_any_time_no_more_passes_than_burst_and_rate_allow(steps):
    budget = Budget(events_per_second=3, burst=20)
    now = 0.0
    taken = 0
    for pause, starts in steps:
        now += pause
        if budget.take(1, starts=starts, endings=0, now=now) == 0:
            taken += starts
        assert taken <= 20 + 3 * now + 1e-6
