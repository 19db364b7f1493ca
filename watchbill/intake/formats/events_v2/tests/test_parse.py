"""PagerDuty Events v2 on captured requests, on tables, and on whatever Hypothesis thinks of."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.facts import AlertAcknowledged, AlertResolved, AlertTriggered
from watchbill.engine.words import Severity
from watchbill.intake.contract import Fault, Parcel, Rejected
from watchbill.intake.formats.events_v2.wire import WIRE
from watchbill.intake.tests.wild import KEY, check, encode, event_like, take_in, triggers, values

FIXTURES = Path(__file__).parent / "fixtures"


def capture(name: str) -> bytes:
    file = FIXTURES / name
    if file.suffix == ".json":  # these clients' bodies were kept decoded
        return json.dumps(json.loads(file.read_bytes())["body"]).encode()
    return file.read_bytes()


def event(**changes: Any) -> dict[str, Any]:
    """A good trigger with `changes`; a value of `...` takes a part out. `payload_x` is `payload.x`."""
    made: dict[str, Any] = {"routing_key": KEY, "event_action": "trigger", "dedup_key": "k"}
    payload: dict[str, Any] = {"summary": "It broke", "source": "db-1", "severity": "critical"}
    made["payload"] = payload
    for name, value in changes.items():
        where, part = (payload, name[8:]) if name.startswith("payload_") else (made, name)
        if value is ...:
            del where[part]
        else:
            where[part] = value
    return made


def trigger(**changes: Any) -> AlertTriggered:
    result = take_in(WIRE, encode(event(**changes)))
    assert isinstance(result, Parcel), result
    (fact,) = result.facts
    assert isinstance(fact, AlertTriggered)
    return fact


def refusal(made: Any) -> Rejected:
    result = take_in(WIRE, made if isinstance(made, bytes) else encode(made))
    assert isinstance(result, Rejected), result
    return result


GOOD = sorted(file.name for file in FIXTURES.iterdir() if "malformed" not in file.name)


@pytest.mark.parametrize("name", GOOD)
def test_every_captured_request_is_taken_without_a_note(name):
    body = capture(name)
    result = take_in(WIRE, body)
    check(WIRE, result)
    assert isinstance(result, Parcel), result
    (fact,) = result.facts
    sent = json.loads(body)
    kinds = {"trigger": AlertTriggered, "acknowledge": AlertAcknowledged, "resolve": AlertResolved}
    assert type(fact) is kinds[sent["event_action"]]
    assert fact.dedup_key == sent.get("dedup_key", "made-up")
    assert result.endings == (sent["event_action"] != "trigger")
    if isinstance(fact, AlertTriggered):
        assert fact.summary == sent["payload"]["summary"]
        assert fact.severity == sent["payload"]["severity"]
        assert fact.notes == ()


def test_all_senders_are_among_the_captures():
    senders = {name.split("-")[0] for name in GOOD}
    assert senders == {"icinga", "nagios", "pagerduty", "pdpyras", "uptime"}


def test_alertmanagers_trigger_keeps_everything_it_said():
    body = capture("pagerduty-trigger.body")
    result = take_in(WIRE, body)
    assert isinstance(result, Parcel)
    fact = result.facts[0]
    assert isinstance(fact, AlertTriggered)
    sent = json.loads(body)
    kept = json.loads(bytes(fact.body))
    assert fact.source == "Alertmanager"
    assert kept == {
        "class": "DiskFull",
        "component": "node",
        "group": "eu1",
        "custom_details": sent["payload"]["custom_details"],
        "client": "Alertmanager",
        "client_url": sent["client_url"],
        "images": sent["images"],
        "links": sent["links"],
    }


@pytest.mark.parametrize("number", [1, 2])
def test_monits_doubly_escaped_json_is_explained(number):
    result = refusal(capture(f"monit-malformed-json-00{number}-POST-v2_enqueue.body"))
    assert result.fault is Fault.UNREADABLE
    assert "line 1, column 2" in result.errors[0]
    assert "escaped them once too often" in result.errors[0]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"routing_key": ...}, ("'routing_key' is missing",)),
        ({"routing_key": " \n"}, ("'routing_key' is blank",)),
        ({"routing_key": 5}, ("'routing_key' must be a text",)),
        ({"event_action": ...}, ("'event_action' is missing or blank",)),
        (
            {"event_action": "explode"},
            ("'event_action' must be trigger, acknowledge or resolve, not 'explode'",),
        ),
        ({"payload": ...}, ("'payload' is missing",)),
        ({"payload": []}, ("'payload' must be an object",)),
        (
            {"payload": {}},
            (
                "'payload.summary' is missing",
                "'payload.source' is missing",
                "'payload.severity' is missing",
            ),
        ),
        ({"payload_source": ...}, ("'payload.source' is missing",)),
        (
            {"dedup_key": "k" * 256},
            ("Length of 'dedup_key' is incorrect (should be at most 255 characters)",),
        ),
        ({"dedup_key": {}}, ("'dedup_key' must be a text",)),
        (
            {"event_action": "resolve", "dedup_key": ...},
            ("'dedup_key' is missing or blank; it is required to resolve",),
        ),
        (
            {"event_action": "acknowledge", "dedup_key": ""},
            ("'dedup_key' is missing or blank; it is required to acknowledge",),
        ),
    ],
)
def test_what_is_missing_is_refused_by_name(changes, errors):
    assert refusal(event(**changes)) == Rejected(errors, Fault.INVALID)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"5"])
def test_a_body_that_is_no_object_is_unreadable(body):
    assert refusal(body) == Rejected(("The body must be one JSON object.",), Fault.UNREADABLE)


def test_the_longest_dedup_key_is_kept():
    assert trigger(dedup_key="ü" * 255).dedup_key == "ü" * 255


@pytest.mark.parametrize("key", [..., "", None])
def test_a_trigger_without_a_key_gets_one(key):
    assert trigger(dedup_key=key).dedup_key == "made-up"


def test_a_number_is_the_same_key_on_trigger_and_resolve():
    resolved = take_in(WIRE, encode({**event(event_action="resolve"), "dedup_key": 4711}))
    assert isinstance(resolved, Parcel)
    assert resolved.facts[0].dedup_key == trigger(dedup_key=4711).dedup_key == "4711"


@pytest.mark.parametrize("payload", [..., None, {}, "rubbish", {"summary": "x" * 5000}])
def test_acknowledge_and_resolve_do_not_look_at_the_payload(payload):
    for action, kind in (("acknowledge", AlertAcknowledged), ("resolve", AlertResolved)):
        result = take_in(WIRE, encode(event(event_action=action, payload=payload)))
        assert isinstance(result, Parcel)
        assert result.facts == (kind(service=3, integration=7, dedup_key="k"),)
        assert result.endings == 1


def test_the_action_may_be_written_in_any_case():
    assert trigger(event_action="Trigger ").summary == "It broke"


def test_an_unknown_severity_pages_as_an_error_and_says_so():
    fact = trigger(payload_severity="{{ severity }}")
    assert fact.severity is Severity.ERROR
    assert fact.notes == ('Severity "{{ severity }}" is not known; it was taken as error.',)


def test_a_long_summary_is_cut_and_noted():
    fact = trigger(payload_summary="x" * 1500)
    assert fact.summary == "x" * 1023 + "…"
    assert fact.notes == ("The summary had 1500 characters; it was cut to 1024.",)


def test_an_empty_summary_and_source_still_page():
    fact = trigger(payload_summary=" ", payload_source="")
    assert (fact.summary, fact.source) == ("Alert without a summary", "")
    assert fact.notes == ("The source was empty.", "The summary was empty.")
    assert trigger(payload_summary=None).summary == "Alert from db-1"


def test_the_timestamp_is_read_and_kept():
    fact = trigger(payload_timestamp="2026-11-22T08:00:00.5+01:00")
    assert fact.began_at == datetime(2026, 11, 22, 7, 0, 0, 500_000, UTC)
    assert json.loads(bytes(fact.body)) == {"timestamp": "2026-11-22T08:00:00.5+01:00"}


def test_template_leftovers_in_links_and_images_vanish_unnoted():
    fact = trigger(links=[{"href": "", "text": ""}], images=[{"src": "", "alt": "", "href": ""}])
    assert json.loads(bytes(fact.body)) == {"links": [], "images": []}
    assert fact.notes == ()


def test_a_link_that_would_run_code_is_left_out():
    fact = trigger(
        links=[{"href": "javascript:alert(1)"}, {"href": "https://ok.example", "text": "ok"}],
        client_url="JavaScript:alert(1)",
    )
    assert json.loads(bytes(fact.body)) == {"links": [{"href": "https://ok.example", "text": "ok"}]}
    assert "javascript:alert(1)" in fact.notes[0]


def test_large_details_are_cut_where_they_are_largest():
    fact = trigger(payload_custom_details={"log": "x" * 200_000, "host": "db-1"})
    kept = json.loads(bytes(fact.body))
    assert kept == {"custom_details": {"log": "(cut: 200002 bytes)", "host": "db-1"}}
    assert fact.notes[0].startswith("The details had 200043 bytes; they were cut to ")


def test_ten_thousand_small_details_are_cut_as_a_whole():
    fact = trigger(payload_component="disk", payload_custom_details={f"label-{n}": "x" for n in range(10_000)})
    kept = json.loads(bytes(fact.body))
    assert kept["component"] == "disk"
    assert kept["custom_details"].startswith("(cut: ")


def test_the_answer_is_the_one_that_clients_read():
    result = take_in(WIRE, encode(event(dedup_key='quote " and ü')))
    assert isinstance(result, Parcel)
    assert json.loads(WIRE.accepted(result)) == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": 'quote " and ü',
    }


@given(st.binary(max_size=200))
def test_no_bytes_raise(body):
    check(WIRE, take_in(WIRE, body))


@given(values)
def test_no_json_raises(value):
    check(WIRE, take_in(WIRE, encode(value)))


@given(triggers())
def test_no_text_number_or_list_in_a_complete_trigger_loses_the_page(value):
    result = take_in(WIRE, encode(value))
    check(WIRE, result)
    if isinstance(result, Rejected):
        assert result.fault is Fault.UNREADABLE
        assert re.search(r"NUL|surrogate|NaN|Infinity", result.errors[0]), result


@given(event_like())
def test_nothing_that_looks_like_an_event_raises(value):
    check(WIRE, take_in(WIRE, encode(value)))
