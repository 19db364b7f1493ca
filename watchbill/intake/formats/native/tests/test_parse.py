"""The batch route on tables and on whatever Hypothesis thinks of."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.facts import AlertResolved, AlertTriggered
from watchbill.intake.contract import BadLine, Fault, Parcel, Rejected
from watchbill.intake.formats.native.parse import MOST_EVENTS
from watchbill.intake.formats.native.wire import MOST_ERRORS, WIRE
from watchbill.intake.tests.wild import KEY, check, encode, event_like, take_in, values


def line(key: str = "k", **changes: Any) -> bytes:
    payload = {"summary": "It broke", "source": "db-1", "severity": "critical"}
    return encode({"event_action": "trigger", "dedup_key": key, "payload": payload, **changes})


def batch(*lines: bytes) -> Parcel:
    result = take_in(WIRE, b"\n".join(lines))
    assert isinstance(result, Parcel), result
    return result


def test_the_events_stay_in_their_order():
    parcel = batch(line("a"), line("b"), line("a", event_action="resolve"), line("c"))
    assert [fact.dedup_key for fact in parcel.facts] == ["a", "b", "a", "c"]
    assert [type(fact) for fact in parcel.facts[1:3]] == [AlertTriggered, AlertResolved]
    assert parcel.endings == 1
    assert WIRE.accepted(parcel) == b'{"accepted":4,"rejected":[]}'


def test_good_lines_are_taken_and_bad_ones_answered_by_their_number():
    parcel = batch(line("a"), b"", b"{oops", b" \r", line("b"), b"[]", line("c", payload=5), b"")
    assert [fact.dedup_key for fact in parcel.facts] == ["a", "b"]
    answer = json.loads(WIRE.accepted(parcel))
    assert answer["accepted"] == 2
    assert [bad["line"] for bad in answer["rejected"]] == [3, 6, 7]
    assert answer["rejected"][0]["error"].startswith("The line is not JSON: expecting property")
    assert answer["rejected"][2]["error"] == "'payload' must be an object"


def test_a_key_twice_in_one_line_costs_that_line_only():
    parcel = batch(line("a"), b'{"event_action":"trigger","event_action":"resolve"}')
    assert parcel.bad_lines == [BadLine(2, 'The key "event_action" appears twice in one object.')]


def test_a_line_may_repeat_the_key_of_the_request_but_name_no_other():
    parcel = batch(line("a", routing_key=KEY), line("b", routing_key="R" * 32))
    assert [fact.dedup_key for fact in parcel.facts] == ["a"]
    assert parcel.bad_lines == [BadLine(2, "'routing_key' is not the key of this request")]


def test_windows_line_ends_and_a_byte_order_mark_are_read_over():
    assert len(batch(b"\xef\xbb\xbf" + line("a") + b"\r", line("b") + b"\r", b"").facts) == 2


def test_no_good_line_is_a_refusal_that_names_them_all():
    result = take_in(WIRE, b"{}\n\nrubbish")
    assert isinstance(result, Rejected)
    assert result.fault is Fault.INVALID
    assert result.errors[0] == "Line 1: 'event_action' is missing or blank"
    assert result.errors[1].startswith("Line 3: The line is not JSON")


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\t\n"])
def test_nothing_at_all_is_refused(body):
    assert take_in(WIRE, body) == Rejected(("The body is empty.",), Fault.UNREADABLE)


def test_too_many_events_are_refused_before_any_is_made():
    assert len(batch(*[line()] * MOST_EVENTS).facts) == MOST_EVENTS
    for body in (b"\n".join([line()] * (MOST_EVENTS + 1)), line() + b"\n" * 5 * MOST_EVENTS):
        result = take_in(WIRE, body)
        assert isinstance(result, Rejected)
        assert result.fault is Fault.TOO_LARGE


def test_rubbish_is_not_answered_by_more_rubbish():
    parcel = batch(line(), *[b"x"] * (MOST_ERRORS + 50))
    answer = json.loads(WIRE.accepted(parcel))
    assert len(answer["rejected"]) == MOST_ERRORS
    assert answer["more_rejected"] == 50
    result = take_in(WIRE, b"x\n" * (MOST_ERRORS + 50))
    assert isinstance(result, Rejected)
    assert len(json.loads(WIRE.refused(result.fault, result.errors))["errors"]) == MOST_ERRORS


@given(st.lists(st.one_of(st.binary(max_size=60), values.map(encode), event_like().map(encode))))
def test_every_line_is_taken_or_named(lines):
    result = take_in(WIRE, b"\n".join(lines))
    check(WIRE, result)
    if isinstance(result, Parcel):
        said = sum(1 for part in b"\n".join(lines).split(b"\n") if part.strip())
        assert len(result.facts) + len(result.bad_lines) == said
