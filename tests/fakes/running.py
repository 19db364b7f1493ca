"""A real `watchbill serve`, in processes of its own, with a control panel: start, stop, kill, look into its database."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.fakes.waiting import until
from watchbill.runtime.postgres import url_of
from watchbill.runtime.seal import hash_of_key

KEY = "wb0123456789abcdefghijklmnopqrst"
PROJECT = Path(__file__).parents[2]


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. Never follows a redirect: there is to be none."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def ask(method: str, url: str, body: bytes | None = None, *, timeout: float = 15, **headers: str) -> Answer:
    """One HTTP request. `headers`: an underscore stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=named)
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, {k.lower(): v for k, v in refused.headers.items()}, refused.read())


class Running:
    """One installation. `settings`: WATCHBILL_ variables without the prefix, in lower case."""

    def __init__(self, folder: Path, *, database_url: str = "", port: int = 0, **settings: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._given_url = database_url
        self._settings = {
            "data_dir": str(folder / "data"),
            "port": str(self.port),
            "allow_loopback": "true",
            "log_format": "json",
            **({"database_url": database_url} if database_url else {}),
            **settings,
        }
        self.log = folder / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: bool = True) -> "Running":
        """Starts it; returns when it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WATCHBILL_")}
        environment |= {f"WATCHBILL_{name.upper()}": value for name, value in self._settings.items()}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "watchbill", "serve"],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if ready:
            until(self.is_ready, f"serve is ready; see {self.log}:\n{self.log.read_text()[-2000:]}", seconds=30)
        return self

    @contextlib.contextmanager
    def having(self, **settings: str) -> Iterator[None]:
        """Other settings for whatever is started in the `with`."""
        before = self._settings
        self._settings = {**before, **settings}
        try:
            yield
        finally:
            self._settings = before

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        return ask("GET", f"{self.url}/readyz", timeout=3).status == 200

    def stop(self, *, within: float = 10) -> int:
        """SIGTERM; answers the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=within)

    def kill(self) -> None:
        """kill -9 of the process that was started; what hangs on it goes by itself."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        until(self._is_gone, "its port is free again")

    def kill_node(self) -> None:
        """kill -9 of the node, not of its supervisor."""
        os.kill(self.node(), signal.SIGKILL)

    def node(self) -> int:
        """The process id of the node."""
        return self._child("watchbill.cli.node")

    def postmaster(self) -> int:
        """The process id of the embedded PostgreSQL."""
        return self._child("postgres")

    def end(self) -> None:
        """Whatever state it is in, nothing is left of it."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def database_url(self) -> str:
        """Where its rows are."""
        return self._given_url or url_of(Path(self._settings["data_dir"]))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query on its database."""
        with psycopg.connect(self.database_url, autocommit=True) as link:
            cursor = link.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def seed(self, channel: str, settings: dict[str, Any], *, wait: int = 300) -> "Running":
        """Ana and Bo in team Payments, on service checkout with the key KEY, both reached over this channel."""
        with psycopg.connect(self.database_url) as link:
            link.execute("INSERT INTO team (id, name) VALUES (1, 'Payments')")
            link.execute("INSERT INTO escalation_policy (id, name, team_id, repeat) VALUES (1, 'Payments', 1, 0)")
            for number, name in enumerate(("Ana", "Bo"), start=1):
                link.execute(
                    "INSERT INTO person (id, email, name, time_zone, active) VALUES (%s, %s, %s, 'UTC', true)",
                    [number, f"{name.lower()}@example.org", name],
                )
                link.execute(
                    "INSERT INTO membership (team_id, person_id, role, position) VALUES (1, %s, 'responder', %s)",
                    [number, number],
                )
                own = {"address": f"{name.lower()}@example.org"} if channel == "email" else {}
                link.execute(
                    "INSERT INTO contact_method (id, person_id, name, channel, settings, enabled) "
                    "VALUES (%s, %s, 'first', %s, %s, true)",
                    [number, number, channel, json.dumps({**settings, **own})],
                )
                link.execute(
                    "INSERT INTO notification_rule (person_id, urgency, delay, method_id) VALUES (%s, 'high', 0, %s)",
                    [number, number],
                )
                link.execute(
                    "INSERT INTO policy_step (id, policy_id, position, delay) VALUES (%s, 1, %s, %s)",
                    [number, number, wait],
                )
                link.execute(
                    "INSERT INTO policy_target (policy_id, step_id, position, person_id) VALUES (1, %s, 0, %s)",
                    [number, number],
                )
            link.execute(
                "INSERT INTO service (id, name, description, team_id, policy_id, urgency, grouping, grouping_window, "
                "active) VALUES (1, 'checkout', '', 1, 1, 'by_severity', 'off', 0, true)"
            )
            link.execute(
                "INSERT INTO integration (service_id, name, kind, key_sha256, key_begins) VALUES (1, 'a', 'any', %s, '')",
                [hash_of_key(KEY)],
            )
            link.execute("UPDATE configuration SET version = version + 1")
        return self

    def trigger(self, key: str = "db-1", *, action: str = "trigger", summary: str = "db-1 is down") -> Answer:
        """One event of PagerDuty's Events v2."""
        event: dict[str, Any] = {"routing_key": KEY, "event_action": action, "dedup_key": key}
        if action == "trigger":
            event["payload"] = {"summary": summary, "source": "db-1", "severity": "critical"}
        return self.post("/v2/enqueue", json.dumps(event).encode())

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        """A POST of JSON."""
        return ask("POST", self.url + path, body, **{"Content_Type": "application/json", **headers})

    def _is_gone(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0

    def _child(self, named: str) -> int:
        assert self.process is not None
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid and named.encode() in entry.joinpath("cmdline").read_bytes():
                    return int(entry.name)
        raise AssertionError(f"no child {named} of {self.process.pid}")


@contextlib.contextmanager
def running(folder: Path, **settings: str) -> Iterator[Running]:
    """A running Watchbill for the length of a `with`."""
    watchbill = Running(folder, **settings)
    try:
        yield watchbill.start()
    finally:
        watchbill.end()
