"""What `serve` does when its PostgreSQL will not start again."""

import pytest

from watchbill.cli import serve
from watchbill.cli.serve import Supervisor
from watchbill.runtime.postgres import PostgresError
from watchbill.settings import Settings


class Postgres:
    """Does not start before it has been asked so often."""

    def __init__(self, *, starts_at: int) -> None:
        self.url = "postgresql:///?host=/somewhere/new"
        self.asked = 0
        self._starts_at = starts_at

    def alive(self) -> bool:
        return self.asked >= self._starts_at

    def start(self) -> None:
        self.asked += 1
        if not self.alive():
            raise PostgresError("The disk is full.", remedy="Make room.")


def test_a_server_that_cannot_be_started_is_tried_again_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor, postgres = Supervisor(Settings()), Postgres(starts_at=2)
    monkeypatch.setattr(supervisor, "_postgres", postgres)
    supervisor._look_after_postgres()
    supervisor._look_after_postgres()
    assert postgres.asked == 1
    assert supervisor._url_now("the old one") == "the old one"
    later = serve.time.monotonic() + serve.LONGEST_PAUSE
    monkeypatch.setattr(serve.time, "monotonic", lambda: later)
    supervisor._look_after_postgres()
    assert postgres.asked == 2
    assert supervisor._url_now("the old one") == postgres.url
