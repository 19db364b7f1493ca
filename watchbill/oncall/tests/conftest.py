"""Stories are told here too, in a house with rotas."""

import pytest

from tests.acceptance.story import Story
from tests.asking import ask, story
from watchbill.oncall.tests.house import House

__all__ = ["ask", "story"]


@pytest.fixture
def house(story: Story) -> House:
    """Ana and Bo take turns in Primary; it is Sunday 2026-11-22, 03:00 in Madrid, and Bo's turn."""
    house = House(story.cast())
    house.rota()
    return house
