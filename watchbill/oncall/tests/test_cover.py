"""Cover: asked, taken whole and in parts, declined, withdrawn; what is refused; and two who are quick at once."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.story import Story
from tests.acceptance.test_mute_races import _until_somebody_waits as until_somebody_waits
from watchbill.engine.duty.schedule import HandOff, Unit
from watchbill.journal.models import Entry
from watchbill.oncall import covers, ground, queries
from watchbill.oncall.actions import cover, override
from watchbill.oncall.actions.cover import Ask, Asked, Taken
from watchbill.oncall.models import CoverAnswer, CoverRequest, Override
from watchbill.oncall.preview import Care
from watchbill.oncall.refusal import Refused
from watchbill.oncall.tests.house import MADRID, House, at, in_transaction
from watchbill.oncall.when import shown_span
from watchbill.people.models import ContactMethod, Membership, Person, Team

EVENING = ("2026-11-24 18:00", "2026-11-24 22:00")  # in the middle of a turn of Ana's


@pytest.fixture(autouse=True)
def _cy_may(house: House) -> None:
    """Somebody without duty of their own to take it."""
    Membership.objects.create(
        team=Team.objects.get(name="Payments"), person=Person.objects.get(name="Cy"), role="responder"
    )


def ask(house: House, since: str = EVENING[0], until: str = EVENING[1], by: str = "Ana", **rest: Any) -> Asked:
    wanted = Ask(house.id(by), at(since), at(until), **rest)
    return house.do(lambda link: cover.ask(link, wanted, house.actor(by)))


def take(house: House, by: str, since: str | None = None, until: str | None = None, number: int = 1) -> Taken:
    part = {"since": at(since) if since else None, "until": at(until) if until else None}
    return house.do(lambda link: cover.take(link, number, house.actor(by), **part))


def spans(parts: tuple[tuple[datetime, datetime], ...]) -> list[str]:
    return [shown_span(since, until, MADRID) for since, until in parts]


def told(house: House, number: int = 1) -> str:
    async def words(link: Any) -> str:
        found = await queries.cover(link, number)
        assert found is not None
        return covers.in_words(found, await ground.read(link), MADRID)

    return house.do(words)


def why(house: House, work: Any) -> str:
    """Why it is refused; and that nothing was written."""

    def rows() -> list[int]:
        return [house.version(), *(model.objects.count() for model in (CoverRequest, CoverAnswer, Override, Entry))]

    before = rows()
    with pytest.raises(Refused) as refusal:
        work()
    assert rows() == before
    return str(refusal.value)


def test_what_nobody_takes_changes_nothing(house: House) -> None:
    before = house.timeline("2026-11-23 00:00", "2026-11-27 00:00")
    asked = ask(house)
    assert (asked.number, spans(asked.duty)) == (1, ["Tue 2026-11-24 18:00–22:00 CET"])
    house.do(lambda link: cover.decline(link, 1, house.actor("Bo")))
    assert house.timeline("2026-11-23 00:00", "2026-11-27 00:00") == before
    assert told(house) == "Open: Ana has the duty until somebody takes it. Declined by Bo."
    house.story.at(EVENING[1], zone=MADRID)
    assert told(house) == "Over; nobody took it, and Ana had the duty."


def test_the_whole_is_taken(house: House) -> None:
    ask(house, note="concert")
    version = house.version()
    taken = take(house, "Cy")
    assert (spans(taken.parts), taken.left) == (["Tue 2026-11-24 18:00–22:00 CET"], ())
    assert [house.duty(f"2026-11-24 {time}") for time in ("17:59", "18:00", "21:59", "22:00")] == [
        ["Ana"],
        ["Cy"],
        ["Cy"],
        ["Ana"],
    ]
    (shift,) = house.timeline(*EVENING).shifts
    assert shift.source == "cover for Ana (concert)"
    row = Override.objects.get()
    assert (row.kind, row.answer.person.name, row.by.name, row.via) == ("replace", "Cy", "Cy", "test")
    assert told(house) == "Taken: Cy has Tue 2026-11-24 18:00–22:00 CET."
    assert house.version() == version + 1
    assert list(Entry.objects.order_by("id").values_list("what", flat=True)) == ["cover asked", "cover taken"]


@pytest.mark.parametrize(
    ("part", "left"),
    [
        (("18:00", "20:00"), ["Tue 2026-11-24 20:00–22:00 CET"]),
        (("19:00", "20:00"), ["Tue 2026-11-24 18:00–19:00 CET", "Tue 2026-11-24 20:00–22:00 CET"]),
        (("20:00", "22:00"), ["Tue 2026-11-24 18:00–20:00 CET"]),
        (("20:00", None), ["Tue 2026-11-24 18:00–20:00 CET"]),
        ((None, "19:00"), ["Tue 2026-11-24 19:00–22:00 CET"]),
    ],
)
def test_a_part_is_taken_and_the_rest_stays_open(
    house: House, part: tuple[str | None, str | None], left: list[str]
) -> None:
    ask(house)
    since, until = (f"2026-11-24 {time}" if time else None for time in part)
    assert spans(take(house, "Cy", since, until).left) == left
    assert told(house).startswith("Part taken: Cy has Tue 2026-11-24 ")
    assert told(house).endswith(f"Left: {' and '.join(left)}.")
    assert spans(take(house, "Bo").parts) == left  # whoever takes the whole takes what is left
    assert told(house).startswith("Taken: ")
    assert {(row.person.name, row.instead_of.name) for row in Override.objects.all()} == {("Cy", "Ana"), ("Bo", "Ana")}


def test_what_is_taken_is_taken(house: House) -> None:
    ask(house)
    take(house, "Cy", "2026-11-24 19:00", "2026-11-24 20:00")
    assert why(house, lambda: take(house, "Bo", "2026-11-24 19:30", "2026-11-24 21:00")) == (
        "Cy was quicker and has Tue 2026-11-24 19:00–20:00 CET. "
        "Left of request 1: Tue 2026-11-24 18:00–19:00 CET and Tue 2026-11-24 20:00–22:00 CET."
    )
    take(house, "Bo")
    assert why(house, lambda: take(house, "Cy")).endswith("Left of request 1: nothing.")


def test_who_cannot_take_it(house: House) -> None:
    ask(house)
    assert why(house, lambda: take(house, "Ana")).startswith("Ana asked for it, and has the duty anyhow.")
    assert why(house, lambda: take(house, "")) == "Say who takes it."
    ContactMethod.objects.filter(person__name="Cy").update(enabled=False)
    assert why(house, lambda: take(house, "Cy")) == "Cy has no way to be paged: switch on a contact method first."
    ContactMethod.objects.update(enabled=True)
    Membership.objects.filter(person__name="Cy", team__name="Payments").update(role="observer")
    assert why(house, lambda: take(house, "Cy")).startswith("Cy may not change Primary: ")
    assert why(house, lambda: house.do(lambda link: cover.decline(link, 1, house.actor("Cy")))).startswith("Cy may not")
    Person.objects.filter(name="Cy").update(active=False)
    assert why(house, lambda: take(house, "Cy")) == "Cy is switched off here and cannot be on duty."
    assert why(house, lambda: take(house, "Bo", number=99)) == "There is no cover request 99."


def test_what_is_no_part_of_it_cannot_be_taken(house: House) -> None:
    ask(house)
    assert why(house, lambda: take(house, "Cy", "2026-11-24 17:00")) == (
        "Request 1 is for Tue 2026-11-24 18:00–22:00 CET only."
    )
    assert why(house, lambda: take(house, "Cy", until="2026-11-24 23:00")).endswith("22:00 CET only.")
    assert "before it begins" in why(house, lambda: take(house, "Cy", "2026-11-24 20:00", "2026-11-24 19:00"))
    house.story.at("2026-11-24 19:00", zone=MADRID)
    assert why(house, lambda: take(house, "Cy", until="2026-11-24 19:00")).startswith("It is in the past")


def test_of_one_that_has_begun_the_rest_is_taken(house: House) -> None:
    ask(house)
    house.story.at("2026-11-24 20:00", zone=MADRID)
    assert spans(take(house, "Cy").parts) == ["Tue 2026-11-24 20:00–22:00 CET"]
    assert house.duty("2026-11-24 19:59") == ["Ana"]


def test_who_has_no_duty_has_nothing_to_ask_for(house: House) -> None:
    assert why(house, lambda: ask(house, by="Bo")) == (
        "Bo has no duty at any time Tue 2026-11-24 18:00–22:00 CET. "
        "Bo next is on duty in Primary from Wed 2026-11-25 09:00 CET."
    )
    assert why(house, lambda: ask(house, by="Cy")).endswith("Cy has no duty in the year after it either.")
    assert why(house, lambda: ask(house, schedule=99)) == "There is no schedule 99."
    assert "in the past" in why(house, lambda: ask(house, "2026-11-20 18:00", "2026-11-20 19:00"))


def test_only_the_duty_is_asked_for(house: House) -> None:
    asked = ask(house, "2026-11-24 07:00", "2026-11-26 12:00")
    assert spans(asked.duty) == [
        "Tue 2026-11-24 09:00 – Wed 2026-11-25 09:00 CET",
        "Thu 2026-11-26 09:00–12:00 CET",
    ]
    assert (asked.since, asked.until) == (at("2026-11-24 09:00"), at("2026-11-26 12:00"))
    assert why(house, lambda: take(house, "Cy", "2026-11-25 10:00", "2026-11-25 11:00")).startswith(
        "Ana has no duty Wed 2026-11-25 10:00–11:00 CET."
    )
    take(house, "Cy")
    assert house.duty("2026-11-25 10:00") == ["Bo"] and house.duty("2026-11-26 10:00") == ["Cy"]


def test_the_same_is_not_asked_for_twice(house: House) -> None:
    ask(house)
    assert why(house, lambda: ask(house, "2026-11-24 21:00", "2026-11-24 23:00")) == (
        "Ana asks for cover already: request 1, Tue 2026-11-24 18:00–22:00 CET."
    )
    ask(house, "2026-11-24 22:00", "2026-11-24 23:00")  # they only touch


def test_every_schedule_of_the_asker_is_covered_at_once(house: House) -> None:
    daily = HandOff(Unit.DAY, at("2026-11-24 00:00").date())
    other = house.rota("Database", ("Ana",), team="Payments", hand_off=daily)
    ask(house)
    taken = take(house, "Cy")
    assert len(taken.overrides) == 2
    assert (house.duty("2026-11-24 19:00"), house.duty("2026-11-24 19:00", other)) == (["Cy"], ["Cy"])
    removed = house.do(lambda link: override.remove(link, taken.overrides[1], house.actor("Bo")))
    assert set(removed.numbers) == set(taken.overrides)
    assert (house.duty("2026-11-24 19:00"), house.duty("2026-11-24 19:00", other)) == (["Ana"], ["Ana"])
    assert told(house) == "Open: Ana has the duty until somebody takes it."


def test_one_schedule_alone(house: House) -> None:
    daily = HandOff(Unit.DAY, at("2026-11-24 00:00").date())
    other = house.rota("Database", ("Ana",), team="Search", hand_off=daily)
    ask(house, schedule=other)
    assert why(house, lambda: take(house, "Bo")).startswith("Bo may not change Database")
    assert Care.GAP not in [one.care for preview in take(house, "Cy").previews for one in preview.cautions]
    assert (house.duty("2026-11-24 19:00"), house.duty("2026-11-24 19:00", other)) == (["Ana"], ["Cy"])


def test_whoever_may_only_in_one_of_two_schedules_is_told(house: House) -> None:
    daily = HandOff(Unit.DAY, at("2026-11-24 00:00").date())
    house.rota("Database", ("Ana",), team="Search", hand_off=daily)
    ask(house)
    assert why(house, lambda: take(house, "Bo")).startswith("Bo may not change Database")


def test_withdrawn_is_what_nobody_took(house: House) -> None:
    ask(house)
    take(house, "Cy", until="2026-11-24 19:00")

    def withdraw(by: str) -> Any:
        return house.do(lambda link: cover.withdraw(link, 1, house.actor(by)))

    assert why(house, lambda: withdraw("Bo")) == "Only Ana can withdraw request 1."
    withdraw("Ana")
    assert told(house) == "Withdrawn by Ana; Cy has Tue 2026-11-24 18:00–19:00 CET."
    assert [house.duty(f"2026-11-24 {time}") for time in ("18:30", "19:30")] == [["Cy"], ["Ana"]]
    assert why(house, lambda: take(house, "Bo")).startswith("Nothing of request 1 is open. Withdrawn by Ana; Cy has")
    assert why(house, lambda: withdraw("Ana")).startswith("Nothing of request 1 is open. Withdrawn by Ana")


def test_to_decline_twice_says_so(house: House) -> None:
    ask(house)

    def decline(by: str) -> Any:
        return house.do(lambda link: cover.decline(link, 1, house.actor(by)))

    decline("Bo")
    assert why(house, lambda: decline("Bo")) == "Bo declined request 1 already."
    assert why(house, lambda: decline("Ana")).startswith("Ana asked for it")
    take(house, "Bo")  # one may think better of it
    assert why(house, lambda: decline("Cy")).endswith("Left of request 1: nothing.")


def test_a_request_without_duty_any_more_is_needless(house: House) -> None:
    ask(house)
    house.add("replace", *EVENING, person="Bo", instead_of="Ana")
    assert told(house) == "Needless: Ana has no duty then any more."
    assert why(house, lambda: take(house, "Cy")) == (
        "Nothing of request 1 is open. Needless: Ana has no duty then any more."
    )


def test_the_list_has_what_is_neither_over_nor_withdrawn(house: House, story: Story) -> None:
    ask(house)
    ask(house, "2026-11-26 18:00", "2026-11-26 22:00")
    ask(house, "2026-11-28 18:00", "2026-11-28 22:00")
    house.do(lambda link: cover.withdraw(link, 2, house.actor("Ana")))
    assert [one.id for one in house.do(queries.covers)] == [1, 3]
    story.at(EVENING[1], zone=MADRID)
    assert [one.id for one in house.do(queries.covers)] == [3]


@pytest.mark.parametrize("parts", [((None, None), (None, None)), (("18:00", "20:00"), ("19:00", "21:00"))])
def test_of_two_who_are_quick_at_once_one_wins_and_the_other_is_told(house: House, parts: Any) -> None:
    """On two connections: the second begins before the first commits, waits, and then sees what the first did."""
    ask(house)

    async def takes(link: Any, by: str, part: tuple[str | None, str | None]) -> Taken:
        since, until = (at(f"2026-11-24 {time}") if time else None for time in part)
        return await cover.take(link, 1, house.actor(by), since=since, until=until)

    async def both() -> str:
        async with house.story._pool.transaction() as first:
            await takes(first, "Bo", parts[0])
            second = asyncio.ensure_future(in_transaction(house.story._pool, lambda link: takes(link, "Cy", parts[1])))
            await until_somebody_waits(house.story, unless=second)
        with pytest.raises(Refused) as refusal:
            await second
        return str(refusal.value)

    assert house.story._run(both()).startswith("Bo was quicker and has Tue 2026-11-24 18:00–2")
    assert [row.person.name for row in Override.objects.all()] == ["Bo"]
    assert CoverAnswer.objects.count() == 1
