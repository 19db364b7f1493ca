"""Renders the page from the figures."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from proof.figures import Figures, bound, per_10_000
from proof.machine import Machine
from proof.plan import CRASH_SEED
from proof.tree import Tree

TEMPLATE = "reliability.md.jinja"


class About(Struct, frozen=True):
    """What was proven, and on what. `date`: of the run. `minutes`: by the clock on the wall, all runs of it together."""

    tree: Tree
    machine: Machine
    date: str
    minutes: float
    quick: bool


def render(about: About, figures: Figures) -> str:
    """The page, in Markdown. The same figures give the same page."""
    environment = Environment(  # noqa: S701  it is Markdown, and all of it is ours
        loader=FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(count=_count, rate=_rate, cell=_cell)
    return environment.get_template(TEMPLATE).render(
        about=about,
        figures=figures,
        bound=bound,
        per_10_000=per_10_000,
        crash_seed=CRASH_SEED,
        passed=sum(one["passed"] for one in figures.faults.values()),
    )


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _rate(rate: float) -> str:
    """As "0.015 %"; never rounded down to nothing."""
    return f"{100 * rate:.2g} %"


def _cell(text: str) -> str:
    """Text that stays within its cell of a table."""
    return " ".join(text.replace("|", r"\|").split())
