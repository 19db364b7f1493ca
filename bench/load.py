"""Load in a closed loop: so many connections, each sending again as soon as it is answered. wrk does it, because on few
cores a load generator takes from the server what it uses itself, and wrk uses the least."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.command import BenchFailed
from bench.programs import HOST, find

SCRIPT = Path(__file__).with_name("load.lua")
SEPARATOR = b"\x1e"


class Loaded(Struct, frozen=True):
    """What a load came to. `answered` includes `refused`, the answers of 400 and above. `broken`: connections that
    failed. `p50`, `p99`: milliseconds to an answer."""

    answered: int
    microseconds: int
    refused: int
    broken: int
    p50: float
    p99: float

    @property
    def accepted(self) -> int:
        """Answers that said yes."""
        return self.answered - self.refused

    @property
    def per_second(self) -> float:
        """Accepted requests a second."""
        return self.accepted / (self.microseconds / 1e6)


def load(
    port: int, requests: Sequence[bytes], *, folder: Path, seconds: int, connections: int, keys: int = 0
) -> Loaded:
    """Sends `requests` in turn, with a running number in each that has a place for it.

    `keys`: after how many numbers to begin again, 0 for never. `folder`: where a file may be written.
    """
    file = folder / "requests"
    file.write_bytes(SEPARATOR.join(requests))
    command = [find("wrk", "wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    command += [f"http://{HOST}:{port}/", "--", str(file), str(keys)]
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds + 30)
    lines = [line for line in said.stdout.splitlines() if line.startswith("load ")]
    if said.returncode or not lines:
        raise BenchFailed(f"wrk failed: {said.stdout[-500:]}{said.stderr[-500:]}")
    loaded = msgspec.json.decode(lines[0].removeprefix("load "), type=Loaded)
    if not loaded.accepted:
        raise BenchFailed(f"The server took nothing: {loaded.refused} of {loaded.answered} were refused.")
    return loaded
