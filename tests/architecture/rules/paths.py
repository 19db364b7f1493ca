"""No path of one machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source

# tests/architecture is not read by this rule: its examples would be findings.
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.$}*/<-])/(home|root|tmp|work|Users)/[\w.$<{-]")


def machine_paths(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := PATH_OF_A_MACHINE.search(line):
            yield number, f"holds a path of one machine: {line[found.start() :][:40]}"


NO_MACHINE_PATHS = Rule(
    name="No path of a developer's machine is committed",
    why="it works for one person, and tells everyone how that person's disk is laid out",
    instead="a path from the checkout; `tmp_path` in a test; `mktemp` or `tempfile` elsewhere",
    applies_to=lambda source: not source.within("tests/architecture/") and source.path != "LICENSE",
    find=machine_paths,
    example_path="watchbill/runtime/nodes.py",
    bad=(
        "SPOOL = '/tmp/spool'",
        "cd /home/ana/watchbill",
        "path: docs/guide/install.md\nRun it from /root/watchbill.",
        "path: Makefile\nsetup:\n\tpip install /work/wheels/x.whl",
    ),
    good=(
        "SPOOL = state_folder / 'spool'",
        "link = 'https://example.com/home/page'",
        "folder = '/var/lib/watchbill'",
        "pattern = 'docs/home/index.md'",
    ),
)
