"""`watchbill send`: one event over the real wire, PagerDuty's Events v2, to a node that runs somewhere."""

import http.client
import json as json_text
import ssl
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.output import show_json, terminal

PATH = "/v2/enqueue"
PATIENCE = 15.0  # seconds


class NotSent(Exception):
    """The event was not taken; the message says why."""


class Event(Struct, frozen=True, kw_only=True):
    """What is sent. `details`: goes along as `custom_details`."""

    key: str
    action: str = "trigger"
    summary: str = ""
    severity: str = "error"
    source: str = ""
    dedup_key: str = ""
    details: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        """As Events v2 has it."""
        told: dict[str, Any] = {"routing_key": self.key, "event_action": self.action}
        if self.dedup_key:
            told["dedup_key"] = self.dedup_key
        if self.action == "trigger":
            told["payload"] = {"summary": self.summary, "severity": self.severity, "source": self.source}
            if self.details:
                told["payload"]["custom_details"] = self.details
        return told


class Answer(Struct, frozen=True):
    """What the node said. `headers`: lower-case names."""

    status: int
    body: bytes
    headers: dict[str, str]


def post(url: str, body: bytes, headers: dict[str, str] | None = None, *, method: str = "POST") -> Answer:
    """One request. Raises NotSent when nothing answers there."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotSent(f"{url} is no address. Write it as http://127.0.0.1:8811.")
    secure = parts.scheme == "https"
    link = (
        http.client.HTTPSConnection(parts.hostname, parts.port, timeout=PATIENCE, context=ssl.create_default_context())
        if secure
        else http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        link.request(method, path, body or None, {"Content-Type": "application/json", **(headers or {})})
        answer = link.getresponse()
        return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    except (OSError, http.client.HTTPException) as fault:
        raise NotSent(f"Nothing answers at {parts.scheme}://{parts.netloc}: {fault}") from None
    finally:
        link.close()


def send(url: str, event: Event) -> dict[str, Any]:
    """Sends one event and answers what the node said. Raises NotSent with its words when it was not taken."""
    answer = post(url.rstrip("/") + PATH, json_text.dumps(event.body()).encode())
    try:
        said = json_text.loads(answer.body)
    except ValueError:
        said = {}
    if not isinstance(said, dict) or answer.status != 202:
        raise NotSent(_refusal(answer, said if isinstance(said, dict) else {}))
    return said


def run(url: str, event: Event, *, json: bool) -> None:
    """Sends and tells. Raises NotSent."""
    said = send(url, event)
    if json:
        show_json({"accepted": True, "dedup_key": said.get("dedup_key", ""), "message": said.get("message", "")})
        return
    key = one_line(str(said.get("dedup_key", "")), 255)
    line = Text.assemble(("✓ ", "green"), "Accepted and committed. ", ("Its key: ", "dim"), key)
    terminal().print(line)


def _refusal(answer: Answer, said: dict[str, Any]) -> str:
    errors = said.get("errors")
    why = "; ".join(one_line(str(error), 200) for error in errors) if isinstance(errors, list) else ""
    if answer.status == 404 or not why:
        why = why or "is this the address of a Watchbill?"
    wait = answer.headers.get("retry-after", "")
    later = f" Try again in {one_line(wait, 20)} s." if wait else ""
    return f"Not taken ({answer.status}): {why}{later}"
