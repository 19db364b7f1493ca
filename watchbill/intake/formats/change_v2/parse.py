"""PagerDuty change events: one JSON object a request, with the key inside."""

from collections.abc import Callable

from watchbill.engine.directory import Integration
from watchbill.engine.facts import ChangeReported
from watchbill.intake.contract import Letter, Parcel, Rejected
from watchbill.intake.event import gather_extras, read_keyed_event
from watchbill.intake.taming import (
    LONGEST_SOURCE,
    LONGEST_SUMMARY,
    pack,
    tame_line,
    tame_moment,
    tame_notes,
)


def read(body: bytes, key: str) -> Letter | Rejected:
    """Decodes the event and finds its `routing_key`; `key`, of the headers, is not used by this wire."""
    return read_keyed_event(body)


def parse(letter: Letter, integration: Integration, new_key: Callable[[], str]) -> Parcel | Rejected:
    """Makes the one fact; a change has no dedup key, so `new_key` is not used."""
    event = letter.content
    payload = event.get("payload")
    if type(payload) is not dict:
        return Rejected(("'payload' is missing" if payload is None else "'payload' must be an object",))
    if "summary" not in payload:
        return Rejected(("'payload.summary' is missing",))
    notes: list[str] = []
    summary = tame_line(payload["summary"], "The summary", LONGEST_SUMMARY, notes)
    if not summary:
        summary = "Change without a summary"
        notes.append("The summary was empty.")
    extras = gather_extras(event, payload, notes)
    return Parcel(
        (
            ChangeReported(
                service=integration.service,
                integration=integration.id,
                summary=summary,
                source=tame_line(payload.get("source"), "The source", LONGEST_SOURCE, notes),
                changed_at=tame_moment(payload.get("timestamp"), "The timestamp", notes),
                body=pack(extras, notes),
                notes=tame_notes(notes),
            ),
        )
    )
