"""The statements that the chapters define for the road, as constants: what the sweep must have passed."""

import re
from collections.abc import Iterator
from types import ModuleType

from watchbill.catalog import load as catalog
from watchbill.incidents import apply as incidents_apply
from watchbill.incidents import load as incidents
from watchbill.journal import apply as journal_apply
from watchbill.oncall import apply as oncall_apply
from watchbill.oncall import load as oncall
from watchbill.paging import apply as paging_apply
from watchbill.paging import claim, settle, turns
from watchbill.paging import load as paging
from watchbill.people import load as people
from watchbill.runtime import submit, wakeups

ROAD: tuple[ModuleType, ...] = (
    catalog,
    claim,
    incidents,
    incidents_apply,
    journal_apply,
    oncall,
    oncall_apply,
    paging,
    paging_apply,
    people,
    settle,
    submit,
    turns,
    wakeups,
)

# Only asked before a node goes to sleep, and nobody sleeps here.
NOT_PASSED = {wakeups.NEXT}

A_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|SET)\b")


def statements_of_the_road() -> Iterator[tuple[str, str]]:
    """The name and the text of each."""
    for module in ROAD:
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, str) and A_STATEMENT.match(value) and value not in NOT_PASSED:
                yield f"{module.__name__}.{name}", value
