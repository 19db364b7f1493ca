"""NDJSON: one event of the Events v2 shape a line, the key in the header. Good lines are taken, bad ones named."""

from collections.abc import Callable
from typing import Any

from watchbill.engine.directory import Integration
from watchbill.engine.facts import AlertTriggered
from watchbill.intake.contract import BadLine, Fault, Letter, Parcel, Rejected
from watchbill.intake.event import EventFact, tame_event
from watchbill.intake.strict_json import NotTame, read_json

MOST_EVENTS = 2_000  # about 10 ms of this process, during which nobody else is served


def read(body: bytes, key: str) -> Letter | Rejected:
    """Decodes every line; one that is no JSON object becomes a BadLine. Blank lines are skipped but counted."""
    lines = body.removeprefix(b"\xef\xbb\xbf").split(b"\n", MOST_EVENTS * 2)
    events: list[tuple[int, dict[str, Any] | BadLine]] = []
    for number, line in enumerate(lines, 1):
        if line and not line.isspace():
            events.append((number, _read_line(number, line, key)))
    if not events:
        return Rejected(("The body is empty.",), Fault.UNREADABLE)
    if len(lines) > MOST_EVENTS * 2 or len(events) > MOST_EVENTS:
        return Rejected((f"A request may hold {MOST_EVENTS} events at most.",), Fault.TOO_LARGE)
    return Letter(key, events)


def _read_line(number: int, line: bytes, key: str) -> dict[str, Any] | BadLine:
    try:
        event = read_json(line)
    except NotTame as why:
        return BadLine(number, str(why).replace("The body", "The line", 1))
    if type(event) is not dict:
        return BadLine(number, "The line must be one JSON object.")
    if "routing_key" in event and event["routing_key"] != key:
        return BadLine(number, "'routing_key' is not the key of this request")
    return event


def parse(letter: Letter, integration: Integration, new_key: Callable[[], str]) -> Parcel | Rejected:
    """Makes the facts of the good lines, in their order. Rejected only where there is no good line at all."""
    facts: list[EventFact] = []
    bad: list[BadLine] = []
    endings = 0
    for number, event in letter.content:
        if isinstance(event, BadLine):
            bad.append(event)
            continue
        fact = tame_event(event, integration, new_key)
        if isinstance(fact, Rejected):
            bad.append(BadLine(number, "; ".join(fact.errors)))
            continue
        facts.append(fact)
        if type(fact) is not AlertTriggered:
            endings += 1
    if not facts:
        return Rejected(tuple(f"Line {line.line}: {line.error}" for line in bad))
    return Parcel(facts, endings=endings, bad_lines=bad)
