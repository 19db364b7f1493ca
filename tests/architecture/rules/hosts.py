"""Where packages come from is not written down here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.rule import Finding, Rule
from tests.architecture.source import Source

ADDRESS = re.compile(r"\bhttps?://(?P<host>[^\s/\"'>:]+)")
HERE = {"localhost", "127.0.0.1", "[", "::1"}
OPTION_WITH_A_HOST = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host")
LOCKS_AND_CONFIGS = re.compile(
    r"(^|/)(requirements[\w.-]*\.(txt|in)|[\w.-]+\.(toml|cfg|ini|lock)|Makefile|\.editorconfig"
    r"|package(-lock)?\.json|\.npmrc|pip\.conf)$|^\.ci/|^scripts/"
)


def named_hosts(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        for address in ADDRESS.finditer(line):
            if address["host"] not in HERE:
                yield number, f"names the host {address['host']}"
        if source.path.startswith("requirements") and (option := OPTION_WITH_A_HOST.search(line)):
            yield number, f"sets {option[0]}"


NO_HOST_IN_CONFIG = Rule(
    name="Lock files and configs name no host",
    why="where packages come from is for each machine to say; a mirror must not need an edit here",
    instead="leave the address to the machine's own configuration",
    applies_to=lambda source: bool(LOCKS_AND_CONFIGS.search(source.path)),
    find=named_hosts,
    example_path="requirements.txt",
    bad=(
        "--index-url https://packages.example/simple",
        "--find-links ./wheels",
        "thing @ https://packages.example/thing.whl",
        'path: pyproject.toml\nurl = "http://packages.example"',
        "path: scripts/setup\ncurl https://packages.example/install",
    ),
    good=(
        "django==5.2.19 \\\n    --hash=sha256:00ff",
        'path: pyproject.toml\nurl = "http://127.0.0.1:8000"',
        "path: docs/guide/install.md\nSee https://packages.example",
    ),
)
