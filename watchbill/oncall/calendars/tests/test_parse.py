"""Calendars of elsewhere, as people keep them and as nobody should."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.engine.tests.profile import BOUNDED
from watchbill.oncall.calendars import lines
from watchbill.oncall.calendars.out_of_office import absences
from watchbill.oncall.calendars.parse import Calendar, Unreadable, parse

MADRID = "Europe/Madrid"
FILES = Path(__file__).with_name("ics")
SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *head.splitlines()]
    for event in events:
        lines += ["BEGIN:VEVENT", *(event if "UID:" in event else f"UID:1\n{event}").splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(
    *events: str, zone: str = MADRID, since: datetime = SINCE, until: datetime = UNTIL, head: str = ""
) -> Calendar:
    return parse(calendar(*events, head=head), since=since, until=until, zone=zone)


def spans(found: Calendar, zone: str = MADRID) -> list[str]:
    return [f"{_local(one.since, zone)} - {_local(one.until, zone)}" for one in found.occurrences]


def _local(instant: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(instant, ZoneInfo(zone)):%m-%d %H:%M}"


def hours(found: Calendar) -> list[float]:
    return [(one.until - one.since) / 3600 for one in found.occurrences]


def test_a_teams_calendar_of_google():
    found = parse((FILES / "google.ics").read_bytes(), since=SINCE, until=UNTIL, zone=MADRID)
    assert found.problems == ()
    assert [(one.summary, *span.split(" - ")) for one, span in zip(found.occurrences, spans(found), strict=True)] == [
        ("Ana on call", "10-05 09:00", "10-12 09:00"),
        ("On call: Bo", "10-12 09:00", "10-19 09:00"),
        ("Ana on call", "10-19 09:00", "10-26 09:00"),  # 169 hours
        ("On call: Bo, from Tuesday", "10-27 09:00", "11-02 09:00"),  # moved
        # 2 November was taken out, 9 November was cancelled
        ("Ana on call", "11-16 09:00", "11-23 09:00"),  # the last one that UNTIL allows
        ("On call: Bo", "11-23 09:00", "11-30 09:00"),
    ]
    assert found.occurrences[0].people == ("ana@example.org",)


def test_a_persons_calendar_of_outlook_says_when_the_person_is_away():
    found = parse((FILES / "outlook.ics").read_bytes(), since=SINCE, until=UNTIL, zone="Europe/Berlin")
    assert found.problems == ()
    (away,) = absences(found.occurrences)
    assert (_local(away.since, "Europe/Berlin"), _local(away.until, "Europe/Berlin")) == ("10-24 00:00", "10-27 12:00")
    assert away.summary == "Away"


def test_a_calendar_of_apple_across_the_end_of_summer():
    found = parse((FILES / "apple.ics").read_bytes(), since=SINCE, until=UNTIL, zone="Europe/Paris")
    assert found.problems == ()
    paris = dict(zip(spans(found, "Europe/Paris"), hours(found), strict=True))
    assert paris == {
        "10-23 09:00 - 10-24 09:00": 24,
        "10-24 09:00 - 10-25 09:00": 25,
        "10-25 00:00 - 10-26 00:00": 25,  # all day
        "10-25 09:00 - 10-26 09:00": 24,
        "10-26 11:00 - 10-27 09:00": 22,  # instead of 09:00, and written down in New York
        "10-27 09:00 - 10-28 09:00": 24,
    }
    assert found.occurrences[0].people == ("jose@example.org",)  # Bo has declined


def test_a_rota_of_exchange_in_a_zone_of_its_own():
    found = parse((FILES / "exchange.ics").read_bytes(), since=SINCE, until=UNTIL, zone="UTC")
    assert found.problems == ()
    assert spans(found, "Europe/Berlin") == [
        "10-23 20:00 - 10-24 08:00",
        "10-24 20:00 - 10-25 08:00",  # 13 hours
        "10-25 20:00 - 10-26 08:00",
        "10-26 17:00 - 10-27 01:00",  # 26 October was taken out, 27 October was cancelled with no time at all
    ]
    assert hours(found) == [12, 13, 12, 8]


def test_nine_o_clock_stays_nine_o_clock_and_the_day_has_25_hours():
    found = read(
        "DTSTART;TZID=Europe/Paris:20261023T090000\nDTEND;TZID=Europe/Paris:20261024T090000\nRRULE:FREQ=DAILY;COUNT=4",
        zone="Europe/Paris",
    )
    assert hours(found) == [24, 25, 24, 24]
    assert spans(found)[1] == "10-24 09:00 - 10-25 09:00"


def test_hours_of_a_duration_are_exact_and_days_go_by_the_clock():
    exact = read("DTSTART;TZID=Europe/Paris:20261024T210000\nDURATION:PT12H")
    by_the_clock = read("DTSTART;TZID=Europe/Paris:20261024T210000\nDURATION:P1D")
    assert (hours(exact), hours(by_the_clock)) == ([12], [25])


def test_all_day_events_are_days_of_the_rotas_zone():
    found = read("DTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261026", zone="Europe/Madrid")
    assert (spans(found), hours(found)) == (["10-25 00:00 - 10-26 00:00"], [25])
    assert found.occurrences[0].all_day
    found = read("DTSTART;VALUE=DATE:20261025", zone="Asia/Kolkata")
    assert spans(found, "Asia/Kolkata") == ["10-25 00:00 - 10-26 00:00"]


def test_times_without_a_zone_are_of_the_rotas_zone():
    found = read("DTSTART:20261024T090000\nDTEND:20261024T100000", zone="Asia/Kolkata")
    assert spans(found, "Asia/Kolkata") == ["10-24 09:00 - 10-24 10:00"]


def test_times_without_a_zone_are_of_the_calendars_zone_where_it_names_one():
    for name in ("Asia/Kolkata", "India Standard Time"):
        found = read("DTSTART:20261024T090000\nDTEND:20261024T100000", head=f"X-WR-TIMEZONE:{name}")
        assert spans(found, "Asia/Kolkata") == ["10-24 09:00 - 10-24 10:00"]
    found = read("DTSTART:20261024T090000\nDTEND:20261024T100000", head="X-WR-TIMEZONE:Mars/Base")
    assert spans(found) == ["10-24 09:00 - 10-24 10:00"]


def test_a_zone_that_only_the_file_knows():
    head = "\n".join(
        ["BEGIN:VTIMEZONE", "TZID:Our own", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0530",
         "TZOFFSETTO:+0530", "END:STANDARD", "END:VTIMEZONE"]
    )  # fmt: skip
    found = read("DTSTART;TZID=Our own:20261024T090000\nDTEND;TZID=Our own:20261024T100000", head=head)
    assert spans(found, "Asia/Kolkata") == ["10-24 09:00 - 10-24 10:00"]


def test_a_zone_that_nobody_knows_is_told():
    found = read("UID:x\nDTSTART;TZID=Mars/Base:20261024T090000\nDTEND;TZID=Mars/Base:20261024T100000")
    assert found.occurrences == ()
    assert found.problems == (
        "Event x: DTSTART: the time zone 'Mars/Base' is not known, and the file does not describe it.",
    )


@pytest.mark.parametrize("until", ["20261026T080000Z", "20261026T090000", "20261026"])
def test_until_counts_the_last_one_however_it_is_written(until):
    found = read(f"DTSTART;TZID=Europe/Madrid:20261024T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL={until}")
    assert spans(found) == [f"10-{day} 09:00 - 10-{day} 10:00" for day in (24, 25, 26)]


def test_more_dates_and_dates_taken_out():
    found = read(
        "DTSTART;TZID=Europe/Madrid:20261024T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n"
        "RDATE;TZID=Europe/Madrid:20261101T120000\nEXDATE:20261025T080000Z"
    )
    assert spans(found) == ["10-24 09:00 - 10-24 10:00", "10-26 09:00 - 10-26 10:00", "11-01 12:00 - 11-01 13:00"]


@pytest.mark.parametrize(
    "replaced",
    ["TZID=Europe/Madrid:20261025T090000", "VALUE=DATE:20261025", "X-A=b:20261025T080000Z", "X-A=b:20261025T090000"],
)
def test_an_occurrence_that_was_moved_is_found_however_it_is_named_and_wherever_it_went(replaced):
    series = "UID:a\nDTSTART;TZID=Europe/Madrid:20261024T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3"
    moved = f"UID:a\nRECURRENCE-ID;{replaced}\nDTSTART;TZID=America/New_York:20261025T120000\nDURATION:PT1H"
    expected = ["10-24 09:00 - 10-24 10:00", "10-25 17:00 - 10-25 18:00", "10-26 09:00 - 10-26 10:00"]
    assert spans(read(series, moved)) == spans(read(moved, series)) == expected


def test_a_date_taken_out_of_a_series_with_times_is_all_of_its_day():
    found = read(
        "DTSTART;TZID=Europe/Madrid:20261024T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261025"
    )
    assert spans(found) == ["10-24 09:00 - 10-24 10:00", "10-26 09:00 - 10-26 10:00"]


def test_a_bad_rule_does_not_lose_the_occurrences_that_were_edited():
    found = read(
        "UID:a\nDTSTART:20261024T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=x",
        "UID:a\nRECURRENCE-ID:20261025T090000Z\nDTSTART:20261025T120000Z\nDURATION:PT1H\nSUMMARY:moved",
    )
    assert ([one.summary for one in found.occurrences], len(found.problems)) == (["moved"], 1)


def test_an_end_by_the_clock_of_another_zone_is_exact():
    found = read("DTSTART;TZID=Europe/Madrid:20261025T020000\nDTEND:20261025T013000Z")
    assert hours(found) == [1.5]  # the end is 02:30, for the second time


def test_events_without_a_uid_are_all_there():
    found = parse(
        calendar("DTSTART;VALUE=DATE:20261024\nSUMMARY:Ana", "DTSTART;VALUE=DATE:20261024\nSUMMARY:Bo").replace(
            b"UID:1\r\n", b""
        ),
        since=SINCE,
        until=UNTIL,
        zone=MADRID,
    )
    assert sorted(one.summary for one in found.occurrences) == ["Ana", "Bo"]
    assert found.problems == ()


def test_two_events_with_one_uid_and_one_sequence_are_told():
    one, other = (f"UID:a\nDTSTART:202610{day}T090000Z\nDURATION:PT1H" for day in (24, 25))
    found = read(one, other)
    assert spans(found) == ["10-25 10:00 - 10-25 11:00"]
    assert found.problems == ("Event a: UID: two events have it, with one SEQUENCE; the later in the file is used.",)
    assert read(one, one).problems == ()


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "DTSTART:20261024T090000Z\nSTATUS:CANCELLED"])
def test_a_cancellation_may_leave_out_when(line):
    later = f"UID:a\nSEQUENCE:2\n{line}"
    assert read("UID:a\nDTSTART:20261024T090000Z\nDURATION:PT1H", later) == Calendar((), ())


def test_an_event_that_was_cancelled_is_none():
    assert read("DTSTART:20261024T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED") == Calendar((), ())


def test_of_two_with_one_uid_the_later_version_counts():
    old = "UID:a\nSEQUENCE:1\nDTSTART:20261024T090000Z\nDURATION:PT1H\nSUMMARY:old"
    new = "UID:a\nSEQUENCE:2\nDTSTART:20261024T100000Z\nDURATION:PT1H\nSUMMARY:new"
    assert [one.summary for one in read(new, old).occurrences] == ["new"]
    assert [one.summary for one in read(old, new).occurrences] == ["new"]


def test_a_single_occurrence_of_a_series_that_is_not_in_the_file():
    found = read("RECURRENCE-ID:20261024T090000Z\nDTSTART:20261024T110000Z\nDURATION:PT1H\nSUMMARY:moved")
    assert spans(found) == ["10-24 13:00 - 10-24 14:00"]


def test_an_endless_series_is_cut_by_the_time_that_is_asked_for():
    found = read("DTSTART;TZID=Europe/Madrid:20100104T090000\nDURATION:P7D\nRRULE:FREQ=WEEKLY")
    assert len(found.occurrences) == 10
    assert found.problems == ()


def test_an_event_that_began_before_still_counts():
    found = read("DTSTART:20260920T000000Z\nDTEND:20261002T000000Z")
    assert len(found.occurrences) == 1


@pytest.mark.parametrize(
    ("event", "field", "told"),
    [
        ("DTEND:20261024T100000Z", "DTSTART", "missing"),
        ("DTSTART:20261024T090000Z", "DTEND", "missing"),
        ("DTSTART:20261024T090000Z\nDTEND:20261024T090000Z", "DTEND", "later than DTSTART"),
        ("DTSTART:20261024T090000Z\nDTEND:20261023T090000Z", "DTEND", "later than DTSTART"),
        ("DTSTART:20261024T090000Z\nDTEND;VALUE=DATE:20261026", "DTEND", "both"),
        ("DTSTART:20261024T090000Z\nDURATION:-PT1H", "DURATION", "longer than nothing"),
        ("DTSTART:20261024T090000Z\nDURATION:soon", "DURATION", "no duration"),
        ("DTSTART:yesterday\nDURATION:PT1H", "DTSTART", "no time"),
        ("DTSTART:20261024T090000Z\nDTEND:20281024T090000Z", "DTEND", "longer than 366 days"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1M\nRRULE:FREQ=SECONDLY", "RRULE", "secondly"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY", "RRULE", "minutely"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY;BYHOUR=3", "RRULE", "hourly"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=x", "RRULE", "cannot be read"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "RRULE", "more than one"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RRULE", "no day at all"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRRULE FREQ=DAILY", "RRULE", "the line cannot be read"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0", "RRULE", "INTERVAL must be from 1"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYEASTER=0", "RRULE", "BYEASTER"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nEXRULE:FREQ=DAILY", "EXRULE", "EXDATE"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nEXDATE:soon", "EXDATE", "no list of times"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20261025T090000Z/PT5H", "RDATE", "period"),
        ("DTSTART:20261024T090000Z\nDTSTART:20261025T090000Z\nDURATION:PT1H", "DTSTART", "more than once"),
        ("DTSTART:95000101T090000Z\nDURATION:PT1H", "DTSTART", "out of reach"),
        ("DTSTART:20261024T090000Z\nDURATION:PT1H\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261024T090000Z", "RECURRENCE-ID", "all later"),
    ],
)  # fmt: skip
def test_a_bad_event_is_told_by_its_field_and_loses_no_other(event, field, told):
    found = read(f"UID:bad one\n{event}", "UID:good\nDTSTART:20261024T090000Z\nDURATION:PT1H")
    (problem,) = found.problems
    assert problem.startswith("Event bad one: ") and field in problem and told in problem
    assert [one.uid for one in found.occurrences] == ["good"]


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<html>Sign in</html>", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\nnonsense"]
)
def test_what_is_no_calendar_is_refused(body):
    with pytest.raises(Unreadable):
        parse(body, since=SINCE, until=UNTIL, zone=MADRID)


def test_ten_megabytes_are_the_most():
    with pytest.raises(Unreadable, match="10,485,760 are the most"):
        parse(calendar() + b" " * lines.MOST_BYTES, since=SINCE, until=UNTIL, zone=MADRID)


def test_too_many_events_are_refused_before_they_are_read():
    body = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * (lines.MOST_EVENTS + 1)
    with pytest.raises(Unreadable, match="more than 20,000 events"):
        parse(body, since=SINCE, until=UNTIL, zone=MADRID)


def test_too_many_occurrences_are_refused():
    far = SINCE + timedelta(days=80 * 366)
    event = "DTSTART:20261001T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"
    with pytest.raises(Unreadable, match="20,000 occurrences"):
        read(event, until=far)


WHOLE = {file.name: file.read_bytes() for file in sorted(FILES.glob("*.ics"))}
PIECES = [
    b"DTSTART",
    b"DTEND;TZID=Europe",
    b"RRULE:",
    b"INTERVAL=0",
    b"UNTIL=",
    b"-",
    b"99999999",
    b"\r\n ",
    b"Z",
    b"BEGIN:",
]


@BOUNDED
@given(
    name=st.sampled_from(sorted(WHOLE)),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12) | st.sampled_from(PIECES)), max_size=4
    ),
)
def test_no_bytes_do_more_harm_than_to_be_refused(name, edits):
    body = WHOLE[name]
    for place, length, junk in edits:
        at = int(place * len(body))
        body = body[:at] + junk + body[at + length :]
    try:
        found = parse(body, since=SINCE, until=UNTIL, zone=MADRID)
    except Unreadable:
        return
    assert all(one.since < one.until for one in found.occurrences)
