"""ARCHITECTURE.md against the tree and the import contract: a map that nobody tests drifts."""

import re
import tomllib

import pytest

from tests.architecture.source import ROOT, all_sources

MAP_LINE = re.compile(r"^  (?P<name>\w+)(/|\.py)\s+(?P<sentence>\S.*)$")
README_LINES = 25


def section(title: str) -> str:
    """The text under a heading of ARCHITECTURE.md, up to the next heading."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    found = re.search(rf"^##+ {title}\n(.*?)(?=^##+ |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert found, f"ARCHITECTURE.md has no heading '{title}'"
    return found[1]


def named(text: str) -> dict[str, str]:
    """Name -> sentence, of each line of the map."""
    lines = [MAP_LINE.match(line) for line in text.splitlines()]
    return {line["name"]: line["sentence"] for line in lines if line}


def tree() -> set[str]:
    """What lies directly under watchbill/: folders, and modules that are chapters of one file."""
    sources = [source for source in all_sources() if source.within("watchbill/")]
    folders = {source.parts[1] for source in sources if len(source.parts) > 2}
    modules = {source.parts[1].removesuffix(".py") for source in sources if len(source.parts) == 2
               and source.path.endswith(".py")}  # fmt: skip
    return folders | modules - {"__init__", "__main__"}


def layers() -> list[str]:
    """The names in the `layers` contract, from the top to the bottom."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = config["tool"]["importlinter"]["contracts"]
    (chapters,) = (contract for contract in contracts if contract["type"] == "layers")
    return [name for layer in chapters["layers"] for name in re.findall(r"\w+", layer)]


def test_everything_under_watchbill_is_on_the_map():
    assert not tree() - set(named(section("The map")))


def test_everything_on_the_map_is_there_or_is_said_to_be_not_built_yet():
    not_built = set(named(section("Not built yet")))
    assert not set(named(section("The map"))) - tree(), "on the map and not in the tree"
    assert not not_built & tree(), "built: move it from 'Not built yet' to the map"


@pytest.mark.parametrize("title", ["The map", "Not built yet"])
def test_each_line_of_the_map_is_more_than_a_name(title):
    for name, sentence in named(section(title)).items():
        assert len(sentence.split()) >= 3, f"{name}: say what it is for"


def test_the_map_and_the_contract_tell_the_same_order():
    """Read from the bottom up, the layers are the story; the map tells it from the top down."""
    from_the_map = list(named(section("The map")))
    order = [name for name in reversed(layers()) if name in from_the_map]
    shells = {"cli", "api", "web", "wiring", "settings", "django_settings", "asgi", "urls"}
    assert [n for n in from_the_map if n not in shells] == [n for n in order if n not in shells]


def test_the_contract_knows_every_chapter_that_is_planned():
    assert not set(named(section("Not built yet"))) - set(layers())


def test_the_readme_of_a_chapter_fits_on_a_screen():
    readmes = [s for s in all_sources() if re.fullmatch(r"watchbill/\w+/README\.md", s.path)]
    long = {s.path: n for s in readmes if (n := len(s.text.splitlines())) > README_LINES}
    assert not long, f"a chapter's README.md has at most {README_LINES} lines: {long}"
