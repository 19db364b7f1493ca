"""What the database's clock may show while the database cannot be asked; for events that are kept on a node's disk.

To take a trigger for older than it is would end an alert that still fires. So this errs to one side only: the time given is
never before the database's own, unless that was set, and where it was set nothing said before is believed.
"""

from datetime import UTC, datetime, timedelta

from watchbill.runtime.clock import monotonic, wall

UNKNOWN = datetime.max.replace(tzinfo=UTC)  # nothing is later
DRIFT = 0.001  # seconds in a second; two clocks that are being corrected drift no faster from each other

Asked = tuple[float, datetime]


class DatabaseClock:
    """Told what the database's clock showed, says what it shows at most by now."""

    def __init__(self) -> None:
        self._seen: tuple[datetime, Asked] | None = None
        self._right_since: datetime | None = None

    def asking(self) -> Asked:
        """Now, on this machine; to be called before the database is asked for its time."""
        return monotonic(), wall()

    def told(self, now: datetime, asked: Asked) -> None:
        """The database has said that it is `now`."""
        # It was set, or is another server's; what was reckoned by the old one is worth nothing.
        if now > self.at_most():
            self._right_since = now
        self._seen = now, asked

    def at_most(self) -> datetime:
        """The database's time, or a little later. UNKNOWN before it was first told."""
        if self._seen is None:
            return UNKNOWN
        now, (began, began_wall) = self._seen
        # The monotonic clock stands still while a machine sleeps, the wall clock may be set back: the later one counts.
        passed = max(monotonic() - began, (wall() - began_wall).total_seconds())
        return now + timedelta(seconds=passed * (1 + DRIFT))

    def was_right(self, reckoned: datetime | None) -> bool:
        """Whether a time that was reckoned by `at_most` may be held against times of the database."""
        return reckoned is not None and (self._right_since is None or reckoned > self._right_since)
