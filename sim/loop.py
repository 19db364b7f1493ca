"""An event loop whose time jumps from one thing to the next, and in which a part of the world can stand still or die.

Each callback belongs to whoever its context names (`OWNER`): a node that is killed never runs again, one that is frozen
runs later. Nothing here waits, reads a file or asks the time, so one seed gives one run.
"""

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from heapq import heappop, heappush
from typing import Any


class Life:
    """Whether an owner of callbacks runs. `late`: what it will do when it is thawed. `skew`: how wrong its own clock is,
    in seconds; nothing may depend on it."""

    __slots__ = ("dead", "frozen", "late", "skew")

    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew
        self.dead = False
        self.frozen = False
        self.late: deque[asyncio.Handle] = deque()


OWNER: ContextVar[Life | None] = ContextVar("owner", default=None)


class VirtualLoop(asyncio.AbstractEventLoop):  # the rest of the interface is for what touches the outside
    """`time()`: seconds since the beginning of the world."""

    def __init__(self) -> None:
        self._now = 0.0
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self._closed = False
        self.steps = 0
        self.faults: list[BaseException] = []

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._now

    def run_until(self, end: float) -> None:
        """Does everything that falls due up to `end`, and leaves the time there. Raises the first fault of a task that
        nobody awaited."""
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            while True:
                self._run_ready()
                while self._timers and self._timers[0][2]._cancelled:
                    heappop(self._timers)
                if not self._timers or self._timers[0][0] > end:
                    break
                when, _, handle = heappop(self._timers)
                self._now = max(self._now, when)
                self._ready.append(handle)
            self._now = max(self._now, end)
        finally:
            events._set_running_loop(before)

    def thaw(self, life: Life) -> None:
        """Lets an owner run on; what it missed comes now, in order."""
        life.frozen = False
        self._ready.extend(life.late)
        life.late.clear()

    def _run_ready(self) -> None:
        ready = self._ready
        while ready:
            handle = ready.popleft()
            if handle._cancelled:
                continue
            life = handle._context.get(OWNER)  # type: ignore[attr-defined]  # typeshed does not tell of it
            if life is not None:
                if life.dead:
                    continue
                if life.frozen:
                    life.late.append(handle)
                    continue
            self.steps += 1
            handle._run()
            if self.faults:
                raise self.faults[0]

    # What asyncio asks of a loop

    def call_soon(  # type: ignore[override]  # typeshed has a TypeVarTuple here
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(  # type: ignore[override]  # the same TypeVarTuple as above
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heappush(self._timers, (when, self._count, handle))
        return handle

    def call_later(  # type: ignore[override]  # the same TypeVarTuple as above
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]  # typeshed names a generic of its own
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> "asyncio.Task[Any]":
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # those of the dead are never finished
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Forgets everything."""
        self._closed = True
        self._ready.clear()
        self._timers.clear()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are passed over when their time comes."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A task that failed and that nobody asked: a fault of the product, or of the simulator."""
        fault = context.get("exception")
        if isinstance(fault, BaseException):
            self.faults.append(fault)
