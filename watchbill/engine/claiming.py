"""Decides which of one person's due pages are sent now, alone or bundled, and which are not sent and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from watchbill.engine.case import Ladder
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity, Status, Urgency

BUNDLE_FROM = 4  # as many pages at one instant are told as one
DIGEST_AGE = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


class DuePage(Struct, frozen=True):
    """A page whose time has come, with its incident as it is now. `reached`: whether its contact method still exists
    and is switched on. `incident_gone`: whether its incident's row is missing; the rest of the incident means nothing."""

    id: int
    incident: int
    person: int
    urgency: Urgency
    severity: Severity
    created_at: datetime
    status: Status
    ladder: Ladder
    reached: bool = True
    incident_gone: bool = False


class Batch(Struct, frozen=True):
    """What is done with the due pages of one contact method.

    `sends`: each a tuple of page ids that make one message, the one that leads it first. `suppressed`: page id and why.
    `held`: page ids that wait until `held_until`. `paced_until`: the recipient's pace after this.
    """

    sends: tuple[tuple[int, ...], ...]
    suppressed: tuple[tuple[int, Reason], ...]
    held: tuple[int, ...]
    held_until: datetime | None
    paced_until: datetime


def claim(pages: Sequence[DuePage], *, per_minute: int | None, paced_until: datetime | None, now: datetime) -> Batch:
    """What to do with the due pages of one contact method.

    `per_minute`: most messages at once, and most in each minute that follows, > 0; or None for a machine, which gets each
    page by itself. `paced_until`: what the last batch of this recipient said, or None. Nothing is dropped: a page is sent,
    bundled, held or suppressed with its reason. What waits for its turn goes with the next message, all of it, so that
    no page waits behind newer ones again and again.
    """
    suppressed = tuple((page.id, why) for page in pages if (why := _why_not(page)) is not None)
    gone = {page for page, _ in suppressed}
    wanted = sorted((page for page in pages if page.id not in gone), key=_first_things_first)
    if per_minute is None:
        return Batch(tuple((page.id,) for page in wanted), suppressed, (), None, max(paced_until or now, now))
    each = MINUTE // per_minute
    paced = min(max(paced_until or now, now), now + MINUTE)  # also after a clock was set back
    free = (now + MINUTE - paced) // each
    if not free:
        held = tuple(page.id for page in wanted)
        return Batch((), suppressed, held, paced - MINUTE + each if held else None, paced)
    sends = _folded(_messages(wanted, now=now), free)
    return Batch(tuple(sends), suppressed, (), None, paced + each * len(sends))


def _why_not(page: DuePage) -> Reason | None:
    if page.incident_gone:
        return Reason.PAGE_SUPPRESSED_INCIDENT_GONE
    if page.status is Status.ACKNOWLEDGED:
        return Reason.PAGE_SUPPRESSED_ACKNOWLEDGED
    if page.status is Status.RESOLVED:
        return Reason.PAGE_SUPPRESSED_RESOLVED
    if not page.reached:
        return Reason.PAGE_SUPPRESSED_METHOD_GONE
    if all(paging.person != page.person for paging in page.ladder.paging):
        return Reason.PAGE_SUPPRESSED_NOT_THEIRS
    return None


def _messages(wanted: Sequence[DuePage], *, now: datetime) -> list[tuple[int, ...]]:
    """Old and not urgent: one digest. Many at once: one bundle. Else each by itself."""
    old = [page for page in wanted if page.urgency is Urgency.LOW and now - page.created_at > DIGEST_AGE]
    digest = {page.id for page in old} if len(old) > 1 else set()
    rest = tuple(page.id for page in wanted if page.id not in digest)
    messages: list[tuple[int, ...]] = [rest] if len(rest) >= BUNDLE_FROM else [(page,) for page in rest]
    if digest:
        messages.append(tuple(page.id for page in old))
    return messages


def _folded(messages: list[tuple[int, ...]], most: int) -> list[tuple[int, ...]]:
    """The same pages in at most so many messages: what is too much goes with the last of them."""
    if len(messages) <= most:
        return messages
    return [*messages[: most - 1], tuple(page for message in messages[most - 1 :] for page in message)]


def _first_things_first(page: DuePage) -> tuple[bool, int, float]:
    """Urgent before not, worst before better, newest before older."""
    return page.urgency is Urgency.LOW, page.severity.rank, -page.created_at.timestamp()
