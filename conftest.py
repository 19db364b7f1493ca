"""What holds for the whole suite: nothing leaves this machine, and nothing needs what is not here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import loopback

pytest_plugins = ["tests.database"]


# A busy machine is slow, and that is no fault of what is tested.
settings.register_profile("suite", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    loopback.guard_this_process()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("WATCHBILL_SKIP_INTEROP") == "1":
        left_out = pytest.mark.skip(reason="WATCHBILL_SKIP_INTEROP=1")
        for item in items:
            if item.get_closest_marker("interop"):
                item.add_marker(left_out)


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine() -> Iterator[None]:
    """Fails the test that tried, even where the code under test swallowed the refusal."""
    before = len(loopback.refused)
    yield
    if tried := loopback.refused[before:]:
        pytest.fail("tried to leave this machine: " + "; ".join(tried), pytrace=False)
