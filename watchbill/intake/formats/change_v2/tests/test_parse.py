"""PagerDuty change events on captured requests, on tables, and on whatever Hypothesis thinks of."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.facts import ChangeReported
from watchbill.intake.contract import Fault, Parcel, Rejected
from watchbill.intake.formats.change_v2.wire import WIRE
from watchbill.intake.tests.wild import KEY, check, encode, event_like, take_in, values

FIXTURES = sorted((Path(__file__).parent / "fixtures").iterdir())


def change(value: Any) -> ChangeReported:
    result = take_in(WIRE, encode(value))
    assert isinstance(result, Parcel), result
    (fact,) = result.facts
    assert isinstance(fact, ChangeReported)
    assert result.endings == 0
    return fact


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.name)
def test_every_captured_request_is_taken_without_a_note(file):
    sent = json.loads(file.read_bytes())["body"]
    fact = change(sent)
    assert fact.summary == sent["payload"]["summary"]
    assert fact.source == sent["payload"].get("source", "")
    assert fact.changed_at == datetime.fromisoformat(sent["payload"]["timestamp"])
    assert json.loads(bytes(fact.body)).get("custom_details") == sent["payload"].get("custom_details")
    assert fact.notes == ()


def test_both_clients_are_among_the_captures():
    assert len(FIXTURES) == 2


def test_only_key_and_summary_are_required():
    fact = change({"routing_key": KEY, "payload": {"summary": "deploy"}})
    assert fact == ChangeReported(service=3, integration=7, summary="deploy", body=fact.body)
    assert bytes(fact.body) == b"{}"


def test_links_are_kept():
    links = [{"href": "https://ci.example/42", "text": "Build 42"}]
    fact = change({"routing_key": KEY, "payload": {"summary": "deploy"}, "links": links})
    assert json.loads(bytes(fact.body)) == {"links": links}


def test_a_moment_without_a_zone_is_utc_and_noted():
    payload = {"summary": "deploy", "timestamp": "2026-11-22 07:00"}
    fact = change({"routing_key": KEY, "payload": payload})
    assert fact.changed_at == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert fact.notes == ("The timestamp names no zone; it was read as UTC.",)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"payload": {"summary": "x"}}, "'routing_key' is missing"),
        ({"routing_key": KEY}, "'payload' is missing"),
        ({"routing_key": KEY, "payload": "x"}, "'payload' must be an object"),
        ({"routing_key": KEY, "payload": {}}, "'payload.summary' is missing"),
    ],
)
def test_what_is_missing_is_refused_by_name(value, error):
    assert take_in(WIRE, encode(value)) == Rejected((error,), Fault.INVALID)


def test_the_answer_is_the_one_that_clients_read():
    result = take_in(WIRE, encode({"routing_key": KEY, "payload": {"summary": "x"}}))
    assert isinstance(result, Parcel)
    assert WIRE.accepted(result) == b'{"status":"success","message":"Change event processed"}'


@given(st.one_of(st.binary(max_size=200), values.map(encode), event_like().map(encode)))
def test_nothing_raises(body):
    check(WIRE, take_in(WIRE, body))
