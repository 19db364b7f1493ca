"""Stories are told here too, and then looked at."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.acceptance.story import Story
from tests.asking import as_url, ask, story
from watchbill.cli.main import app

__all__ = ["Run", "ask", "run", "story", "told"]

Run = Callable[..., Any]


@pytest.fixture
def run(story: Story, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the story's database, in a terminal of 80 columns; answers its result."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TZ", "UTC")
    return lambda *words: CliRunner().invoke(app, [*words, "--database-url", as_url(story.database.url)])


def told(run: Run, *words: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(run(*words, "--json").stdout)
