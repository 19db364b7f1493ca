"""A service of which something is held up, aside from the road: whatever touches nothing that is held is committed.

Somebody may hold one incident's row for minutes. Whom that concerns is not known before it is tried, and to try costs
the second for which a statement waits for a lock. So a batch that is held up is tried in pieces, and these in pieces again.
What turns out to be held up alone is remembered, tried a few times more between the others, and refused. Behind it waits
whatever is about the same alert or incident; all else goes past.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from watchbill.runtime.clock import monotonic
from watchbill.runtime.handins import HandIn, Services, Subject, next_batch
from watchbill.runtime.road import Contended, ServiceHeld, Unavailable

TRIES = 3
ASIDE_FOR = 4.0  # seconds; whoever has waited for so long is not tried again
PIECES = 16  # one that is held among 2000 is found by three tries that wait, and some fifty that do not
REST = 2.0  # seconds between two tries of what is held: each has the service's lock, which other nodes need
HELD_FOR = 5.0  # seconds for which what was held is taken to be held; so long the service stays aside

log = structlog.get_logger()


class Aside:
    """The hand-ins of `services`. `commit`: commits and answers a batch, or raises. `refuse`: answers one with a fault.
    `room`: to be had for each try, since tries wait on connections that others need too."""

    def __init__(
        self,
        services: Services,
        commit: Callable[[list[HandIn]], Awaitable[None]],
        refuse: Callable[[Sequence[HandIn], Exception], None],
        room: asyncio.Semaphore,
    ) -> None:
        self.services = services
        self._commit = commit
        self._refuse = refuse
        self._room = room
        self._waiting: deque[HandIn] = deque()
        self._pieces: deque[list[HandIn]] = deque()  # of one batch that was held up, in order
        self._held: list[HandIn] = []  # those that were held up alone, and those behind them
        self._known: dict[Subject, float] = {}  # what is held, and until when that is believed
        self._rests_until = 0.0
        self._came = asyncio.Event()
        self._closed = False

    def add(self, hand_in: HandIn) -> None:
        """Takes one in, behind those that wait."""
        hand_in.until = monotonic() + ASIDE_FOR
        self._waiting.append(hand_in)
        self._came.set()

    def close(self) -> None:
        """Lets `run` return as soon as nothing waits."""
        self._closed = True
        self._came.set()

    def drop(self) -> list[HandIn]:
        """All that are not with the database just now; they are somebody else's to answer."""
        dropped = [*(one for piece in self._pieces for one in piece), *self._held, *self._waiting]
        self._pieces.clear()
        self._held.clear()
        self._waiting.clear()
        return dropped

    async def run(self) -> None:
        """Tries until nothing waits and nothing is known to be held."""
        while True:
            if self._pieces or self._waiting or self._held_is_due():
                async with self._room:
                    await self._turn()
            elif not await self._more_comes():
                return

    async def _turn(self) -> None:
        """One try. What is new goes first, since it may be free."""
        now = monotonic()
        self._known = {subject: until for subject, until in self._known.items() if until > now}
        if self._waiting and not self._pieces:
            self._pieces.append(next_batch(self._waiting))
        if self._pieces:
            await self._try(self._past_what_is_held(self._in_time(self._pieces.popleft())))
        elif self._held:
            first = self._held.pop(0)
            self._believe(first)  # until it is through, nobody gets past it
            await self._try(self._in_time([first]))

    async def _try(self, piece: list[HandIn]) -> None:
        if not piece:
            return
        try:
            await self._commit(piece)
        except ServiceHeld as fault:
            self._keep_all(piece, fault)
        except Contended as fault:
            if len(piece) == 1:
                self._keep(piece[0], fault)
            else:
                self._in_pieces(piece, -(-len(piece) // PIECES))
        except Unavailable as fault:
            self._refuse(piece, fault)
        except Exception as fault:  # one that cannot be written must not take the others with it
            if len(piece) == 1:
                self._refuse(piece, fault)
            else:
                self._in_pieces(piece, 1)
        else:
            self._let_go(piece)

    def _in_pieces(self, piece: list[HandIn], size: int) -> None:
        parts = [piece[start : start + size] for start in range(0, len(piece), size)]
        self._pieces.extendleft(reversed(parts))

    def _in_time(self, piece: list[HandIn]) -> list[HandIn]:
        """Those of a piece that may still be tried; the others are refused."""
        now = monotonic()
        late = [one for one in piece if one.until < now or one.answer.done()]
        if late:
            self._refuse(late, Contended("Its service is held up.", retry_after=2))
        return [one for one in piece if one not in late] if late else piece

    def _past_what_is_held(self, piece: list[HandIn]) -> list[HandIn]:
        """Those of a piece that are about nothing that is held; the others go behind that."""
        held = set(self._known).union(*(one.subjects for one in self._held))
        behind, free = _sorted_by(held, piece)
        self._held += behind
        return free

    def _keep(self, one: HandIn, fault: Contended) -> None:
        """It is held up by itself: it and whoever is behind it go to the end, or are refused together."""
        one.tries += 1
        self._believe(one)
        self._rests_until = monotonic() + REST
        behind, others = _sorted_by(set(one.subjects), self._held)
        if one.tries < TRIES:
            self._held = [*others, one, *behind]
            return
        self._held = others
        log.warning("incident_held_up", services=sorted(self.services), error=str(fault))
        self._refuse([one, *behind], fault)

    def _believe(self, one: HandIn) -> None:
        self._known.update(dict.fromkeys(one.subjects, monotonic() + HELD_FOR))

    def _keep_all(self, piece: list[HandIn], fault: ServiceHeld) -> None:
        """The service itself is held: no piece of it can do better."""
        for one in piece:
            one.tries += 1
        if any(one.tries >= TRIES for one in piece):
            log.warning("service_held_up", services=sorted(self.services), error=str(fault))
            self._refuse([*piece, *self.drop()], fault)
        elif len(piece) == 1 and not self._known.keys().isdisjoint(piece[0].subjects):
            self._held.insert(0, piece[0])
        else:
            self._pieces.appendleft(piece)

    def _let_go(self, piece: list[HandIn]) -> None:
        """What was committed is held no more, and whoever waited behind it is tried next."""
        freed = [subject for one in piece for subject in one.subjects if self._known.pop(subject, None)]
        if freed and self._held:
            self._pieces.append(self._held)
            self._held = []

    async def _more_comes(self) -> bool:
        """Waits while something is held. What comes next is probably about that, and better tried here."""
        until = min(self._rests_until, self._held[0].until) if self._held else max(self._known.values(), default=0.0)
        pause = until - monotonic()
        if not self._held and (self._closed or pause <= 0):
            return False
        self._came.clear()
        try:
            async with asyncio.timeout(pause):
                await self._came.wait()
        except TimeoutError:
            return bool(self._held or self._waiting)
        return True

    def _held_is_due(self) -> bool:
        return bool(self._held) and monotonic() >= min(self._rests_until, self._held[0].until)


def _sorted_by(subjects: set[Subject], hand_ins: Iterable[HandIn]) -> tuple[list[HandIn], list[HandIn]]:
    """Those that are about one of these subjects or behind one that is, and the others; each in order."""
    behind: list[HandIn] = []
    others: list[HandIn] = []
    for one in hand_ins:
        if subjects.isdisjoint(one.subjects):
            others.append(one)
        else:
            subjects = subjects | one.subjects
            behind.append(one)
    return behind, others
