"""Feeds of ours, read back by the package that calendar programs are like."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar
from msgspec import Struct

from watchbill.engine.duty.shifts import Shift
from watchbill.oncall.calendars.parse import parse
from watchbill.oncall.calendars.render import render

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
HARD = "Ana; the 1st, of \\ her name\nand – ünïcode " + "数" * 60


class Told(Struct):
    shift: Shift
    title: str


def told(title: str = "On duty: Payments", **rest) -> Told:
    given = {"person": 1, "since": AT, "until": AT + timedelta(hours=12), "source": "rotation weekly", **rest}
    return Told(Shift(**given), title)


def events(body: bytes) -> list:
    return Calendar.from_ical(body).walk("VEVENT")


def test_an_event_says_when_what_and_why():
    (event,) = events(render("Ana on duty", [told()], stamp=AT))
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (AT, AT + timedelta(hours=12))
    assert (event["SUMMARY"], event["DESCRIPTION"]) == ("On duty: Payments", "From rotation weekly.")
    assert (event["TRANSP"], event["DTSTAMP"].dt) == ("OPAQUE", AT)
    assert event.errors == []


def test_a_shadow_is_free():
    (event,) = events(render("Ana on duty", [told(shadow=True)], stamp=AT))
    assert event["TRANSP"] == "TRANSPARENT"


def test_any_text_comes_back_as_it_was():
    body = render(HARD, [told(HARD)], stamp=AT)
    assert Calendar.from_ical(body)["NAME"] == " ".join(HARD.split())
    assert events(body)[0]["SUMMARY"] == HARD
    assert max(len(line) for line in body.split(b"\r\n")) <= 75


def test_a_shift_is_known_again_when_its_end_moves_and_is_another_when_its_person_does():
    (one,) = events(render("x", [told()], stamp=AT))
    (longer,) = events(render("x", [told(until=AT + timedelta(hours=99))], stamp=AT))
    (other,) = events(render("x", [told(person=2)], stamp=AT))
    assert one["UID"] == longer["UID"] != other["UID"]


def test_two_overrides_that_begin_at_once_with_one_source_are_two_events():
    both = [
        told(source="override by Bo", rotation=1, override=5),
        told(source="override by Bo", rotation=2, override=6),
    ]
    assert len({event["UID"] for event in events(render("x", both, stamp=AT))}) == 2


def test_the_stamp_may_be_of_any_zone():
    (event,) = events(render("x", [told()], stamp=AT.astimezone(ZoneInfo("Europe/Madrid"))))
    assert event["DTSTAMP"].dt == AT


def test_the_same_shifts_are_the_same_bytes():
    assert render("x", [told()], stamp=AT) == render("x", [told()], stamp=AT)


def test_what_we_write_we_can_read():
    found = parse(render("x", [told()], stamp=AT), since=AT, until=AT + timedelta(days=1), zone="UTC")
    assert [(one.since, one.summary) for one in found.occurrences] == [(int(AT.timestamp()), "On duty: Payments")]
    assert found.problems == ()


def test_an_empty_feed_is_a_calendar():
    assert events(render("x", [], stamp=AT)) == []
