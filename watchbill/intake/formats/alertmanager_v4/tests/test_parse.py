"""The Alertmanager webhook on captured messages, on tables, and on whatever Hypothesis thinks of."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.facts import AlertResolved, AlertTriggered
from watchbill.engine.words import Severity
from watchbill.intake.contract import Fault, Parcel, Rejected
from watchbill.intake.formats.alertmanager_v4.wire import WIRE
from watchbill.intake.tests.wild import check, encode, objects, or_wild, take_in, values

FIXTURES = Path(__file__).parent / "fixtures"


def parcel(message: Any) -> Parcel:
    result = take_in(WIRE, message if isinstance(message, bytes) else encode(message))
    check(WIRE, result)
    assert isinstance(result, Parcel), result
    return result


def fires(alert: dict[str, Any], **message: Any) -> AlertTriggered:
    (fact,) = parcel({"version": "4", "status": "firing", "alerts": [alert], **message}).facts
    assert isinstance(fact, AlertTriggered)
    return fact


def test_a_firing_message_becomes_a_trigger_for_each_alert():
    taken = parcel((FIXTURES / "webhook-firing.body").read_bytes())
    first, second = taken.facts
    assert isinstance(first, AlertTriggered)
    assert isinstance(second, AlertTriggered)
    assert (first.dedup_key, second.dedup_key) == ("67fab0c189f73b18", "9bd03727014e7eb7")
    assert first.summary == "Disk /var is 98% full on db-1"
    assert first.source == "db-1:9100"
    assert first.severity is Severity.CRITICAL
    assert first.began_at == datetime(2026, 11, 22, 6, 54, 53, tzinfo=UTC)
    assert first.notes == ()
    body = json.loads(bytes(first.body))
    assert body["links"] == [
        {"href": "https://runbooks.example.org/disk", "text": "Runbook"},
        {"href": "http://prom.example.org/graph?g0.expr=disk", "text": "Source"},
    ]
    assert body["client_url"] == "http://127.0.0.1:19093"
    assert body["custom_details"]["labels"]["mountpoint"] == "/var"
    assert taken.endings == 0
    assert WIRE.accepted(taken) == b'{"accepted":2}'


def test_a_firing_message_may_carry_a_resolved_alert():
    taken = parcel((FIXTURES / "webhook-partial-resolve.body").read_bytes())
    resolved, firing = taken.facts
    assert resolved == AlertResolved(service=3, integration=7, dedup_key="67fab0c189f73b18")
    assert isinstance(firing, AlertTriggered)
    assert firing.dedup_key == "9bd03727014e7eb7"
    assert taken.endings == 1


def test_a_resolved_message_resolves_all():
    taken = parcel((FIXTURES / "webhook-resolved.body").read_bytes())
    assert {type(fact) for fact in taken.facts} == {AlertResolved}
    assert taken.endings == len(taken.facts) > 0


@pytest.mark.parametrize(
    ("labels", "annotations", "summary"),
    [
        ({"alertname": "A", "instance": "i"}, {"summary": "s", "description": "d"}, "s"),
        ({"alertname": "A", "instance": "i"}, {"summary": " ", "description": "d"}, "d"),
        ({"alertname": "A", "instance": "i"}, {}, "A on i"),
        ({"alertname": "A"}, {}, "A"),
        ({"instance": "i"}, {}, "Alert on i"),
        ({}, {}, "Alert without a name"),
    ],
)
def test_the_summary_is_the_best_there_is(labels, annotations, summary):
    assert fires({"labels": labels, "annotations": annotations}).summary == summary


def test_a_missing_severity_pages_as_an_error_and_says_so():
    fact = fires({"labels": {"alertname": "A"}})
    assert fact.severity is Severity.ERROR
    assert fact.notes == ("No severity was given; it was taken as error.",)


def test_the_watchdogs_severity_none_wakes_nobody():
    assert fires({"labels": {"alertname": "Watchdog", "severity": "none"}}).severity is Severity.INFO


def test_without_a_fingerprint_the_labels_are_the_key_whatever_their_order():
    first = fires({"labels": {"a": "1", "b": "2"}}).dedup_key
    assert fires({"labels": {"b": "2", "a": "1"}, "startsAt": "2026-11-22T07:00:00Z"}).dedup_key == first
    assert fires({"labels": {"a": "1", "b": "3"}}).dedup_key != first
    assert len(first) == 64


def test_the_status_of_the_message_stands_in_for_a_missing_one():
    (fact,) = parcel({"status": "resolved", "alerts": [{"fingerprint": "f"}]}).facts
    assert fact == AlertResolved(service=3, integration=7, dedup_key="f")


def test_an_unknown_status_pages():
    assert isinstance(fires({"fingerprint": "f", "status": "smouldering"}), AlertTriggered)


def test_truncated_alerts_are_noted():
    fact = fires({"labels": {"severity": "error"}}, truncatedAlerts=12)
    assert fact.notes == ("Alertmanager left out 12 more alerts of this group.",)


def test_unknown_keys_are_read_over():
    assert fires({"labels": {}, "new": [1]}, notification_reason="repeat").dedup_key


def test_go_writes_year_one_where_there_is_no_moment():
    fact = fires({"labels": {"severity": "info"}, "startsAt": "0001-01-01T00:00:00Z"})
    assert (fact.began_at, fact.notes) == (None, ())


def test_a_message_without_alerts_in_its_list_is_taken():
    assert parcel({"alerts": []}).facts == []


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({}, "'alerts' is missing"),
        ({"alerts": {}}, "'alerts' must be a list"),
        ({"alerts": [{"fingerprint": "good"}, 5]}, "every entry of 'alerts' must be an object"),
    ],
)
def test_what_is_no_message_is_refused_as_a_whole(message, error):
    assert take_in(WIRE, encode(message)) == Rejected((error,), Fault.INVALID)


def test_nothing_that_passes_by_itself_is_answered_below_500():
    for fault in (Fault.OVER_BUDGET, Fault.TOO_SLOW, Fault.UNAVAILABLE, Fault.FAILED):
        assert WIRE.statuses[fault] == 503, "Alertmanager's webhook loses the alert after a 4xx"


alerts = objects(
    status=or_wild(st.sampled_from(["firing", "resolved"])),
    labels=or_wild(objects(alertname=values, instance=values, severity=values)),
    annotations=or_wild(objects(summary=values, description=values, runbook_url=values)),
    startsAt=values,
    endsAt=values,
    generatorURL=values,
    fingerprint=values,
)
messages = objects(
    alerts=or_wild(st.lists(or_wild(alerts), max_size=3)),
    status=values,
    groupKey=values,
    receiver=values,
    externalURL=values,
    truncatedAlerts=values,
)


@given(st.one_of(st.binary(max_size=200), values.map(encode), messages.map(encode)))
def test_nothing_raises(body):
    check(WIRE, take_in(WIRE, body))
