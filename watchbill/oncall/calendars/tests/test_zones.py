"""Zones that only the file knows: the same offsets as the world has them, and of that file alone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from watchbill.oncall.calendars.events import BadEvent
from watchbill.oncall.calendars.lines import tidied
from watchbill.oncall.calendars.parse import parse
from watchbill.oncall.calendars.repeat import Meter
from watchbill.oncall.calendars.zones import Described, described, found_in, name_in, named

SINCE, UNTIL = (datetime.fromisoformat(day) for day in ("2026-01-01", "2028-01-01"))


def part(kind: str, start: str, before: str, after: str, *lines: str) -> list[str]:
    offsets = [f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
    return [f"BEGIN:{kind}", f"DTSTART:{start}", *offsets, *lines, f"END:{kind}"]


def document(*parts: list[str], events: str = "", last: bool = False) -> bytes:
    zone = ["BEGIN:VTIMEZONE", "TZID:Our own", *(line for one in parts for line in one), "END:VTIMEZONE"]
    inside = [*events.split("\n"), *zone] if last else [*zone, *events.split("\n")]
    return "\r\n".join(["BEGIN:VCALENDAR", *filter(None, inside), "END:VCALENDAR", ""]).encode()


def zone(*parts: list[str]) -> Described:
    (block,) = tidied(document(*parts)).zones
    return described(name_in(block), block, SINCE, UNTIL, Meter())


BERLIN = (
    part("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
    part("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
)
SYDNEY = (
    part("STANDARD", "20080406T030000", "+1100", "+1000", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
    part("DAYLIGHT", "20081005T020000", "+1000", "+1100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"),
)
LORD_HOWE = (
    part("STANDARD", "20080406T020000", "+1100", "+1030", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
    part("DAYLIGHT", "20081005T020000", "+1030", "+1100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"),
)
MOSCOW = (  # summer time until 2010, then two changes for good
    part(
        "DAYLIGHT", "19930328T020000", "+0300", "+0400", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20100327T230000Z"
    ),
    part(
        "STANDARD",
        "19961027T030000",
        "+0400",
        "+0300",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20101030T230000Z",
    ),
    part("STANDARD", "20110327T020000", "+0300", "+0400"),
    part("STANDARD", "20141026T020000", "+0400", "+0300"),
)
ISTANBUL = (  # summer time that ends with a day of summer: the last change of a rule that is over holds
    part(
        "STANDARD",
        "20071028T040000",
        "+0300",
        "+0200",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20151025T010000Z",
    ),
    part(
        "DAYLIGHT", "20070325T030000", "+0200", "+0300", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20160327T010000Z"
    ),
)
KOLKATA = (part("STANDARD", "19700101T000000", "+0530", "+0530"),)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (BERLIN, "Europe/Berlin"),
        (SYDNEY, "Australia/Sydney"),
        (LORD_HOWE, "Australia/Lord_Howe"),
        (MOSCOW, "Europe/Moscow"),
        (ISTANBUL, "Europe/Istanbul"),
        (KOLKATA, "Asia/Kolkata"),
    ],
)
def test_it_is_what_the_world_knows_hour_by_hour(parts, name):
    ours, theirs = zone(*parts), ZoneInfo(name)
    for half in range(int((UNTIL - SINCE) / timedelta(minutes=30))):
        wall = SINCE + timedelta(minutes=30 * half)
        for fold in (0, 1):
            shown = wall.replace(fold=fold)
            assert ours.utcoffset(shown) == theirs.utcoffset(shown), shown
        instant = wall.replace(tzinfo=UTC)
        mine, real = instant.astimezone(ours), instant.astimezone(theirs)
        assert (mine.replace(tzinfo=None), mine.fold) == (real.replace(tzinfo=None), real.fold), instant


@pytest.mark.parametrize("last", [False, True])
def test_a_zone_is_known_wherever_in_the_file_it_stands(last):
    event = "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Our own:20261023T090000\nDURATION:PT1H\nEND:VEVENT"
    body = document(*KOLKATA, events=event, last=last)
    (one,) = parse(body, since=SINCE.replace(tzinfo=UTC), until=UNTIL.replace(tzinfo=UTC), zone="UTC").occurrences
    assert datetime.fromtimestamp(one.since, UTC) == datetime(2026, 10, 23, 3, 30, tzinfo=UTC)


def test_a_zone_of_one_file_is_not_that_of_the_next():
    """ "Customized Time Zone is what Exchange calls the zone of everybody who made one."""
    event = "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Our own:20261023T090000\nDURATION:PT1H\nEND:VEVENT"
    hours = []
    for offset in ("+0100", "-0800"):
        body = document(part("STANDARD", "19700101T000000", offset, offset), events=event)
        (one,) = parse(body, since=SINCE.replace(tzinfo=UTC), until=UNTIL.replace(tzinfo=UTC), zone="UTC").occurrences
        hours.append(datetime.fromtimestamp(one.since, UTC).hour)
    assert hours == [8, 17]


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((), "neither STANDARD nor DAYLIGHT"),
        ((part("STANDARD", "19700101T000000", "+0100", "+9900"),), "24 hours"),
        ((part("STANDARD", "soon", "+0100", "+0200"),), "soon"),
        ((part("STANDARD", "19700101T000000", "+0100", "east"),), "east"),
        ((part("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=SECONDLY"),), "secondly"),
        ((part("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),), "no day"),
    ],
)  # fmt: skip
def test_a_zone_that_makes_no_sense_is_told(parts, why):
    with pytest.raises(BadEvent, match=why):
        zone(*parts)
    body = document(*parts, events="BEGIN:VEVENT\nUID:1\nDTSTART:20261023T090000Z\nDURATION:PT1H\nEND:VEVENT")
    found = parse(body, since=SINCE.replace(tzinfo=UTC), until=UNTIL.replace(tzinfo=UTC), zone="UTC")
    (problem,) = found.problems
    assert problem.startswith("Time zone Our own: ")
    assert len(found.occurrences) == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Europe/Madrid", "Europe/Madrid"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Mars/Base", None),
        ("Europe", None),
        ("../../etc/passwd", None),
        ("", None),
        ("a\x00b", None),
    ],
)
def test_names_of_zones(name, key):
    found = named(name)
    assert (found.key if found is not None else None) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("/example.org/20260101_1/Europe/Berlin", "Europe/Berlin"),
        ("/example.org/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("example.org/Europe/Berlin", None),
        ("/Europe", None),
        ("/", None),
    ],
)
def test_a_company_may_stand_before_the_name(name, key):
    found = found_in({})(name)
    assert (found.key if found is not None else None) == key


@pytest.mark.parametrize("name", ["Europe", "../../etc/passwd", "x" * 5_000, "America/"])
def test_a_name_of_no_zone_spoils_one_event(name):
    bad = f"BEGIN:VEVENT\nUID:1\nDTSTART;TZID={name}:20261023T090000\nDURATION:PT1H\nEND:VEVENT"
    good = "BEGIN:VEVENT\nUID:2\nDTSTART:20261023T090000Z\nDURATION:PT1H\nEND:VEVENT"
    body = document(*KOLKATA, events=f"{bad}\n{good}")
    found = parse(body, since=SINCE.replace(tzinfo=UTC), until=UNTIL.replace(tzinfo=UTC), zone="UTC")
    assert [one.uid for one in found.occurrences] == ["2"]
