"""Whose shift an event is."""

import pytest
from msgspec.structs import replace

from watchbill.engine.duty.schedule import Fixed
from watchbill.oncall.calendars.out_of_office import absences
from watchbill.oncall.calendars.parse import Occurrence
from watchbill.oncall.calendars.people import Names, shifts_of

ANA, BO, CY, OTHER_ANA = 1, 2, 3, 4
NAMES = Names([(ANA, "ana@example.org", "Ana Gil"), (BO, "Bo@example.org", "Bo"), (CY, "cy@example.org", "Cy Young")])


def event(summary: str, *people: str, since: int = 0, until: int = 3600, busy: str = "busy") -> Occurrence:
    return Occurrence(since, until, summary, people, f"uid {since}", False, busy)


@pytest.mark.parametrize(
    ("summary", "attendees", "found"),
    [
        ("whatever", ("ana@example.org",), (ANA,)),
        ("Bo", ("ana@example.org", "bo@example.org"), (ANA, BO)),  # the invitation says more than the title
        ("Bo", ("rota@example.org",), (BO,)),  # a room or a list is nobody
        ("on call bo@example.org", (), (BO,)),
        ("Ana Gil", (), (ANA,)),
        ("ana", (), (ANA,)),
        ("On call: Ana", (), (ANA,)),
        ("Ana (primary)", (), (ANA,)),
        ("Ana: primary", (), (ANA,)),
        ("[prod] Bo", (), (BO,)),
        ("Ana, Bo", (), (ANA, BO)),
        ("On call: Ana and Cy Young", (), (ANA, CY)),
        ("Bo / Cy", (), (BO, CY)),
    ],
)
def test_whose_it_is(summary, attendees, found):
    shifts, unmatched = shifts_of([event(summary, *attendees)], NAMES)
    assert (shifts, unmatched) == ((Fixed(0, 3600, found),), ())


@pytest.mark.parametrize("summary", ["", "Planning", "Anastasia", "bob@example.org", "Stand-up with everybody"])
def test_an_event_that_names_nobody_is_told(summary):
    shifts, (one,) = shifts_of([event(summary)], NAMES)
    assert shifts == ()
    assert (one.summary, one.why) == (summary, "it names nobody who is known here, by address or by name")


def test_a_name_of_two_people_is_told_and_not_guessed():
    names = Names([(ANA, "ana@example.org", "Ana Gil"), (OTHER_ANA, "ana.b@example.org", "Ana Boix")])
    assert shifts_of([event("Ana Boix")], names)[0][0].people == (OTHER_ANA,)
    _, (one,) = shifts_of([event("Ana")], names)
    assert one.why == "'Ana' is more than one person; write the address"


@pytest.mark.parametrize(
    ("summary", "busy", "away"),
    [
        ("Vacation", "busy", True),
        ("OOO - skiing", "free", True),
        ("Urlaub", "busy", True),
        ("Vacaciones de Ana", "busy", True),
        ("anything", "oof", True),
        ("Holidayinn meeting", "busy", False),
        ("Lunch", "busy", False),
        ("Ferienwohnung buchen", "busy", False),
    ],
)
def test_who_is_away(summary, busy, away):
    assert bool(absences([event(summary, busy=busy)])) is away


def test_a_whole_day_that_somebody_made_busy_is_one_away():
    day = Occurrence(0, 86400, "Moving house", (), "uid", True, "busy")
    assert absences([day])
    for other in (replace(day, busy="free"), replace(day, busy=""), replace(day, all_day=False)):
        assert not absences([other])


def test_an_accent_may_be_a_character_of_its_own():
    names = Names([(ANA, "jose@example.org", "Jose\u0301 Gil")])
    assert shifts_of([event("Jos\u00e9")], names)[0][0].people == (ANA,)


def test_days_that_follow_each_other_are_one_absence_and_it_is_known_by_its_first():
    days = [event("Vacation", since=day * 86400, until=(day + 1) * 86400) for day in (2, 0, 1, 5)]
    first, second = absences(days)
    assert (first.since, first.until, first.uid) == (0, 3 * 86400, "uid 0 0")
    assert (second.since, second.until) == (5 * 86400, 6 * 86400)
