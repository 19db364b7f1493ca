"""Decides what becomes of a page after an attempt to send it: done, tried again and when, or given up."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from watchbill.engine.reasons import Reason

# Seconds before the second, third, ... attempt; the last one holds for all that follow.
RETRY_AFTER = (5, 10, 20, 40, 60, 120, 300, 600, 1800)
RETRY_AFTER_MOST = timedelta(hours=1)
LEAST_ATTEMPTS = 4  # however old the page: an outage of ours must not use its time up
LEASE = timedelta(seconds=30)


class PageState(StrEnum):
    """Where a page stands. Only an acknowledgement proves that a human knows; no state here says so."""

    DUE = "due"  # written with its incident, or to be tried again
    LEASED = "leased"  # a node is sending it; when the lease runs out it counts as unknown
    UNKNOWN = "unknown"  # it may have arrived; it is sent again
    ACCEPTED = "accepted"  # the provider has it
    DELIVERED = "delivered"  # the provider says that it arrived
    FAILED = "failed"  # given up
    SUPPRESSED = "suppressed"  # not sent, for the reason that stands with it


LIVE = frozenset({PageState.DUE, PageState.LEASED, PageState.UNKNOWN})


class Attempted(StrEnum):
    """What a channel said of one attempt."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    FAILED = "failed"
    REFUSED = "refused"  # failed, and trying again cannot help


class Delivery(Struct, frozen=True):
    """`due_at`: when the page is tried again, None when it is not."""

    state: PageState
    due_at: datetime | None
    reason: Reason


def after(
    attempted: Attempted,
    *,
    attempts: int,
    created_at: datetime,
    retry_for: int,
    retry_after: float | None,
    now: datetime,
) -> Delivery:
    """What follows an attempt.

    `attempts`: how many there were, this one included, >= 1. `retry_for`: seconds after `created_at` for which the channel
    is worth trying. `retry_after`: seconds that the provider asked for, or None; at most an hour is granted.
    """
    if attempted is Attempted.ACCEPTED:
        return Delivery(PageState.ACCEPTED, None, Reason.PAGE_SENT)
    if attempted is Attempted.DELIVERED:
        return Delivery(PageState.DELIVERED, None, Reason.PAGE_DELIVERED)
    if attempted is Attempted.REFUSED:
        return Delivery(PageState.FAILED, None, Reason.PAGE_GIVEN_UP)
    wait = timedelta(seconds=RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1])
    if retry_after is not None:
        wait = min(max(wait, timedelta(seconds=retry_after)), RETRY_AFTER_MOST)
    due_at = now + wait
    if due_at > created_at + timedelta(seconds=retry_for) and attempts >= LEAST_ATTEMPTS:
        return Delivery(PageState.FAILED, None, Reason.PAGE_GIVEN_UP)
    if attempted is Attempted.UNKNOWN:
        return Delivery(PageState.UNKNOWN, due_at, Reason.PAGE_UNKNOWN_RETRIED)
    return Delivery(PageState.DUE, due_at, Reason.PAGE_FAILED_RETRIED)
