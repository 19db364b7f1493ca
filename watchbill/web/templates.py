"""How templates are found and made: Jinja2, each chapter's own folder `templates/<chapter>/`."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

CHAPTERS = Path(__file__).parent.parent


def environment(**options: Any) -> Environment:
    """The environment of every page: what is written is escaped, what is missing is a fault."""
    for ours in ("loader", "undefined", "autoescape"):
        options.pop(ours, None)
    folders = [str(folder) for folder in sorted(CHAPTERS.glob("*/templates"))]
    return Environment(loader=FileSystemLoader(folders), undefined=StrictUndefined, autoescape=True, **options)
