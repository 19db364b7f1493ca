"""How templates are found and made: Jinja2, each chapter's own folder `templates/<chapter>/`."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

CHAPTERS = Path(__file__).parent.parent


def environment(**options: Any) -> Environment:
    """The environment of every page: what is written is escaped, what is missing is a fault."""
    options.pop("loader", None)
    options.pop("undefined", None)
    folders = [str(folder) for folder in sorted(CHAPTERS.glob("*/templates"))]
    return Environment(loader=FileSystemLoader(folders), undefined=StrictUndefined, **{**options, "autoescape": True})
