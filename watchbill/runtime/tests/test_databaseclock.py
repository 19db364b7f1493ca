"""The database's clock, reckoned while it cannot be asked."""

from datetime import UTC, datetime, timedelta

import pytest

from watchbill.runtime import clock
from watchbill.runtime.databaseclock import UNKNOWN, DatabaseClock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(("woke", "walked"), [(100.0, 100.0), (3.0, 100.0), (100.0, -3600.0)])
def test_the_time_of_the_database_is_never_reckoned_too_early(
    woke: float, walked: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = DatabaseClock()
    assert told.at_most() == UNKNOWN
    asked = (clock.monotonic(), clock.wall())
    told.told(NOON, asked)
    monkeypatch.setattr(clock, "_monotonic", lambda: asked[0] + woke)
    monkeypatch.setattr(clock, "_wall", lambda: asked[1] + timedelta(seconds=walked))
    assert NOON + timedelta(seconds=100) < told.at_most() < NOON + timedelta(seconds=101)
    told.told(NOON + timedelta(seconds=100), told.asking())
    assert told.was_right(NOON + timedelta(seconds=50)), "nothing was set"
