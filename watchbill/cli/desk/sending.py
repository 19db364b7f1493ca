"""`watchbill send`: one event over the real wire, PagerDuty's Events v2, to a node that runs somewhere."""

import http.client
import json as json_text
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.output import show_json, terminal
from watchbill.settings import BadSetting, load

PATH = "/v2/enqueue"
PATIENCE = 15.0  # seconds


class NotSent(Exception):
    """The event was not taken; the message says why."""


class NobodyThere(NotSent):
    """Nothing answers at the address."""


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
    """One request. Raises NobodyThere when nothing answers, NotSent when `url` is none."""
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
        why = (fault.strerror if isinstance(fault, OSError) else None) or str(fault) or type(fault).__name__
        raise NobodyThere(f"Nothing answers at {parts.scheme}://{parts.netloc}: {why}") from None
    finally:
        link.close()


def send(url: str, event: Event) -> dict[str, Any]:
    """Sends one event and answers what the node said, and by `spooled` whether it is only on that node's disk. Raises
    NotSent with its words when it was not taken."""
    answer = post(url.rstrip("/") + PATH, json_text.dumps(event.body()).encode())
    try:
        said = json_text.loads(answer.body)
    except ValueError:
        said = {}
    if not isinstance(said, dict) or answer.status != 202:
        raise NotSent(_refusal(answer, said if isinstance(said, dict) else {}))
    return {**said, "spooled": answer.headers.get("watchbill-spooled") == "true"}


def served_at(data_dir: Path | None) -> str:
    """Where the `serve` of a data folder listens, or would. Raises NotSent."""
    try:
        settings = load({"data_dir": data_dir}, served=True)
    except BadSetting as fault:
        raise NotSent(str(fault)) from None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # asked for, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def run(url: str, event: Event, *, json: bool) -> None:
    """Sends and tells. Raises NotSent."""
    try:
        said = send(url, event)
    except NobodyThere as fault:
        raise NotSent(f"{str(fault).rstrip('.')}. If Watchbill listens elsewhere, name it with --url.") from None
    if json:
        shown = {name: said.get(name, "") for name in ("dedup_key", "message", "spooled")}
        show_json({"accepted": True, **shown})
        return
    key = one_line(str(said.get("dedup_key", "")), 255)
    done = "Kept on the node's disk until its database is back" if said["spooled"] else "Accepted and committed"
    line = Text.assemble(("✓ ", "green"), f"{done}. ", ("Its key: ", "dim"), key)
    terminal().print(line)


def _refusal(answer: Answer, said: dict[str, Any]) -> str:
    errors = said.get("errors")
    why = "; ".join(one_line(str(error), 200) for error in errors) if isinstance(errors, list) else ""
    if answer.status == 404 or not why:
        why = why or "is this the address of a Watchbill?"
    wait = answer.headers.get("retry-after", "")
    later = f" Try again in {one_line(wait, 20)} s." if wait else ""
    return f"Not taken ({answer.status}): {why}{later}"
