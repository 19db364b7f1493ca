"""One installation under test: nodes on one PostgreSQL, each over a wire of its own, and a provider behind another."""

import contextlib
import os
import random
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from tests.fakes.http import ok
from tests.fakes.proxy import TcpProxy
from tests.fakes.running import Running
from tests.fakes.waiting import until
from tests.faults import organisation
from tests.faults.provider import Provider
from watchbill.runtime.deathsignal import PARENT
from watchbill.runtime.postgres import EmbeddedPostgres
from watchbill.runtime.postgres.postmaster import read_pid_file

NODES = 3
# No node may send pages to an address under which its database is reached, so the two have one each.
DATABASE_HOST, PROVIDER_HOST = "127.0.0.2", "127.0.0.3"
# Not among those that the kernel gives to outgoing connections: a port must be free again when its node comes back.
PORTS = range(12000, 32000)
ROLE = "nodes"  # no superuser: the connections that PostgreSQL keeps for those are not for a node
SECRET = "one secret key for all nodes of the installation"
READY_WITHIN = 90.0  # seconds; several installations start side by side


class Installation:
    """Everything runs after `start`. Belongs to the main thread: PostgreSQL and the nodes die with the thread that started
    them. `postgres`: its owner. `wires`: node by node, to the database. `provider_wire`: of all nodes to the provider."""

    def __init__(self, folder: Path, *, nodes: int = NODES) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "database", spare_segments=0)
        self.provider = Provider()
        self._held = contextlib.ExitStack()
        self._count = nodes
        self.wires: list[TcpProxy] = []
        self.nodes: list[Running] = []

    def start(self) -> "Installation":
        """Starts all of it; returns when every node is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._held.callback(self.postgres.stop)
        self.postgres.start(timeout=READY_WITHIN)
        self._held.enter_context(self.provider)
        self.provider_wire = self._held.enter_context(
            TcpProxy((self.provider.host, self.provider.port), host=PROVIDER_HOST)
        )
        self.rows(f"CREATE ROLE {ROLE} LOGIN")
        self.rows(f"ALTER DATABASE watchbill OWNER TO {ROLE}")
        unix = Path(parse_qs(urlsplit(self.postgres.url).query)["host"][0]) / ".s.PGSQL.5432"
        for number in range(self._count):
            wire = self._held.enter_context(TcpProxy(unix, host=DATABASE_HOST))
            self.wires.append(wire)
            self.nodes.append(self.make_node(f"node-{number + 1}", wire))
        for node in self.nodes:
            self._held.callback(node.end)
        self.nodes[0].start(ready=False)  # it makes the tables; the others would only wait for it
        self.until_ready(self.nodes[:1])
        organisation.found(self.postgres.url, self.provider_wire_url)
        for node in self.nodes[1:]:
            node.start(ready=False)
        self.until_ready(self.nodes)
        return self

    def make_node(self, name: str, wire: TcpProxy, **settings: str) -> Running:
        """A node that is not started yet; it dies with this process."""
        return Running(
            self.folder / name,
            database_url=f"postgresql://{ROLE}@{DATABASE_HOST}:{wire.port}/watchbill",
            port=_free_port(),
            secret_key=SECRET,
            allow_ports=str(self.provider_wire.port),
            **{PARENT.removeprefix("WATCHBILL_").lower(): str(os.getpid()), **settings},
        )

    @property
    def provider_wire_url(self) -> str:
        """The provider as the nodes reach it."""
        return f"http://{self.provider_wire.host}:{self.provider_wire.port}"

    def until_ready(self, nodes: list[Running] | None = None) -> None:
        """Waits for these nodes, or for all."""
        for node in self.nodes if nodes is None else nodes:
            until(node.is_ready, f"{node.folder.name} is ready; see {node.log}", seconds=READY_WITHIN, every=0.1)

    def heal(self) -> None:
        """Whatever was broken is whole again, for the next fault."""
        for wire in (*self.wires, self.provider_wire):
            wire.heal()
        self.provider.behave(ok())
        if not self.postgres.alive():
            self.postgres.start(timeout=READY_WITHIN)
        for node in self.nodes:
            if node.process is None or node.process.poll() is not None:
                node.start(ready=False)
        self.until_ready()

    def stop(self) -> None:
        """Nothing of it is left running."""
        for node in self.nodes:  # all at once, and then each is waited for
            if node.process is not None and node.process.poll() is None:
                with contextlib.suppress(AssertionError, ProcessLookupError):
                    os.kill(node.node(), signal.SIGCONT)
                node.process.send_signal(signal.SIGTERM)
        self._held.close()

    def rows(self, query: str, parameters: Mapping[str, Any] | list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of the database, past every wire. Raises psycopg.OperationalError while it is away."""
        with psycopg.connect(self.postgres.url, autocommit=True, connect_timeout=10) as link:
            cursor = link.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def postmaster(self) -> int:
        """Its process id."""
        told = read_pid_file(self.folder / "database" / "postgres")
        assert told is not None, "PostgreSQL runs"
        return told.pid

    @contextlib.contextmanager
    def holding(self, statement: str, parameters: list[Any]) -> Iterator[None]:
        """Somebody else's transaction keeps what this statement locks, for the length of a `with`."""
        with psycopg.connect(self.postgres.url, options="-c idle_in_transaction_session_timeout=0") as other:
            other.execute(statement.encode(), parameters)
            yield


def _free_port() -> int:
    for port in random.sample(PORTS, 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no port from {PORTS.start} to {PORTS.stop} is free")
