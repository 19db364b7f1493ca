"""Tells claimed pages over one channel: makes the message, sends it, and decides what follows from the answer."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import structlog

from watchbill.channels.contract import BadSettings, Bundled, Channel, Links, Message, Outcome, Receipt
from watchbill.channels.receipts import Receipts
from watchbill.channels.wording import runbook
from watchbill.engine.claiming import DIGEST_AGE
from watchbill.engine.delivery import LEASE, Attempted, Delivery, PageState, after
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Urgency
from watchbill.journal.apply import Line, append
from watchbill.paging.claim import MOST_EACH, claim_due
from watchbill.paging.claimed import Claimed, ClaimedMessage, ClaimedPage, Gone
from watchbill.paging.settle import Settled
from watchbill.runtime.clock import monotonic
from watchbill.runtime.database import Database, Link
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.seal import Seal

SEND_AT_MOST = 12.0  # seconds; adapters give up by themselves at ten
SHOWN_IN_BUNDLE = 20

# A claim that is older than this may run out while it is being sent.
STILL_OURS = LEASE.total_seconds() - SEND_AT_MOST

_object = msgspec.json.Decoder(dict[str, Any])

LinksOf = Callable[[int, int, str], Links]
"""The signed links of an incident for a person over a channel."""

log = structlog.get_logger()


class Sender:
    """The work of one lane. `links`: makes the signed links of (incident, person, channel)."""

    def __init__(
        self,
        channel: Channel,
        *,
        database: Database,
        receipts: Receipts,
        seal: Seal,
        links: LinksOf,
        metrics: Metrics,
    ) -> None:
        self._channel = channel
        self._database = database
        self._receipts = receipts
        self._links = links
        self._metrics = metrics
        self._on_their_way: Counter[int] = Counter()
        self._open = lru_cache(maxsize=4096)(lambda stored: seal.open(_object.decode(stored)))

    async def claim(self, *, after: int, most: int) -> Claimed:
        """See runtime.outbox.Work."""
        if self._receipts.behind:
            return Claimed()
        async with self._database.transaction(lazily=True) as link:
            claimed = await claim_due(
                link,
                channel=self._channel.name,
                per_minute=self._channel.capabilities.per_minute,
                after=after,
                most=most,
                fence=secrets.randbits(62),
                busy=[method for method, count in self._on_their_way.items() if count >= MOST_EACH],
            )
            await self._note_suppressed(link, claimed)
        for _ in claimed.gone:
            self._metrics.suppressed(self._channel.name, Reason.PAGE_SUPPRESSED_METHOD_GONE)
        self._receipts.hand_in([self._gone(one) for one in claimed.gone])
        self._on_their_way.update(message.pages[0].method for message in claimed.messages)
        return claimed

    async def send(self, message: ClaimedMessage) -> bool:
        """See runtime.outbox.Work."""
        method = message.pages[0].method
        was_busy = self._on_their_way[method] >= MOST_EACH
        try:
            await self._send(message)
        finally:
            self._on_their_way -= Counter((method,))  # and forget who has none left
        return was_busy

    async def _send(self, message: ClaimedMessage) -> None:
        lead = message.pages[0]
        began = monotonic()
        if began - message.since > STILL_OURS:
            log.warning("claim_too_old", incident=lead.incident, page=lead.id, channel=self._channel.name)
            return  # this node stood still; whoever claims when the lease ends looks again whether it is wanted
        if lead.attempt == 1:
            self._metrics.first_attempt((message.at - lead.created_at).total_seconds(), self._channel.name)
        receipt = Receipt(Outcome.UNKNOWN, "The node stopped while it was sending.")
        try:
            receipt = await self._attempt(message)
        finally:
            took_ms = (monotonic() - began) * 1000
            # By the node's own clock only how long it took; what is due is reckoned from the database's.
            now = message.at + timedelta(milliseconds=took_ms)
            settled = [self._settled(page, lead, message.fence, receipt, now, took_ms) for page in message.pages]
            self._receipts.hand_in(settled)
            self._metrics.attempt(self._channel.name, receipt.outcome)
            log.info(
                "page_attempted",
                incident=lead.incident,
                page=lead.id,
                pages=len(message.pages),
                channel=self._channel.name,
                attempt=lead.attempt,
                outcome=receipt.outcome,
                detail=receipt.detail,
                ms=round(took_ms, 1),
            )

    async def _attempt(self, claimed: ClaimedMessage) -> Receipt:
        lead = claimed.pages[0]
        try:
            settings = self._settings(lead)
        except BadSettings as fault:
            return Receipt(Outcome.FAILED, f"The contact method's settings will not do: {fault}", permanent=True)
        except ValueError as fault:
            log.error("settings_unreadable", page=lead.id, method=lead.method, error=str(fault))
            return Receipt(Outcome.FAILED, "The contact method's settings cannot be read.", permanent=True)
        try:
            async with asyncio.timeout(SEND_AT_MOST):
                return await self._channel.send(self._message(claimed, settings))
        except TimeoutError:
            return Receipt(Outcome.UNKNOWN, f"No answer within {SEND_AT_MOST:.0f} s.")
        except Exception as fault:
            log.exception("adapter_failed", channel=self._channel.name, page=lead.id)
            return Receipt(Outcome.UNKNOWN, f"A fault of Watchbill's own: {type(fault).__name__}")

    def _message(self, claimed: ClaimedMessage, settings: Mapping[str, Any]) -> Message:
        lead = claimed.pages[0]
        others = claimed.pages[1 : SHOWN_IN_BUNDLE + 1]
        return Message(
            page=lead.id,
            attempt=lead.attempt,
            incident=lead.incident,
            title=lead.title,
            service=lead.service,
            severity=lead.severity,
            urgency=lead.urgency,
            status=lead.status,
            opened_at=lead.opened_at,
            person=lead.person_name,
            settings=settings,
            why=lead.reason.sentence,
            links=self._links(lead.incident, lead.person, self._channel.name),
            late=lead.late,
            zone=lead.zone,
            source=lead.source,
            runbook=runbook(lead.links),
            bundle=tuple(Bundled(page.incident, page.title, page.service, page.severity) for page in others),
            bundle_total=len(claimed.pages) - 1,
        )

    def _settings(self, page: ClaimedPage) -> Mapping[str, Any]:
        """The settings, opened. Raises BadSettings when the channel cannot use them, another ValueError when they cannot
        be read at all."""
        opened: Mapping[str, Any] = self._open(page.settings)
        self._channel.check(opened)
        return opened

    def _gone(self, one: Gone) -> Settled:
        return Settled(
            page=one.page,
            fence=one.fence,
            incident=one.incident,
            person=one.person,
            method=one.method,
            channel=self._channel.name,
            attempt=one.attempts,
            state=PageState.SUPPRESSED,
            due_at=None,
            reason=Reason.PAGE_SUPPRESSED_METHOD_GONE,
            detail="",
            took_ms=0.0,
        )

    def _settled(
        self, page: ClaimedPage, lead: ClaimedPage, fence: int, receipt: Receipt, now: datetime, took_ms: float
    ) -> Settled:
        delivery = after(
            attempted(receipt),
            attempts=page.attempt,
            created_at=page.created_at,
            retry_for=self._channel.capabilities.retry_for,
            retry_after=receipt.retry_after,
            now=now,
        )
        return Settled(
            page=page.id,
            fence=fence,
            incident=page.incident,
            person=page.person,
            method=page.method,
            channel=self._channel.name,
            attempt=page.attempt,
            state=delivery.state,
            due_at=delivery.due_at,
            reason=self._told_as(page, lead, delivery, now),
            detail=receipt.detail[:500],
            took_ms=took_ms,
        )

    @staticmethod
    def _told_as(page: ClaimedPage, lead: ClaimedPage, delivery: Delivery, now: datetime) -> Reason:
        if page is lead or delivery.reason not in (Reason.PAGE_SENT, Reason.PAGE_DELIVERED):
            return delivery.reason
        old = page.urgency is Urgency.LOW and now - page.created_at > DIGEST_AGE
        return Reason.PAGE_DIGESTED if old else Reason.PAGE_BUNDLED

    async def _note_suppressed(self, link: Link, claimed: Claimed) -> None:
        if not claimed.suppressed or claimed.now is None:
            return
        for one in claimed.suppressed:
            self._metrics.suppressed(self._channel.name, one.why)
        await append(
            link,
            [
                Line(
                    claimed.now,
                    one.incident,
                    None,
                    "page",
                    "suppressed",
                    one.why,
                    data=msgspec.Raw(
                        msgspec.json.encode(
                            {
                                "page": one.page,
                                "person": one.person,
                                "method": one.method,
                                "channel": self._channel.name,
                            }
                        )
                    ),
                )
                for one in claimed.suppressed
            ],
        )


def attempted(receipt: Receipt) -> Attempted:
    """What a receipt means to the rules of delivery."""
    if receipt.outcome is Outcome.FAILED and receipt.permanent:
        return Attempted.REFUSED
    return Attempted(receipt.outcome.value)
