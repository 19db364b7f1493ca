"""The import contracts of pyproject.toml, tried on a small house that breaks them one by one.

`lint-imports` holds the contracts against the real tree. This holds them against imports that
they must refuse, since a contract with a slip in it refuses nothing and looks kept.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

HOUSE = (
    "watchbill/__init__.py", "watchbill/settings.py", "watchbill/wiring.py",
    "watchbill/engine/__init__.py", "watchbill/engine/step.py", "watchbill/engine/facts.py",
    "watchbill/engine/tests/__init__.py", "watchbill/engine/tests/test_step.py",
    "watchbill/runtime/__init__.py", "watchbill/runtime/submit.py",
    "watchbill/people/__init__.py", "watchbill/people/models.py",
    "watchbill/intake/__init__.py", "watchbill/intake/formats/__init__.py",
    "watchbill/intake/formats/pagerduty/__init__.py",
    "watchbill/intake/formats/opsgenie/__init__.py",
    "watchbill/paging/__init__.py", "watchbill/paging/actions.py", "watchbill/paging/queries.py",
    "watchbill/channels/__init__.py", "watchbill/channels/adapters/__init__.py",
    "watchbill/channels/adapters/email/__init__.py", "watchbill/channels/adapters/slack/__init__.py",
    "watchbill/web/__init__.py", "watchbill/api/__init__.py", "watchbill/cli/__init__.py",
)  # fmt: skip


def lint_imports(house: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--no-cache", "--no-logo", "--config", "pyproject.toml"]
    environment = {**os.environ, "PYTHONPATH": str(house), "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for path in HOUSE:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    config = (ROOT / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(config)
    return tmp_path


def test_a_house_in_order_keeps_every_contract(house):
    (house / "watchbill/paging/actions.py").write_text(
        "from watchbill.people import models\n"
        "from watchbill.runtime import submit\n"
        "from watchbill import settings\n"
        "from watchbill.engine import step\n"
    )
    (house / "watchbill/engine/step.py").write_text("import msgspec\nfrom watchbill.engine import facts\n")
    (house / "watchbill/engine/tests/test_step.py").write_text("import django\nfrom watchbill.people import models\n")
    result = lint_imports(house)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("path", "imports", "broken"),
    [
        ("people/models.py", "import watchbill.paging.actions", "order of the story"),
        ("runtime/submit.py", "import watchbill.people.models", "order of the story"),
        ("paging/actions.py", "from watchbill import wiring", "order of the story"),
        ("paging/actions.py", "import watchbill.web", "order of the story"),
        ("web/__init__.py", "import watchbill.api", "order of the story"),
        ("engine/step.py", "from watchbill import settings", "order of the story"),
        ("settings.py", "import watchbill.engine.facts", "order of the story"),
        ("engine/step.py", "import django.utils", "engine knows no framework"),
        ("engine/step.py", "import psycopg", "engine knows no framework"),
        ("intake/formats/opsgenie/__init__.py", "import watchbill.intake.formats.pagerduty",
         "Wire formats know nothing"),
        ("channels/adapters/slack/__init__.py", "from watchbill.channels.adapters import email",
         "Channels know nothing"),
    ],
)  # fmt: skip
def test_a_contract_refuses(house, path, imports, broken):
    (house / "watchbill" / path).write_text(imports + "\n")
    result = lint_imports(house)
    assert result.returncode == 1
    assert any(broken in line and "BROKEN" in line for line in result.stdout.splitlines()), (
        result.stdout + result.stderr
    )


def test_a_circle_inside_a_chapter_is_refused(house):
    (house / "watchbill/paging/actions.py").write_text("import watchbill.paging.queries\n")
    (house / "watchbill/paging/queries.py").write_text("import watchbill.paging.actions\n")
    result = lint_imports(house)
    assert result.returncode == 1
    assert "No circles, at any depth BROKEN" in result.stdout


def test_a_chapter_without_a_place_in_the_order_is_refused(house):
    (house / "watchbill/weather").mkdir()
    (house / "watchbill/weather/__init__.py").touch()
    result = lint_imports(house)
    assert result.returncode == 1
    assert "weather" in result.stdout
