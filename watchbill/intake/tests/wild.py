"""Wild input for the formats' tests, and what must hold of every fact that comes out of it."""

import json
from typing import Any

import msgspec
from hypothesis import strategies as st

from watchbill.engine.directory import Integration
from watchbill.engine.facts import AlertTriggered, ChangeReported
from watchbill.intake.contract import Parcel, Rejected, Wire
from watchbill.intake.taming import LARGEST_BODY, LONGEST_KEY, LONGEST_SUMMARY

KEY = "0123456789abcdef0123456789abcdef"
INTEGRATION = Integration(id=7, service=3, kind="events_v2")

_texts = st.one_of(
    st.text(),
    st.sampled_from(["", " ", "trigger", "resolve", "page", KEY, "\0", "x" * 300, "y" * 2000]),
    st.sampled_from(["2026-11-22T07:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00"]),
    st.sampled_from(["javascript:alert(1)", "https://example.org/", '":', "9" * 12]),
)
_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _texts)
values = st.recursive(_scalars, lambda part: st.lists(part, max_size=4) | st.dictionaries(_texts, part, max_size=4))


def objects(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects in which any of `fields` may be missing."""
    return st.fixed_dictionaries({}, optional=fields)


def or_wild(tame: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly `tame`, sometimes anything."""
    return st.one_of(tame, tame, values)


def event_like() -> st.SearchStrategy[Any]:
    """What looks like an Events v2 envelope until one looks closely."""
    actions = st.sampled_from(["trigger", "acknowledge", "resolve", "Trigger ", "explode"])
    payload = objects(
        summary=values,
        source=values,
        severity=or_wild(st.sampled_from(["critical", "Page", "5"])),
        timestamp=values,
        component=values,
        group=values,
        custom_details=values,
        **{"class": values},
    )
    link = objects(href=values, text=values, src=values, alt=values)
    return objects(
        routing_key=or_wild(st.just(KEY)),
        event_action=or_wild(actions),
        dedup_key=values,
        payload=or_wild(payload),
        client=values,
        client_url=values,
        links=or_wild(st.lists(or_wild(link), max_size=3)),
        images=or_wild(st.lists(or_wild(link), max_size=3)),
    )


def triggers() -> st.SearchStrategy[dict[str, Any]]:
    """Events in which all required parts are there, whatever they hold."""
    payload = st.fixed_dictionaries(
        {"summary": values, "source": values, "severity": values},
        optional={"timestamp": values, "component": values, "custom_details": values},
    )
    return st.fixed_dictionaries(
        {"routing_key": st.just(KEY), "event_action": st.just("trigger"), "payload": payload},
        optional={"client": values, "client_url": values, "links": values, "images": values},
    )


def encode(value: Any) -> bytes:
    """JSON as careless senders write it: NaN and lone surrogates stay in."""
    return json.dumps(value).encode()


def take_in(wire: Wire, body: bytes, key: str = KEY) -> Parcel | Rejected:
    """Both halves of a format, with a new key that tells that it was made."""
    letter = wire.read(body, key)
    if isinstance(letter, Rejected):
        return letter
    return wire.parse(letter, INTEGRATION, lambda: "made-up")


def check(wire: Wire, result: Parcel | Rejected) -> None:
    """Holds for whatever a format answers."""
    if isinstance(result, Rejected):
        assert result.errors
        assert all(error.strip() for error in result.errors)
        assert wire.statuses[result.fault] in (400, 413)
        json.loads(wire.refused(result.fault, result.errors))
        return
    json.loads(wire.accepted(result))
    assert 0 <= result.endings <= len(result.facts)
    for fact in result.facts:
        assert (fact.service, fact.integration) == (3, 7)
        texts = [part for part in msgspec.structs.astuple(fact) if isinstance(part, str)]
        assert not any("\0" in text for text in (*texts, *getattr(fact, "notes", ())))
        if isinstance(fact, AlertTriggered | ChangeReported):
            assert 1 <= len(fact.summary) <= LONGEST_SUMMARY
            assert fact.summary.strip()
            body = bytes(fact.body)
            assert len(body) <= LARGEST_BODY
            assert isinstance(json.loads(body), dict)
            assert b"\\u0000" not in body.replace(b"\\\\", b"")
        if not isinstance(fact, ChangeReported):
            assert 1 <= len(fact.dedup_key) <= LONGEST_KEY
        msgspec.json.encode(fact)
