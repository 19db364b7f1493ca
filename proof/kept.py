"""What the pieces have written, kept from run to run, so that none is run twice."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from proof.plan import Piece

MINUTES = "minutes"


class Result(Struct, frozen=True):
    """What became of one piece. `seconds`: by the clock on the wall. `told`: its own JSON."""

    stage: str
    name: str
    status: int
    seconds: float
    told: dict[str, Any]


class Kept:
    """The results in `folder`, one file each. `broken`: pieces that ended without one, and how; they are run again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def draft(self, piece: Piece) -> Path:
        """Where the piece writes; it counts only once it is taken."""
        return self.folder / f"{piece.name}.draft"

    def log(self, piece: Piece) -> Path:
        """Where what it says goes."""
        return self.folder / f"{piece.name}.log"

    def has(self, piece: Piece) -> bool:
        """Whether it need not be run again."""
        return self._path(piece).exists()

    def take(self, piece: Piece, status: int, seconds: float) -> bool:
        """Keeps what an ended piece has written; answers whether it had written anything."""
        draft = self.draft(piece)
        try:
            told = json.loads(draft.read_bytes()) if status in (0, 1) else None
        except (OSError, ValueError):
            told = None
        draft.unlink(missing_ok=True)
        if not isinstance(told, dict):
            self.broken[piece.name] = f"It ended with {status} and wrote no figures; see {self.log(piece).name}."
            return False
        self.broken.pop(piece.name, None)
        result = Result(piece.stage, piece.name, status, round(seconds, 1), told)
        half = self._path(piece).with_suffix(".half")
        half.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))
        half.replace(self._path(piece))
        return True

    @property
    def minutes(self) -> float:
        """How long all runs have taken so far, by the clock on the wall."""
        path = self.folder / MINUTES
        return float(path.read_text()) if path.exists() else 0.0

    def add_minutes(self, minutes: float) -> None:
        """A run is over, also where it was broken off."""
        (self.folder / MINUTES).write_text(f"{self.minutes + minutes:.2f}\n")

    def results(self, pieces: Sequence[Piece]) -> Mapping[str, list[Result]]:
        """What there is of these pieces, by stage."""
        found: dict[str, list[Result]] = {}
        for piece in pieces:
            if self.has(piece):
                result = msgspec.json.decode(self._path(piece).read_bytes(), type=Result)
                found.setdefault(piece.stage, []).append(result)
        return found

    def _path(self, piece: Piece) -> Path:
        return self.folder / f"{piece.name}.json"
