"""The Makefile and the lock files: what a newcomer meets first."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import tomllib

import pytest

from tests.architecture.source import ROOT, python_sources
from tests.architecture.syntax import imported_names

# These are steps of other targets; everything else explains itself in `make help`.
STEPS = {"lint", "types", "contracts", "pytest", "setup-test", "system"}
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)", flags=re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return {pin["name"]: pin["version"] for pin in PIN.finditer((ROOT / lock).read_text())}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_make_help_names_every_target_that_a_person_types():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = set(re.findall(r"^  make ([a-z-]+) +\S", shown, flags=re.MULTILINE))
    assert explained == targets - STEPS


def test_every_target_is_phony():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    phony = {name for line in re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
             for name in line.split()}  # fmt: skip
    assert targets == phony


def test_continuous_integration_runs_what_everyone_runs():
    assert re.findall(r"^exec (.*)$", (ROOT / ".ci/run").read_text(), flags=re.MULTILINE) == ["make test"]


def test_the_locks_hold_what_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = project["project"]["dependencies"] + project["build-system"]["requires"]
    wanted = {normal(re.split(r"[\[<>=~! ;]", line)[0]) for line in runtime}
    tools = {normal(re.split(r"[\[<>=~! ;]", line)[0]) for line in project["dependency-groups"]["dev"]}
    assert not wanted - set(map(normal, pins("requirements.txt"))), "run `make lock`"
    assert not (wanted | tools) - set(map(normal, pins("requirements-dev.txt"))), "run `make lock`"


def test_what_the_code_imports_is_asked_for_by_name():
    """A package that only comes along with another one may go away with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = set()
    for line in project["project"]["dependencies"]:
        name, extras = re.match(r"([\w.-]+)(?:\[([\w,-]+)\])?", line).groups()
        asked |= {normal(name)} | {normal(f"{name}-{extra}") for extra in (extras or "").split(",")}
    packages = importlib.metadata.packages_distributions()
    missing = {}
    for source in python_sources():
        if source.within("watchbill/") and not source.is_test:
            for node in ast.walk(source.tree):
                for name in imported_names(node):
                    brings = set(map(normal, packages.get(name.split(".")[0], [])))
                    if brings - {"watchbill"} and not brings & asked:
                        missing[source.path] = sorted(brings)
    assert not missing, "add these to the dependencies in pyproject.toml, then run `make lock`"


def test_who_may_not_install_is_told_what_to_type(tmp_path):
    for program in ("bash", "basename", "dirname"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    told = subprocess.run(
        [ROOT / "scripts/system-for-tests"], env={"PATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 1
    assert re.search(r"sudo apt-get install .*\bprometheus prometheus-alertmanager\n", told.stderr)
    assert "WATCHBILL_SKIP_INTEROP=1 make test" in told.stderr


def test_the_tools_are_tried_on_the_versions_that_run():
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert runtime
    assert {name: development.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_a_hash(lock):
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block]


@pytest.mark.parametrize("name", ["psycopg-binary", "msgspec", "granian", "uvloop", "cryptography", "aiohttp"])
def test_a_compiled_package_is_locked_for_more_than_one_python_and_platform(name):
    """A lock made from a folder of local wheels would hold one or two hashes."""
    block = re.search(rf"^{name}==.*?(?=^\w|\Z)", (ROOT / "requirements.txt").read_text(),
                      flags=re.MULTILINE | re.DOTALL)  # fmt: skip
    assert block
    assert block[0].count("--hash=sha256:") >= 8
