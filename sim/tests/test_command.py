"""What `python -m sim` says: to who asks wrongly, and of a world in which a promise is broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sim import run
from sim.command import main
from sim.evidence import Evidence, Violation


def never_content(evidence: Evidence) -> Iterator[Violation]:
    """A checker that finds fault with every world."""
    yield Violation("never_content", "Nothing is ever good enough.", 1)


def test_a_broken_world_is_told_with_its_seed_its_command_and_its_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHECKERS", (*run.CHECKERS, never_content))
    status = main(["--seeds", "7..8", "--days", "1", "--trace", str(tmp_path), "--json", str(tmp_path / "told.json")])
    said = capsys.readouterr().err
    assert status == 1
    assert "Seed 7" in said
    assert "never_content: Nothing is ever good enough. (incident 1)" in said
    assert "Again: python -m sim --seed 7 --days 1 --profile chaos" in said
    assert "BROKEN never_content" in (tmp_path / "seed-7.txt").read_text()
    assert "Nothing is ever good enough." in (tmp_path / "seed-7.html").read_text()
    assert '"seed": 8' in (tmp_path / "told.json").read_text()


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ([], "Say which world"),
        (["--seed", "1", "--seeds", "1..2"], "Say which world"),
        (["--seeds", "5..1"], "is no range"),
        (["--seeds", "many"], "is no range"),
        (["--seed", "1", "--days", "0"], "must be more than 0"),
    ],
)
def test_a_wrong_question_gets_a_sentence(asked: list[str], answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(asked)
    assert ended.value.code == 2
    assert answer in capsys.readouterr().err
