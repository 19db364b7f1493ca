"""What follows an attempt to send a page."""

import pytest

from watchbill.engine.delivery import LIVE, RETRY_AFTER, Attempted, PageState, after
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import START, at

HOUR = 3600


def follows(
    attempted: Attempted,
    attempts: int = 1,
    *,
    retry_after: float | None = None,
    retry_for: int = 48 * HOUR,
    now: float = 0,
):
    """State, seconds until the next attempt, reason."""
    delivery = after(
        attempted, attempts=attempts, created_at=START, retry_for=retry_for, retry_after=retry_after, now=at(now)
    )
    wait = None if delivery.due_at is None else (delivery.due_at - at(now)).total_seconds()
    return delivery.state, wait, delivery.reason


@pytest.mark.parametrize(
    ("attempted", "state", "wait", "reason"),
    [
        (Attempted.ACCEPTED, PageState.ACCEPTED, None, Reason.PAGE_SENT),
        (Attempted.DELIVERED, PageState.DELIVERED, None, Reason.PAGE_DELIVERED),
        (Attempted.REFUSED, PageState.FAILED, None, Reason.PAGE_GIVEN_UP),
        (Attempted.FAILED, PageState.DUE, 5, Reason.PAGE_FAILED_RETRIED),
        (Attempted.UNKNOWN, PageState.UNKNOWN, 5, Reason.PAGE_UNKNOWN_RETRIED),  # never taken for sent
    ],
)
def test_each_outcome(attempted, state, wait, reason):
    assert follows(attempted) == (state, wait, reason)


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (6, 120), (7, 300), (8, 600), (9, 1800), (10, 1800), (500, 1800)],
)
def test_the_wait_grows_with_the_attempts(attempts, wait):
    assert follows(Attempted.FAILED, attempts)[1] == wait


def test_the_waits_only_grow():
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        (None, 20),
        (0, 20),  # our own wait is the least
        (-5, 20),
        (19.9, 20),
        (90.5, 90.5),
        (3600, 3600),
        (86400, 3600),  # at most an hour is granted
    ],
)
def test_what_the_provider_asks_for(retry_after, wait):
    assert follows(Attempted.FAILED, 3, retry_after=retry_after)[1] == wait


@pytest.mark.parametrize("attempted", [Attempted.FAILED, Attempted.UNKNOWN])
@pytest.mark.parametrize(
    ("now", "retry_after", "given_up"),
    [
        (20, None, False),  # the next attempt is at the last instant
        (20.001, None, True),
        (0, 61, True),  # the provider asks for longer than the page is worth
        (0, 60, False),
    ],
)
def test_when_it_is_given_up(attempted, now, retry_after, given_up):
    state, _, reason = follows(attempted, 4, now=now, retry_for=60, retry_after=retry_after)
    assert (state is PageState.FAILED) is given_up
    assert (reason is Reason.PAGE_GIVEN_UP) is given_up


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_an_outage_of_ours_does_not_use_the_time_up(attempts):
    state, wait, _ = follows(Attempted.FAILED, attempts, now=86400, retry_for=60)
    assert state is PageState.DUE and wait is not None


@pytest.mark.parametrize("attempted", [Attempted.ACCEPTED, Attempted.DELIVERED])
def test_a_late_success_is_a_success(attempted):
    assert follows(attempted, now=10**6, retry_for=60)[0] in {PageState.ACCEPTED, PageState.DELIVERED}


@pytest.mark.parametrize("attempted", list(Attempted))
def test_what_lives_on_has_a_time_and_what_does_not_has_none(attempted):
    state, wait, _ = follows(attempted)
    assert (state in LIVE) is (wait is not None)
