"""The story of each test."""

from collections.abc import Iterator

import pytest

from tests.acceptance.story import Story
from tests.database import Database


@pytest.fixture
def story(database: Database) -> Iterator[Story]:
    """An empty house at a fixed time, a Sunday night."""
    told = Story(database)
    told.at("2026-11-22 02:00")
    yield told
    told.close()
