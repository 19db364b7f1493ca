"""Starts the programs that a bench needs, waits until they answer, and stops them again."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from msgspec import Struct

from bench.command import BenchFailed

CHECKOUT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
STOPS_WITHIN = 15.0  # seconds

Child = subprocess.Popen[bytes]


class Running(Struct, frozen=True):
    """A program that serves on a port of loopback. `pid`: the root of its process tree."""

    port: int
    pid: int


def find(package: str, *names: str) -> str:
    """The path of a program of the system, by the first of its names that is there. Raises BenchFailed."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise BenchFailed(f"{names[0]} is not installed. On Debian: apt-get install -y --no-install-recommends {package}")


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def start(command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> Child:
    """Starts a program in the checkout, its words going to `log`. It is told to stop when this process dies, however
    that happens, where the system has setpriv for it."""
    bound = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    with log.open("ab") as words:
        return subprocess.Popen(
            [*bound, *command],
            cwd=CHECKOUT,
            env={**(os.environ if environment is None else environment), "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )


def stop(child: Child) -> None:
    """Ends a program, kindly first."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextmanager
def running(command: Sequence[str], *, port: int, path: str, log: Path) -> Iterator[Running]:
    """A program that serves HTTP on `port`, from when `path` answers 200 until the end of the block."""
    child = start(command, log=log)
    try:
        wait_for_answer(child, port=port, path=path, log=log)
        yield Running(port, child.pid)
    finally:
        stop(child)


def wait_for_answer(child: Child, *, port: int, path: str, log: Path, within: float = 30.0) -> None:
    """Returns when `path` answers 200. Raises BenchFailed with the end of the log."""
    end = time.monotonic() + within
    while not answers(port, path):
        if child.poll() is not None or time.monotonic() > end:
            raise BenchFailed(f"{log.stem} does not answer. It said:\n{log.read_text()[-2000:]}")
        time.sleep(0.005)


def answers(port: int, path: str) -> bool:
    """Whether a GET of `path` is answered with 200 now."""
    link = HTTPConnection(HOST, port, timeout=2)
    try:
        link.request("GET", path)
        return link.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        link.close()


def wait_until(holds: Callable[[], bool], *, what: str, within: float) -> float:
    """Waits for `holds`, and answers how many seconds that took. Raises BenchFailed."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within:
            raise BenchFailed(f"{what}: not within {within:.0f} s.")
        time.sleep(0.02)
    return time.monotonic() - began
