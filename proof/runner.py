"""Runs the pieces that have no result yet, as many side by side as there are cores for them."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from proof.kept import Kept
from proof.plan import Piece
from proof.tree import ROOT

CORES = 2
LOOKS_EVERY = 0.25  # seconds
GIVES_WAY = 19  # the nice value of what may run beside a piece that measures time
PATIENCE = 20.0  # seconds for a piece to end by itself when the run is broken off


class UnderWay(Struct):
    """A piece that runs. `gives_way`: whether it was started beside one that wants to be alone."""

    piece: Piece
    process: "subprocess.Popen[bytes]"
    began: float
    gives_way: bool

    @property
    def seconds(self) -> float:
        """For how long."""
        return time.monotonic() - self.began


class Runner:
    """`waiting`: pieces that are still to be begun, in order. `changed`: called when a piece has ended, with whether it
    left figures, and now and then in between without one."""

    def __init__(self, pieces: Sequence[Piece], kept: Kept) -> None:
        self.waiting = [piece for piece in pieces if not kept.has(piece)]
        self.under_way: list[UnderWay] = []
        self._kept = kept
        self.changed: Callable[[UnderWay | None, bool], None] = lambda ended, left_figures: None

    def run(self) -> None:
        """Returns when every piece has ended. Broken off, it leaves nothing running."""
        try:
            while self.waiting or self.under_way:
                while (piece := next_piece(self.waiting, self.under_way)) is not None:
                    self._begin(piece)
                time.sleep(LOOKS_EVERY)
                for one in [one for one in self.under_way if one.process.poll() is not None]:
                    self.under_way.remove(one)
                    self.changed(one, self._kept.take(one.piece, one.process.returncode, one.seconds))
                self.changed(None, True)
        finally:
            self._stop()

    def _begin(self, piece: Piece) -> None:
        self.waiting.remove(piece)
        gives_way = any(one.piece.alone for one in self.under_way)
        nice = ("nice", "-n", str(GIVES_WAY)) if gives_way else ()
        with self._kept.log(piece).open("wb") as log:
            process = subprocess.Popen(
                [*nice, *piece.command(self._kept.draft(piece))],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.under_way.append(UnderWay(piece, process, time.monotonic(), gives_way))

    def _stop(self) -> None:
        for one in self.under_way:
            _signal(one, signal.SIGINT)
        until = time.monotonic() + PATIENCE
        for one in self.under_way:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(timeout=max(0.1, until - time.monotonic()))
            _signal(one, signal.SIGKILL)
            one.process.wait()
            self._kept.draft(one.piece).unlink(missing_ok=True)
        self.under_way.clear()


def next_piece(waiting: Sequence[Piece], under_way: Sequence[UnderWay]) -> Piece | None:
    """The one to begin now: the first for which there is room. Beside one that wants to be alone, only a single piece of
    the simulator, which gives way."""
    alone = any(one.piece.alone for one in under_way)
    if len(under_way) >= CORES or not waiting:
        return None
    if alone:
        return next((piece for piece in waiting if piece.stage == "sim"), None)
    return None if waiting[0].alone and under_way else waiting[0]


def _signal(one: UnderWay, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(one.process.pid, number)
