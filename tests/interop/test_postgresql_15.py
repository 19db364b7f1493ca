"""Any PostgreSQL from 15 on takes the same road: the stories and a served round on Debian's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.database import SERVER
from tests.fakes.http import HttpFake
from tests.fakes.postgres15 import postgres15
from tests.fakes.running import PROJECT, Running, running

pytestmark = [pytest.mark.interop, pytest.mark.slow]


def test_the_stories_hold_on_postgresql_15() -> None:
    with postgres15() as url:
        told = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/acceptance", "-m", "not slow"],
            cwd=PROJECT,
            env={**{k: v for k, v in os.environ.items() if "XDIST" not in k}, SERVER: url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 0, told.stdout[-3000:]


def test_a_served_round_on_postgresql_15(tmp_path: Path) -> None:
    with (
        postgres15() as url,
        HttpFake() as provider,
        running(tmp_path, database_url=url, allow_ports=str(provider.port)) as watchbill,
    ):
        watchbill.seed("webhook", {"url": provider.url})
        assert watchbill.rows("SHOW server_version_num")[0][0].startswith("15")
        assert watchbill.trigger().status == 202
        provider.requests.wait_for(1)
        assert watchbill.trigger(action="resolve").status == 202
        assert watchbill.rows("SELECT status FROM incident") == [("resolved",)]
        second = Running(tmp_path, database_url=url)
        second.start(ready=False)
        assert second.process is not None and second.process.wait(timeout=20) == 1, "one owner for the data folder"
