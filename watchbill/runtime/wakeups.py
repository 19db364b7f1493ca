"""Wakes incidents whose time has come: the nearest one is slept for, a poll is the truth."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from watchbill.engine.facts import TimePassed
from watchbill.engine.reasons import Reason
from watchbill.runtime.clock import monotonic
from watchbill.runtime.condition import Condition
from watchbill.runtime.database import Database, one_line
from watchbill.runtime.road import Contended, Unavailable
from watchbill.runtime.submit import Committed, Submitter

MOST = 500  # incidents in one transaction
POLL = 1.0  # seconds
AILING_FOR = 30.0  # seconds for which an incident that cannot be stepped is left alone
HELD_UP_FOR = 3.0  # the same while somebody holds its service

DUE = """
SELECT id, service_id FROM incident WHERE due_at <= (SELECT app_now()) AND id <> ALL(%b::bigint[])
ORDER BY due_at LIMIT %b
"""
NEXT = """
SELECT extract(epoch FROM min(due_at) - app_now())::float8, (SELECT version FROM configuration) FROM incident
WHERE due_at IS NOT NULL AND id <> ALL(%b::bigint[])
"""

UNKNOWN = Reason.UNKNOWN_INCIDENT

log = structlog.get_logger()


class Wakeups:
    """Hands a `TimePassed` fact in for every incident that is due. `committed` is called after each batch. `poll`: the
    longest sleep, in seconds."""

    def __init__(
        self,
        database: Database,
        submitter: Submitter,
        committed: Callable[[Committed], None],
        *,
        poll: float = POLL,
    ) -> None:
        self._poll = poll
        self._database = database
        self._submitter = submitter
        self._committed = committed
        self._ailing: dict[int, float] = {}
        self._wake = asyncio.Event()
        self._closed = False
        self.condition = Condition()

    def hint(self, due: datetime | None, now: datetime) -> None:
        """An incident will be due at `due`; both are the database's time."""
        if due is not None and (due - now).total_seconds() < self._poll:
            self._wake.set()

    async def run(self) -> None:
        """Steps what is due, batch after batch, and sleeps in between, until it is closed."""
        while not self._closed:
            self._wake.clear()
            try:
                if not await self.once():
                    await self._sleep(await self._until_next())
                self.condition.good()
            except Exception as fault:
                unforeseen = self.condition.bad(one_line(fault)) and not isinstance(fault, Unavailable)
                log.warning("wakeups_failed", error=one_line(fault), exc_info=fault if unforeseen else None)
                await self._sleep(POLL)

    async def once(self) -> bool:
        """Steps one batch of what is due; answers whether there was anything."""
        now = monotonic()
        self._ailing = {number: until for number, until in self._ailing.items() if until > now}
        async with self._database.link() as link:
            rows = await (await link.execute(DUE, [list(self._ailing), MOST])).fetchall()
        facts = [TimePassed(service=service, incident=number) for number, service in rows]
        if facts:
            await self._step(facts)
        return bool(facts)

    def close(self) -> None:
        """Takes up nothing more."""
        self._closed = True
        self._wake.set()

    async def _step(self, facts: list[TimePassed]) -> None:
        try:
            done = await self._submitter.run(facts)
        except Contended as fault:
            services = {fact.service for fact in facts}
            if len(services) > 1:  # one that is held up must not hold the others up
                for service in services:
                    await self._step([fact for fact in facts if fact.service == service])
                return
            log.warning("service_held_up", services=sorted(services), error=str(fault))
            self._leave_alone(facts, HELD_UP_FOR)
        except Unavailable:
            raise
        except Exception as fault:
            if len(facts) > 1:  # one that cannot be stepped must not hold the others up
                for fact in facts:
                    await self._step([fact])
                return
            log.error("incident_cannot_be_stepped", incident=facts[0].incident, error=one_line(fault), exc_info=fault)
            self._leave_alone(facts, AILING_FOR)
        else:
            self._committed(done)
            lost = [fact for fact, said in zip(facts, done.decisions, strict=True) if said.reason is UNKNOWN]
            if lost:  # they are as due as before, and asking at once again would only be a spin
                log.error("incidents_without_a_service", incidents=[fact.incident for fact in lost])
                self._leave_alone(lost, AILING_FOR)

    def _leave_alone(self, facts: Sequence[TimePassed], seconds: float) -> None:
        until = monotonic() + seconds
        self._ailing.update((fact.incident, until) for fact in facts)

    async def _until_next(self) -> float:
        async with self._database.link() as link:
            row = await (await link.execute(NEXT, [list(self._ailing)])).fetchone()
        if row is not None and row[1] != self._submitter.directory.version:
            await self._submitter.refresh()  # so that a revoked key is known on an idle node, too
        seconds = row[0] if row is not None and row[0] is not None else self._poll
        return float(min(max(seconds, 0.005), self._poll))

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
