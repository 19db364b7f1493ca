"""Hands in what was spooled, oldest first, and forgets it after its commit.

A service that somebody holds up waits by itself, and so does an alert whose incident somebody holds. What the database refuses for itself is set aside, where it stays.
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog
from msgspec import Struct

from watchbill.engine import facts
from watchbill.engine.facts import Fact
from watchbill.runtime.clock import monotonic
from watchbill.runtime.database import one_line
from watchbill.runtime.handins import Subject, subject_of
from watchbill.runtime.road import Contended, ServiceHeld, Unavailable
from watchbill.runtime.shelf import Shelf
from watchbill.runtime.submit import Committed

MOST = 1000  # facts in one transaction; who sends meanwhile waits for it to end
MOST_AHEAD = 20_000  # facts that may be handed in past one that is held up
TRIES_ALONE = 3
MOST_HELD = 3  # alerts of one service that are waited for, one after the other, before the service is left alone
HELD_UP_FOR = 1.0  # seconds for which a service that somebody holds is left alone, or an alert

Spoolable = (
    facts.AlertTriggered
    | facts.AlertAcknowledged
    | facts.AlertResolved
    | facts.ChangeReported
    | facts.Acknowledged
    | facts.Unacknowledged
    | facts.Resolved
    | facts.Reopened
    | facts.Snoozed
    | facts.Reassigned
    | facts.EscalatedNow
    | facts.TimePassed
    | facts.PageFailed
)

encode: Callable[[Fact], bytes] = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Spoolable] = msgspec.json.Decoder(Spoolable)

log = structlog.get_logger()


def decode(content: bytes) -> Fact:
    """The fact that `encode` wrote. Raises msgspec.MsgspecError for anything else."""
    fact: Fact = _decoder.decode(content)
    return fact


class _Waiting(Struct, frozen=True):
    position: int
    content: bytes
    fact: Fact


class Drain:
    """Takes from `shelf`, decides and commits by `run`, and calls `committed` after each batch."""

    def __init__(
        self,
        shelf: Shelf,
        run: Callable[[Sequence[Fact]], Awaitable[Committed]],
        committed: Callable[[Committed], None],
    ) -> None:
        self._shelf = shelf
        self._run = run
        self._committed = committed
        self._done: set[int] = set()  # committed or set aside, but behind one that is not, so not forgotten
        self._held_up: dict[int, float] = {}
        self._held_alone: dict[Subject | None, float] = {}
        self._passed_over = 0
        self.handed_in = 0

    async def step(self) -> bool:
        """Hands in one batch; answers whether the next may get on. Raises Away, or what the disk or the database says."""
        now = monotonic()
        self._held_up = {service: until for service, until in self._held_up.items() if until > now}
        self._held_alone = {subject: until for subject, until in self._held_alone.items() if until > now}
        taken = await self._shelf.take(min(MOST + len(self._done) + self._passed_over, MOST_AHEAD))
        self._done.intersection_update(position for position, _ in taken)
        before = len(self._done), len(self._held_up), len(self._held_alone)
        try:
            waiting = await self._readable(taken)
            if waiting:
                await self._hand_in(waiting)
        finally:
            moved = before != (len(self._done), len(self._held_up), len(self._held_alone))
            await self._forget([position for position, _ in taken])
        return moved

    async def _readable(self, taken: Sequence[tuple[int, bytes]]) -> list[_Waiting]:
        found: list[_Waiting] = []
        self._passed_over = 0
        for position, content in taken:
            if position in self._done:
                continue
            try:
                one = _Waiting(position, content, decode(content))
            except msgspec.MsgspecError as fault:  # an older Watchbill reads what a newer one wrote
                await self._set_aside(position, content, fault)
                continue
            if one.fact.service in self._held_up or subject_of(one.fact) in self._held_alone:
                self._passed_over += 1
            else:
                found.append(one)
        return found[:MOST]

    async def _hand_in(self, waiting: list[_Waiting]) -> None:
        try:
            await self._commit(waiting)
        except Contended:
            await self._by_service(waiting)
        except Unavailable:
            raise
        except Exception:
            await self._one_by_one(waiting)

    async def _by_service(self, waiting: list[_Waiting]) -> None:
        groups: dict[int, list[_Waiting]] = {}
        for one in waiting:
            groups.setdefault(one.fact.service, []).append(one)
        for service, group in groups.items():
            try:
                await self._commit(group)
            except ServiceHeld as fault:
                self._leave_alone(service, fault)
            except Contended:
                await self._by_subject(group)
            except Unavailable:
                raise
            except Exception:
                await self._one_by_one(group)

    async def _by_subject(self, waiting: list[_Waiting]) -> None:
        """Somebody may hold one incident of a service; its other alerts need not wait for that."""
        groups: dict[Subject | None, list[_Waiting]] = {}
        for one in waiting:
            groups.setdefault(subject_of(one.fact), []).append(one)
        held = 0
        for subject, group in groups.items():
            try:
                await self._commit(group)
            except ServiceHeld as fault:
                self._leave_alone(group[0].fact.service, fault)
                return
            except Contended as fault:
                held += 1
                self._held_alone[subject] = monotonic() + HELD_UP_FOR
                if held == MOST_HELD:
                    self._leave_alone(group[0].fact.service, fault)
                    return
            except Unavailable:
                raise
            except Exception:
                await self._one_by_one(group)

    async def _one_by_one(self, waiting: list[_Waiting]) -> None:
        """Finds those that are refused for themselves. Where nothing at all goes through it is not they who are at
        fault, and they keep their places."""
        before = self.handed_in
        refused: list[tuple[_Waiting, Exception]] = []
        for one in waiting:
            if one.fact.service in self._held_up:
                continue
            fault = await self._alone(one)
            if fault is not None:
                refused.append((one, fault))
        if refused and self.handed_in == before and len(waiting) > 1:
            raise refused[0][1]
        for one, fault in refused:
            await self._set_aside(one.position, one.content, fault)

    async def _alone(self, one: _Waiting) -> Exception | None:
        """Why it was not taken, or None where it was, or where its service is held up."""
        last: Exception | None = None
        for _ in range(TRIES_ALONE):
            try:
                await self._commit([one])
            except Contended as fault:
                self._leave_alone(one.fact.service, fault)
                return None
            except Unavailable:
                raise
            except Exception as fault:
                last = fault
            else:
                return None
        return last

    async def _commit(self, waiting: Sequence[_Waiting]) -> None:
        self._committed(await self._run([one.fact for one in waiting]))
        self._done.update(one.position for one in waiting)
        self.handed_in += len(waiting)

    def _leave_alone(self, service: int, fault: Contended) -> None:
        self._held_up[service] = monotonic() + HELD_UP_FOR
        log.warning("service_held_up", services=[service], error=str(fault))

    async def _set_aside(self, position: int, content: bytes, fault: Exception) -> None:
        kept = await self._shelf.set_aside(position, content)
        self._done.add(position)
        log.error("spooled_event_refused", kept_as=kept, error=one_line(fault), exc_info=fault)

    async def _forget(self, positions: Sequence[int]) -> None:
        """Forgets up to the first one that still waits."""
        last = 0
        for position in positions:
            if position not in self._done:
                break
            last = position
        if last:
            await self._shelf.forget(last)
