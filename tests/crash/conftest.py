"""The hall in which nodes die: one for each worker, in a database of its own."""

import os
from collections.abc import Iterator, Mapping

import pytest

from tests.crash.hall import Hall
from tests.crash.proof import count_points, hall_of, quiet, seen_by_django
from tests.crash.sweep import Ran


@pytest.fixture(scope="session")
def one_hall(server_url: str) -> Iterator[Hall]:
    """Made once. Ask for `hall` instead."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with hall_of(server_url, f"watchbill_crash_{worker}_{os.getpid()}") as hall:
        yield hall


@pytest.fixture
def hall(one_hall: Hall) -> Iterator[Hall]:
    """The hall, and Django sees it."""
    with seen_by_django(one_hall), quiet():
        yield one_hall


@pytest.fixture(scope="session")
def calm(one_hall: Hall) -> Mapping[str, Ran]:
    """Every scenario as it goes when nobody dies."""
    with seen_by_django(one_hall):
        return count_points(one_hall)
