"""docs/guide/rota.md: each of its commands is run, and answers what the page says."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.acceptance.story import Story
from tests.asking import as_url, story
from tests.guide.page import Command, File, missing, steps_of
from watchbill.cli.main import app

__all__ = ["story"]

PAGE = Path(__file__).parents[2] / "docs/guide/rota.md"
Run = Callable[[str], str]


@pytest.fixture
def run(story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command of the page, in a folder with its files, and answers what it prints."""
    story.at("2026-11-27 17:00", zone="Europe/Madrid")
    for name, value in {
        "COLUMNS": "100",
        "TZ": "UTC",
        "WATCHBILL_SECRET_KEY": "a key of more than thirty-two characters",
        "WATCHBILL_PUBLIC_URL": "https://watchbill.example.org",
        "WATCHBILL_SMTP_URL": "smtp://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def answer(words: str) -> str:
        program, *rest = shlex.split(words)
        assert program == "watchbill", words
        return CliRunner().invoke(app, [*rest, "--database-url", as_url(story.database.url)]).output

    return answer


def test_every_command_of_the_page_answers_what_the_page_says(run: Run) -> None:
    commands = 0
    for step in steps_of(PAGE.read_text()):
        if isinstance(step, File):
            Path("rota.yaml").write_text(step.text)
            continue
        told = run(step.words)
        assert not (line := missing(step.answers, told)), f"$ {step.words}\n{told}\n\nThe page says otherwise: {line}"
        commands += 1
    assert commands > 10


@pytest.mark.parametrize(
    ("answers", "told", "lacks"),
    [
        (("a", "b"), "a\n\n  b\n", ""),
        (("a", "b"), "b\na\n", "a"),
        (("a",), "a\nb\n", "(and then:) b"),
        (("a", "…"), "a\nb\nc\n", ""),
        (("a", "c"), "a\nb\nc\n", "c"),
        (("a", "…", "c"), "a\nb\nc\n", ""),
        (("key wb…  end",), "key wbxyz end", ""),
        (("key wb…  end",), "key xyz end", "key wb…  end"),
        ((), "a\n", "(and then:) a"),
    ],
)
def test_a_page_that_says_something_else_is_noticed(answers: tuple[str, ...], told: str, lacks: str) -> None:
    assert missing(answers, told) == lacks


def test_a_page_is_files_and_commands_in_their_order() -> None:
    page = "Write:\n```yaml\na: 1\n```\nand\n```console\n$ watchbill who\nAna\n\n$ watchbill plan x\n```\n```\nnot run\n```\n"
    assert steps_of(page) == [File("a: 1\n"), Command("watchbill who", ("Ana",)), Command("watchbill plan x", ())]
