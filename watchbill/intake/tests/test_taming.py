"""The small tamers, on tables."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given

from watchbill.engine.words import Severity
from watchbill.intake.severities import tame_severity
from watchbill.intake.taming import (
    LARGEST_BODY,
    MOST_NOTES,
    pack,
    tame_line,
    tame_links,
    tame_moment,
    tame_notes,
)
from watchbill.intake.tests.wild import values


@pytest.mark.parametrize(
    ("said", "severity", "noted"),
    [
        ("critical", Severity.CRITICAL, False),
        ("CRITICAL", Severity.CRITICAL, False),
        (" Warning ", Severity.WARNING, False),
        ("page", Severity.CRITICAL, True),
        ("Fatal", Severity.CRITICAL, True),
        ("EMERGENCY", Severity.CRITICAL, True),
        ("crit", Severity.CRITICAL, True),
        ("P1", Severity.CRITICAL, True),
        ("err", Severity.ERROR, True),
        ("warn", Severity.WARNING, True),
        ("information", Severity.INFO, True),
        ("ok", Severity.INFO, True),
        ("none", Severity.INFO, True),
        ("purple", Severity.ERROR, True),
        ("", Severity.ERROR, True),
        (None, Severity.ERROR, True),
        (5, Severity.ERROR, True),
        (["critical"], Severity.ERROR, True),
    ],
)
def test_severities(said, severity, noted):
    notes: list[str] = []
    assert tame_severity(said, notes) is severity
    assert bool(notes) == noted


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-22T07:00:00Z",
        "2026-11-22T07:00:00.000000000Z",
        "2026-11-22t07:00:00z",
        "2026-11-22T08:00:00+0100",
        "2026-11-22T08:00:00+01:00",
        "20261122T070000Z",
        " 2026-11-22 07:00:00 UTC",
        1795330800,
        1795330800.0,
        1795330800000,
        1795330800000000,
        1795330800000000000,
        "1795330800",
        "1795330800.000",
    ],
)
def test_moments_in_all_their_dialects(said):
    notes: list[str] = []
    assert tame_moment(said, "It", notes) == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert notes == []


@pytest.mark.parametrize(
    "said",
    [
        "soon",
        "22/11/2026",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:00",
        "9" * 5000,
        "٣" * 12,
        True,
        {},
        [],
        -1,
        1e300,
        10**400,
        "1969-12-31T23:59:59Z",
    ],
)
def test_what_is_no_moment_is_none_and_noted(said):
    notes: list[str] = []
    assert tame_moment(said, "It", notes) is None
    assert notes[-1].endswith("could not be read as a time.")


@given(values)
def test_no_value_breaks_a_moment(value):
    moment = tame_moment(value if value == value else None, "It", [])
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("x", "x"),
        ("", ""),
        (" \n", ""),
        (None, ""),
        (5, "5"),
        (True, "true"),
        ({"a": 1}, '{"a":1}'),
    ],
)
def test_lines(said, text):
    notes: list[str] = []
    assert tame_line(said, "It", 100, notes) == text
    assert bool(notes) == (said is not None and not isinstance(said, str))


def test_a_long_line_is_cut_to_the_character():
    notes: list[str] = []
    assert tame_line("ü" * 11, "It", 10, notes) == "ü" * 9 + "…"
    assert tame_line("ü" * 10, "It", 10, notes) == "ü" * 10
    assert notes == ["It had 11 characters; it was cut to 10."]


def test_links_keep_what_the_web_has_an_address_for():
    notes: list[str] = []
    said = [
        {"href": "https://a.example", "text": "A", "x": 1},
        "http://b.example",
        {"href": ""},
        None,
    ]
    kept = tame_links([*said, {"href": "data:text/html,x"}], "href", ("text",), "links", notes)
    assert kept == [{"href": "https://a.example", "text": "A"}, {"href": "http://b.example"}]
    assert notes == ['An entry of links is no web address and was left out: "data:text/html,x".']
    assert tame_links({"href": "x"}, "href", (), "links", notes) == []
    assert notes[-1] == "links was not a list; it was left out."


def test_notes_are_bounded():
    assert tame_notes(["a", "b"]) == ("a", "b")
    assert tame_notes(["x"] * (MOST_NOTES + 5))[-1] == "5 more notes were left out."


@pytest.mark.parametrize(
    "extras",
    [
        {"custom_details": "x" * 500_000},
        {"custom_details": ["x" * 500] * 1000, "component": "c"},
        {"custom_details": {"x" * 70_000: 1}},
        {"links": [{"href": "https://x"}] * 20_000, "custom_details": {"a": 1}},
        {"client": "x" * 70_000, "component": "y" * 70_000, "group": "z" * 70_000},
        {"custom_details": {str(n): "x" * 600 for n in range(5_000)}},
    ],
)
def test_whatever_is_too_large_fits_afterwards(extras):
    notes: list[str] = []
    before = json.dumps(extras)
    packed = bytes(pack(extras, notes))
    assert len(packed) <= LARGEST_BODY < len(before)
    kept = json.loads(packed)
    assert kept.keys() == extras.keys()
    assert isinstance(kept.get("links", []), list)
    assert len(notes) == 1
