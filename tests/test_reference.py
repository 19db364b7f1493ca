"""What is written about settings and reasons is what the code says; every channel and wire has its set-up page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
WHOLE = [
    *(path for path in (PROJECT / "watchbill/channels/adapters").iterdir() if (path / "adapter.py").exists()),
    *(path for path in (PROJECT / "watchbill/intake/formats").iterdir() if (path / "parse.py").exists()),
]


def test_the_reference_is_as_the_code_says() -> None:
    said = subprocess.run(
        [sys.executable, "scripts/reference", "--check"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("folder", WHOLE, ids=lambda folder: folder.name)
def test_every_channel_and_wire_has_a_set_up_page(folder: Path) -> None:
    assert len((folder / "README.md").read_text().splitlines()) > 10


def test_every_link_in_the_papers_leads_somewhere() -> None:
    for paper in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", paper.read_text()):
            assert (paper.parent / target).exists(), f"{paper.name} links to {target}, which is not there"
