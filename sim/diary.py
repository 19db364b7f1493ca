"""What happened in a world, line by line, for whoever looks at a seed. Kept only where somebody will."""

from msgspec import Struct


class Note(Struct, frozen=True):
    """`at`: seconds since the beginning. `who`: a node, a person, a monitor, a provider, or "chaos". `what`: in words.
    `incident`: its number, or 0."""

    at: float
    who: str
    what: str
    incident: int = 0


class Diary:
    """`kept`: whether notes are kept at all."""

    def __init__(self, *, kept: bool) -> None:
        self.kept = kept
        self.notes: list[Note] = []

    def note(self, at: float, who: str, what: str, incident: int = 0) -> None:
        """Writes one line."""
        if self.kept:
            self.notes.append(Note(at, who, what, incident))


def told_time(seconds: float) -> str:
    """`3 days 04:05:06.7`, from the beginning of the world."""
    day, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    return f"day {int(day) + 1} {int(hours):02}:{int(minutes):02}:{left:06.3f}"
