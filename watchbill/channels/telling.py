"""Tells notices over the channels, quietly and a few at a time: the work of a lane of its own, so that no page waits for one."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from watchbill.channels.contract import BadSettings, Channel, Notice, Outcome, Receipt
from watchbill.channels.sender import SEND_AT_MOST, attempted
from watchbill.engine.delivery import PageState, after
from watchbill.engine.directory import ContactMethod
from watchbill.engine.notification import quiet_methods
from watchbill.oncall.outgoing import Outgoing, claim, settle
from watchbill.runtime.clock import monotonic
from watchbill.runtime.database import Database, one_line
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.seal import Seal

RETRY_FOR = 6 * 3600  # seconds; older news of a hand-off helps nobody
MOST_METHODS = 3  # ways that one attempt tries, each within SEND_AT_MOST: the claim lasts a minute
WIDTH = 2  # at once; fewer than the connections that a channel shares with pages
POLL = 5.0  # seconds

_object = msgspec.json.Decoder(dict[str, Any])

log = structlog.get_logger()


class Batch(Struct, frozen=True):
    """See runtime.outbox.Batch."""

    messages: tuple[Outgoing, ...] = ()
    after: int = 0
    found: bool = False


class Teller:
    """See runtime.outbox.Work. `show`: the address of an incident."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        *,
        database: Database,
        seal: Seal,
        show: Callable[[int], str],
        metrics: Metrics,
    ) -> None:
        self._channels = channels
        self._database = database
        self._show = show
        self._metrics = metrics
        self._open = lru_cache(maxsize=4096)(lambda stored: seal.open(_object.decode(stored)))

    async def claim(self, *, after: int, most: int) -> Batch:
        """Leases what is due, for a minute."""
        async with self._database.transaction(lazily=True) as link:
            found = await claim(link, most=most)
        return Batch(found, found=bool(found))

    async def send(self, message: Outgoing) -> bool:
        """Tells one notice and writes what became of it. Where that cannot be written it is told again."""
        began = monotonic()
        receipt = await self._tell(message)
        now = message.at + timedelta(seconds=monotonic() - began)
        then = after(
            attempted(receipt),
            attempts=message.attempt,
            created_at=message.created_at,
            retry_for=RETRY_FOR,
            retry_after=receipt.retry_after,
            now=now,
        )
        state = "due" if then.due_at else "failed" if then.state is PageState.FAILED else "sent"
        try:
            async with self._database.link() as link:
                await settle(link, message, state=state, due_at=then.due_at, detail=receipt.detail[:500])
        except Exception as fault:
            log.warning("notice_unsettled", notice=message.id, error=one_line(fault))
        return False

    async def _tell(self, notice: Outgoing) -> Receipt:
        """Over the best way that does not refuse it for good."""
        methods = [method for method in quiet_methods(notice.person) if method.channel in self._channels]
        receipt = Receipt(Outcome.FAILED, "The person has no contact method that is switched on.", permanent=True)
        if not notice.person.active:
            return Receipt(Outcome.FAILED, "The person is switched off.", permanent=True)
        for method in methods[:MOST_METHODS]:
            receipt = await self._attempt(notice, method)
            if not receipt.permanent:
                break
        return receipt

    async def _attempt(self, notice: Outgoing, method: ContactMethod) -> Receipt:
        channel = self._channels[method.channel]
        began = monotonic()
        receipt = await self._over(channel, notice, method)
        self._metrics.notice(channel.name, receipt.outcome)
        log.info(
            "notice_attempted",
            notice=notice.id,
            kind=notice.kind,
            channel=channel.name,
            attempt=notice.attempt,
            outcome=receipt.outcome,
            detail=receipt.detail,
            ms=round((monotonic() - began) * 1000, 1),
        )
        return receipt

    async def _over(self, channel: Channel, notice: Outgoing, method: ContactMethod) -> Receipt:
        try:
            settings = self._open(notice.settings[method.id])
            channel.check(settings)
        except BadSettings as fault:
            return Receipt(Outcome.FAILED, f"The contact method's settings will not do: {fault}", permanent=True)
        except ValueError as fault:
            log.error("settings_unreadable", notice=notice.id, method=method.id, error=str(fault))
            return Receipt(Outcome.FAILED, "The contact method's settings cannot be read.", permanent=True)
        try:
            async with asyncio.timeout(SEND_AT_MOST):
                return await channel.tell(self._notice(notice, settings))
        except TimeoutError:
            return Receipt(Outcome.UNKNOWN, f"No answer within {SEND_AT_MOST:.0f} s.")
        except Exception as fault:
            log.exception("adapter_failed", channel=channel.name, notice=notice.id)
            return Receipt(Outcome.UNKNOWN, f"A fault of Watchbill's own: {type(fault).__name__}")

    def _notice(self, notice: Outgoing, settings: Mapping[str, Any]) -> Notice:
        return Notice(
            id=notice.id,
            attempt=notice.attempt,
            kind=notice.kind,
            subject=notice.subject,
            body=notice.body,
            at=notice.created_at,
            person=notice.person.name,
            settings=settings,
            zone=notice.zone,
            url=self._show(notice.incident) if notice.incident else "",
        )
