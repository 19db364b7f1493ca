"""Stands for the provider of the demo's phones: an HTTP server on this machine that gets pages through a real socket."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from msgspec import Struct


class Arrived(Struct, frozen=True):
    """A page as the provider got it. `at`: by time.monotonic. `page`: the `data` of the webhook's body."""

    at: float
    page: dict[str, Any]

    @property
    def number(self) -> int:
        """The incident's number."""
        return int(self.page["incident"]["number"])

    @property
    def title(self) -> str:
        """The incident's title."""
        return str(self.page["incident"]["title"])

    @property
    def acknowledge(self) -> str:
        """The one-tap link."""
        return str(self.page["links"]["acknowledge"])


class Phone:
    """Listens while it is entered. `url`: where pages are posted to."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._arrived: list[Arrived] = []
        self._server = _Server(self)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/phone"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="phone", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, arrived: Arrived) -> None:
        """Keeps a page that came."""
        with self._changed:
            self._arrived.append(arrived)
            self._changed.notify_all()

    def wait_for(self, title: str, within: float) -> Arrived | None:
        """The first page about an incident of this title, or None when none comes in so many seconds."""
        until = time.monotonic() + within
        with self._changed:
            while True:
                found = next((one for one in self._arrived if one.title == title), None)
                left = until - time.monotonic()
                if found is not None or left <= 0:
                    return found
                self._changed.wait(left)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, phone: Phone) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.phone = phone


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Takes one page; whatever is no page is refused."""
        at = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            arrived = Arrived(at, json.loads(body)["data"])
            status = 200 if arrived.number and arrived.acknowledge else 400
        except (ValueError, KeyError, TypeError):
            status = 400
        else:
            self.server.phone.take(arrived)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  # the base class calls it so
        """Says nothing; the demo has the terminal."""
