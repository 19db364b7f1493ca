"""Who is told of an override, of one that was taken back, and of cover that is asked for and answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from watchbill.engine.duty.changes import Answer, Made, Request, TakenBack, of_override, of_request, of_taken_back
from watchbill.engine.duty.notices import Readers, Telling
from watchbill.engine.duty.schedule import Edition, Fixed, HandOff, Override, OverrideKind, Rotation, Schedule, Unit
from watchbill.engine.duty.walls import first, moment_of, zone_of

ANA, BO, CY, DI = 1, 2, 3, 4
NAMES = {ANA: "Ana", BO: "Bo", CY: "Cy", DI: "Di"}
BERLIN = "Europe/Berlin"
READERS = Readers(NAMES, dict.fromkeys(NAMES, BERLIN))
NOW = "2026-11-30 12:00"


def instant(wall: str) -> int:
    return first(datetime.fromisoformat(wall), zone_of(BERLIN))


def primary(*overrides: Override, people: Sequence[int] = (ANA, BO)) -> Schedule:
    """Ana is on duty this week, from Monday 30 November, 09:00, and Bo in the next one."""
    edition = Edition(0, BERLIN, HandOff(Unit.WEEK, date(2026, 11, 2)), tuple((person,) for person in people))
    return Schedule(7, "Primary", 1, BERLIN, (Rotation(1, "Weekly", (edition,)),), overrides=overrides, names=NAMES)


def override(kind: str, since: str, until: str, **rest: Any) -> Override:
    return Override(5, OverrideKind(kind), instant(since), instant(until), by="Cy", **rest)


def of(made: Override, *, by: int = CY, now: str = NOW, readers: Readers = READERS) -> list[Telling]:
    return list(of_override(primary(made), Made(made.id, by), readers, now=moment_of(instant(now))))


TUESDAY = {"since": "2026-12-01 18:00", "until": "2026-12-01 22:00"}


def test_both_whom_it_concerns_are_told_what_they_gain_and_lose() -> None:
    told = of(override("replace", **TUESDAY, person=BO, instead_of=ANA, note="dentist"))
    assert {(one.person, one.key, one.subject) for one in told} == {
        (ANA, "override 5 1", "You are off duty in Primary, by an override"),
        (BO, "override 5 2", "You have duty in Primary, by an override"),
    }
    by_person = {one.person: one.body.splitlines() for one in told}
    assert by_person[BO] == [
        "Cy made an override in Primary: dentist.",
        "You are on duty: Tue 2026-12-01 18:00–22:00 CET, 4 h.",
        "Times are those of Europe/Berlin.",
    ]
    assert by_person[ANA] == [
        "Cy made an override in Primary: dentist.",
        "You are off duty: Tue 2026-12-01 18:00–22:00 CET, 4 h.",
        "On duty then: Bo.",
        "Times are those of Europe/Berlin.",
    ]


def test_whoever_made_it_knows() -> None:
    told = of(override("take", **TUESDAY, person=BO), by=BO)
    assert [one.person for one in told] == [ANA]


def test_who_is_taken_off_hears_that_nobody_is_there() -> None:
    (told,) = of(override("remove", **TUESDAY, instead_of=ANA))
    assert "On duty then: nobody." in told.body


def test_who_is_on_duty_anyhow_is_told_nothing() -> None:
    assert [one.person for one in of(override("take", **TUESDAY, person=ANA))] == []


def test_a_temporary_schedule_tells_one_person_of_all_that_changes() -> None:
    shifts = (
        Fixed(instant("2026-12-05 09:00"), instant("2026-12-06 09:00"), (BO,)),
        Fixed(instant("2026-12-07 09:00"), instant("2026-12-08 09:00"), (ANA,)),
    )
    told = {one.person: one for one in of(override("whole", "2026-12-05 09:00", "2026-12-08 09:00", shifts=shifts))}
    assert told[ANA].subject == "Your duty has changed in Primary, by an override"
    assert "You are on duty: Mon 2026-12-07 09:00 – Tue 2026-12-08 09:00 CET, 1 d." in told[ANA].body
    assert "You are off duty: Sat 2026-12-05 09:00 – Mon 2026-12-07 09:00 CET, 2 d." in told[ANA].body


def test_what_of_it_is_over_is_not_told() -> None:
    made = override("replace", **TUESDAY, person=BO, instead_of=ANA)
    (told,) = [one for one in of(made, now="2026-12-01 20:00") if one.person == BO]
    assert "Tue 2026-12-01 20:00–22:00 CET, 2 h." in told.body
    assert of(made, now="2026-12-01 22:00") == []


def test_one_that_is_months_ahead_is_told_now() -> None:
    told = of(override("replace", "2027-03-09 18:00", "2027-03-09 22:00", person=BO, instead_of=ANA))
    assert {one.person for one in told} == {ANA, BO}


def test_who_cannot_be_reached_is_told_nothing() -> None:
    made = override("replace", **TUESDAY, person=BO, instead_of=ANA)
    assert [one.person for one in of(made, readers=Readers(NAMES, {BO: BERLIN}))] == [BO]


def test_whoever_counts_on_an_override_hears_that_it_was_taken_back() -> None:
    now = moment_of(instant(NOW))
    told = list(of_taken_back(primary(), TakenBack(5, (BO, DI)), READERS, now=now))
    assert [one.key for one in told] == ["override back 5 2", "override back 5 4"]
    assert "You are on duty: Mon 2026-12-07 09:00 – Mon 2026-12-14 09:00 CET, 7 d." in told[0].body
    assert "You have no duty in Primary in the next 35 days." in told[1].body


# Cover


def cover(request: Request, *schedules: Schedule, now: str = NOW, helpers: Sequence[int] = ()) -> list[Telling]:
    known = {one.id: one for one in schedules or (primary(),)}
    return list(of_request(request, known, READERS, helpers={7: tuple(helpers)}, now=moment_of(instant(now))))


def asked(**rest: Any) -> Request:
    return Request(3, ANA, instant("2026-12-01 18:00"), instant("2026-12-01 22:00"), **rest)


def test_all_who_may_take_it_are_asked_and_not_the_asker() -> None:
    told = cover(asked(schedule=7, note="a play at school"), helpers=(ANA, CY))
    assert [(one.person, one.key, one.subject) for one in told] == [
        (BO, "cover asked 3 2", "Ana asks for cover in Primary"),
        (CY, "cover asked 3 3", "Ana asks for cover in Primary"),
    ]
    assert told[0].body.splitlines() == [
        "Ana asks for cover in Primary: a play at school",
        "Open: Tue 2026-12-01 18:00–22:00 CET, 4 h.",
        "Whoever takes it, all or part, is on duty then: watchbill cover take 3 --as YOUR_ADDRESS",
        "Until somebody does, Ana is.",
        "Times are those of Europe/Berlin.",
    ]


def test_a_request_for_everything_asks_where_the_asker_has_duty() -> None:
    other = Schedule(8, "Database", 1, BERLIN, (Rotation(2, "All", (_alone(DI),)),), names=NAMES)
    assert [one.person for one in cover(asked(), primary(), other)] == [BO]


def _alone(person: int) -> Edition:
    return Edition(0, BERLIN, HandOff(Unit.WEEK, date(2026, 11, 2)), ((person,),))


def test_the_asker_hears_who_took_which_part_and_what_is_left() -> None:
    part = override("replace", "2026-12-01 18:00", "2026-12-01 20:00", person=BO, instead_of=ANA, cover=True)
    answers = (Answer(11, BO, part.since, part.until), Answer(12, CY))
    told = cover(asked(answers=answers, fresh=frozenset({11, 12})), primary(part), helpers=(CY, DI))
    to_ana = [one for one in told if one.person == ANA]
    assert [(one.key, one.subject) for one in to_ana] == [
        ("cover answer 11", "Bo takes your cover"),
        ("cover answer 12", "Cy cannot take your cover"),
    ]
    assert to_ana[0].body.splitlines()[:2] == [
        "Bo is on duty for you: Tue 2026-12-01 18:00–20:00 CET.",
        "Still yours: Tue 2026-12-01 20:00–22:00 CET, 2 h.",
    ]
    others = [one for one in told if one.person != ANA]
    assert [one.person for one in others] == [DI], "those who have answered are not asked again"
    assert "Open: Tue 2026-12-01 20:00–22:00 CET, 2 h." in others[0].body


def test_nobody_is_asked_for_what_is_taken() -> None:
    whole = override("replace", **TUESDAY, person=BO, instead_of=ANA, cover=True)
    request = asked(answers=(Answer(11, BO, whole.since, whole.until),), fresh=frozenset({11}))
    told = cover(request, primary(whole), helpers=(CY, DI))
    assert [one.person for one in told] == [ANA]
    assert "Nothing of your request is open any more." in told[0].body


def test_answers_of_long_ago_are_not_told_again() -> None:
    request = asked(answers=(Answer(12, CY),))
    assert [one.person for one in cover(request)] == [BO]


def test_a_request_of_which_some_is_over_asks_for_the_rest() -> None:
    (told,) = cover(asked(), now="2026-12-01 21:00")
    assert "Open: Tue 2026-12-01 21:00–22:00 CET, 1 h." in told.body
    assert cover(asked(), now="2026-12-01 22:00") == []
