"""Asks for the calendars of elsewhere that the installation subscribes to, now and then, through the egress."""

import asyncio

import structlog

from watchbill.channels.contract import Outcome
from watchbill.channels.egress import Egress
from watchbill.oncall import subscriptions
from watchbill.oncall.calendars.parse import MOST_BYTES, Unreadable
from watchbill.oncall.calendars.people import Names
from watchbill.oncall.subscriptions import Copy, Subscription
from watchbill.runtime.condition import Condition
from watchbill.runtime.database import Database, one_line
from watchbill.runtime.road import Unavailable
from watchbill.runtime.seal import Seal
from watchbill.settings import BadSetting

POLL = 20.0  # seconds
MOST = 20  # calendars in one turn
HEADERS = {"Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1"}

log = structlog.get_logger()


class Fetcher:
    """Looks for calendars that are due until it is closed, one after the other: a slow server delays calendars only."""

    def __init__(self, database: Database, egress: Egress, seal: Seal) -> None:
        self._database = database
        self._egress = egress
        self._seal = seal
        self._closed = asyncio.Event()
        self.condition = Condition()

    async def run(self) -> None:
        """Looks every few seconds."""
        while not self._closed.is_set():
            try:
                await self.once()
                self.condition.good()
            except Exception as fault:
                unforeseen = self.condition.bad(one_line(fault)) and not isinstance(fault, Unavailable)
                log.warning("calendars_failed", error=one_line(fault), exc_info=fault if unforeseen else None)
            await self._pause()

    async def once(self) -> int:
        """Asks for what is due; answers how many calendars that were."""
        async with self._database.transaction() as link:
            due = await subscriptions.claim(link, most=MOST)
            known = await subscriptions.names(link) if due else None
        for one in due:
            assert known is not None
            if self._closed.is_set():
                break
            try:
                await self._refresh(one, known)
            except Exception as fault:  # of one calendar: the others are read all the same
                log.warning("calendar_failed", calendar=one.id, error=one_line(fault), exc_info=fault)
        return len(due)

    def close(self) -> None:
        """Takes up nothing more."""
        self._closed.set()

    async def close_connections(self) -> None:
        """Frees those of its own egress."""
        await self._egress.close()

    async def _refresh(self, one: Subscription, known: Names) -> None:
        read = await self._read(one, known)
        if isinstance(read, str):
            async with self._database.transaction() as link:
                await subscriptions.fail(link, one, read)
            log.warning("calendar_not_read", calendar=one.id, rotation=one.rotation, person=one.person, error=read)
            return
        async with self._database.transaction() as link:
            news = await subscriptions.keep(link, one, read)
        log.info("calendar_read", calendar=one.id, shifts=len(read.shifts), problems=len(read.problems), news=news)
        for absence in read.away:
            async with self._database.transaction() as link:
                await subscriptions.ask_for_cover(link, one.person, absence, one.now)

    async def _read(self, one: Subscription, known: Names) -> Copy | str:
        """The copy, or why there is none."""
        try:
            url = str(self._seal.open(one.settings).get("url", ""))
        except BadSetting as fault:
            return str(fault)
        reply = await self._egress.get(url, HEADERS, most=MOST_BYTES)
        if reply.receipt.outcome is not Outcome.ACCEPTED:
            return reply.receipt.detail
        try:
            # On a thread: a large calendar takes a second, and the loop sends pages.
            return await asyncio.to_thread(subscriptions.read, reply.body, one, known)
        except Unreadable as fault:
            return str(fault)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._closed.wait()
        except TimeoutError:
            return
