"""Plants one bug, and shows it to its checks one after another until one notices it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct, field

from tests.planted.check import Check
from tests.planted.mutation import Mutation
from tests.planted.tree import copied, see_that_it_is_used, surroundings

FOUND, FINE = 1, 0
LAST_LINES = 12

_under_way: set[int] = set()  # process groups


class Verdict(Struct):
    """What one check said. `by`: what noticed something, or empty. `broke`: what was said by one that ended otherwise."""

    check: Check
    by: str = ""
    broke: str = ""
    seconds: float = 0.0


class Shown(Struct):
    """What became of one bug. `verdicts`: of the checks that it was shown to."""

    mutation: Mutation
    verdicts: list[Verdict] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def by(self) -> str:
        """What caught it, empty where nothing did."""
        return next((verdict.by for verdict in self.verdicts if verdict.by), "")


def show(mutation: Mutation, parent: Path, server_url: str, *, each: bool = False) -> Shown:
    """Shows the bug to its checks. `each`: to all of them, also after one has noticed it. Raises Stale."""
    shown = Shown(mutation)
    began = time.monotonic()
    with copied(parent) as tree:
        mutation.plant(tree)
        for verdict in judged(tree, mutation.checks, server_url):
            shown.verdicts.append(verdict)
            if verdict.by and not each:
                break
    shown.seconds = time.monotonic() - began
    return shown


def judged(tree: Path, checks: Sequence[Check], server_url: str) -> Iterator[Verdict]:
    """What each check says of this tree. Raises NotTheCopy."""
    environment = surroundings(tree, server_url)
    see_that_it_is_used(tree, environment)
    for check in checks:
        with TemporaryDirectory(dir=tree) as folder:
            yield _ask(tree, check, environment, Path(folder))


def _ask(tree: Path, check: Check, environment: Mapping[str, str], folder: Path) -> Verdict:
    began = time.monotonic()
    report, log = folder / "report.json", folder / "said.log"
    start: int | None = 1
    by, broke = None, ""
    while start is not None and not by:
        status = _run(check.command(report, start), tree, environment, log, check.slow)
        said, start = log.read_text(), None
        if status == FOUND:
            by, start = check.caught_by(report, said), check.goes_on_at(report)
        broke = "" if status == FINE or by else _last_lines(said, status)
    return Verdict(check, by or "", broke, time.monotonic() - began)


def _run(command: Sequence[str], tree: Path, environment: Mapping[str, str], log: Path, patience: float) -> int | None:
    """The exit status, None where it had to be stopped."""
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=tree, env=environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
    _under_way.add(process.pid)
    try:
        return process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _kill(process.pid)
        process.wait()
        _under_way.discard(process.pid)


def stop_all() -> None:
    """Ends every check that is under way; called when the run is broken off."""
    for group in tuple(_under_way):
        _kill(group)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # nothing of it stays behind
        os.killpg(group, signal.SIGKILL)


def _last_lines(said: str, status: int | None) -> str:
    how = "It did not end in time." if status is None else f"It ended with {status}."
    return "\n".join((how, *said.splitlines()[-LAST_LINES:]))
