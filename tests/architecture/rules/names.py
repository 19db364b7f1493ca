"""A file is named for what is in it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source

NAMES_THAT_SAY_NOTHING = {
    "utils", "util", "helpers", "helper", "common", "misc", "services", "managers", "signals",
}  # fmt: skip


def empty_names(source: Source) -> Iterator[Finding]:
    for part in source.parts:
        name = part.partition(".")[0]
        if name in NAMES_THAT_SAY_NOTHING:
            yield 1, f"'{part}' says nothing of what is in it"


NAMED_BY_NOUN = Rule(
    name="No file is named utils, helpers, common, misc, services, managers or signals",
    why="such a file has no edge, so it only grows, and nobody looks for anything there",
    instead="name it for the noun or the verb it is about: backoff.py, acknowledge.py",
    applies_to=lambda source: source.within("watchbill/", "sim/", "bench/", "tests/", "scripts/"),
    find=empty_names,
    example_path="watchbill/people/actions.py",
    bad=(
        "path: watchbill/people/utils.py\n",
        "path: watchbill/people/helpers/phone.py\n",
        "path: tests/common.py\n",
        "path: watchbill/web/static/misc.css\n",
        "path: watchbill/incidents/services.py\n",
    ),
    good=(
        "path: watchbill/people/phone_numbers.py\n",
        "path: watchbill/catalog/models.py\n",
        "path: docs/guide/services.md\n",
        "path: watchbill/catalog/templates/catalog/services_list.html\n",
    ),
)
