"""Monitors: they say that something is wrong, say it again, and say when it is over; and they repeat what got no answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from sim.chance import Chance
from sim.profile import DAY, Profile
from watchbill.engine.facts import AlertAcknowledged, AlertResolved, AlertTriggered, ChangeReported, Fact
from watchbill.engine.words import Severity

Post = Callable[[str, Sequence[Fact]], Awaitable[None]]
"""Sends facts to some node, as who, and returns when one has said yes."""

SEVERITIES = (Severity.CRITICAL, Severity.ERROR, Severity.ERROR, Severity.WARNING, Severity.INFO)


class Monitor:
    """What watches one service. `until`: seconds after which nothing new goes wrong."""

    def __init__(self, service: int, chance: Chance, profile: Profile, post: Post, *, until: float) -> None:
        self._service = service
        self._who = f"monitor of service {service}"
        self._chance = chance
        self._profile = profile
        self._post = post
        self._until = until
        self._count = 0
        self._left: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Troubles, storms and changes, one after another and side by side."""
        loop = asyncio.get_running_loop()
        storms = self._profile.storms_a_day / 3
        a_day = self._profile.troubles_a_day + storms
        while True:
            await asyncio.sleep(self._chance.pause(DAY / a_day))
            if loop.time() > self._until:
                return
            if self._chance.happens(storms / a_day):
                for _ in range(self._chance.within(5, 40)):
                    self._begin(self._trouble(short=True))
            else:
                self._begin(self._trouble(short=False))
            if self._chance.happens(0.1):
                await self._post(self._who, [ChangeReported(service=self._service, summary=f"deploy {self._count}")])

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._left.add(task)
        task.add_done_callback(self._left.discard)

    async def _trouble(self, *, short: bool) -> None:
        """One thing goes wrong, perhaps gets worse, and mostly ends."""
        chance = self._chance
        self._count += 1
        key = f"s{self._service}-{self._count if chance.happens(0.8) else chance.within(1, 3)}"
        if short:
            await asyncio.sleep(chance.between(0, 120))
        severity = chance.one_of(SEVERITIES)
        await self._says(key, severity, 0)
        for time in range(chance.within(0, 3)):
            await asyncio.sleep(chance.skewed(20, 900))
            worse = Severity.CRITICAL if chance.happens(0.2) else severity
            await self._says(key, worse, time + 1 if chance.happens(0.3) else 0)
        if chance.happens(0.05):
            await self._post(self._who, [AlertAcknowledged(service=self._service, dedup_key=key)])
        await asyncio.sleep(chance.skewed(30, 30_000))
        if chance.happens(0.9):
            await self._post(self._who, [AlertResolved(service=self._service, dedup_key=key)])

    async def _says(self, key: str, severity: Severity, version: int) -> None:
        summary = f"{key} is ill" if not version else f"{key} is ill, {version}"
        await self._post(
            self._who, [AlertTriggered(service=self._service, dedup_key=key, summary=summary, severity=severity)]
        )
