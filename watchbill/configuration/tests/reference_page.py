"""The reference page as it should be. `python -m watchbill.configuration.tests.reference_page` writes it."""

from __future__ import annotations

from pathlib import Path

from watchbill import wiring
from watchbill.configuration.reference import reference
from watchbill.settings import load

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"


def page() -> str:
    return reference(wiring.channels(load({"smtp_url": "smtp://localhost"}, environ={})))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
