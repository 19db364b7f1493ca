"""Shows how far each stage is, and how long the whole still takes."""

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from proof.kept import Kept
from proof.plan import STAGES, Piece
from proof.runner import CORES, Runner, UnderWay

ALMOST = 0.97  # of a piece that takes longer than was thought


class Display:
    """One line for each stage and one for the whole; where nobody looks at a terminal, a line for each piece."""

    def __init__(self, pieces: Sequence[Piece], kept: Kept, console: Console) -> None:
        self._pieces = pieces
        self._kept = kept
        self._console = console
        self._took: dict[str, float] = {}
        for some in kept.results(pieces).values():
            self._took.update((result.name, result.seconds) for result in some)
        columns = (
            TextColumn("{task.description:8}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[said]}"),
        )
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {
            stage: self.progress.add_task(stage, total=1.0, said="") for stage in (*STAGES, "whole")
        }

    def changed(self, runner: Runner, ended: UnderWay | None, left_figures: bool) -> None:
        """A piece has ended, or time has passed."""
        if ended is not None:
            self._took[ended.piece.name] = ended.seconds
            if not left_figures:
                self._console.print(f"[red]{ended.piece.name}[/]: {self._kept.broken[ended.piece.name]}")
            elif ended.process.returncode:
                self._console.print(f"[red]{ended.piece.name}[/] found something wrong")
        left = self._left(runner)
        if ended is not None and not self._console.is_terminal:
            done = len(self._took)
            how = f"{ended.piece.name} took {ended.seconds:.0f} s; {done} of {len(self._pieces)} pieces"
            self._console.print(f"{how}, about {_minutes(left)} left")
        for stage in STAGES:
            self._show(stage, [piece for piece in self._pieces if piece.stage == stage], runner)
        self._show("whole", self._pieces, runner, left)

    def _show(self, name: str, pieces: Sequence[Piece], runner: Runner, left: float | None = None) -> None:
        under_way = {one.piece.name: one.seconds for one in runner.under_way}
        total = sum(self._expected(piece) for piece in pieces)
        done = 0.0
        for piece in pieces:
            if piece.name in self._took:
                done += self._expected(piece)
            elif piece.name in under_way:
                done += min(under_way[piece.name], ALMOST * self._expected(piece))
        ended = sum(piece.name in self._took for piece in pieces)
        said = f"{ended} of {len(pieces)}" if left is None else f"about {_minutes(left)} left"
        self.progress.update(self._tasks[name], total=max(total, 0.1), completed=done, said=said)

    def _expected(self, piece: Piece) -> float:
        """Seconds: what it took, else what others of its stage have taken, else what was thought."""
        if piece.name in self._took:
            return self._took[piece.name]
        alike = [self._took[one.name] for one in self._pieces if one.stage == piece.stage and one.name in self._took]
        return sum(alike) / len(alike) if alike else piece.seconds

    def _left(self, runner: Runner) -> float:
        """Seconds. What wants to be alone comes by itself, the rest side by side."""
        alone = side_by_side = 0.0
        under_way = [(one.piece, max(1.0, self._expected(one.piece) - one.seconds)) for one in runner.under_way]
        for piece, seconds in (*under_way, *((piece, self._expected(piece)) for piece in runner.waiting)):
            if piece.alone:
                alone += seconds
            else:
                side_by_side += seconds
        return alone + side_by_side / CORES


def told_before(kept: Kept, pieces: Sequence[Piece]) -> int:
    """How many of these pieces an earlier run has done."""
    return sum(map(kept.has, pieces))


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
