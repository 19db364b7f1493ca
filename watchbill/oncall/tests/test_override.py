"""Overrides: what they do, what is refused and how it is said, and that a refusal stores nothing."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.acceptance.story import Story
from watchbill.engine.duty.schedule import Fixed, HandOff, Unit
from watchbill.engine.duty.walls import instant_of
from watchbill.journal.models import Entry
from watchbill.oncall.actions import override
from watchbill.oncall.models import Override, Rotation
from watchbill.oncall.preview import Care, Preview
from watchbill.oncall.refusal import Refused
from watchbill.oncall.tests.house import MADRID, House, at
from watchbill.oncall.when import shown_span
from watchbill.people.models import ContactMethod, Membership, Person

TUESDAY = ("2026-11-24 18:00", "2026-11-24 22:00")  # in the middle of a turn of Ana's
NO_DUTY = "{} has no duty in Primary at any time Tue 2026-11-24 18:00–22:00 CET. "


def told(house: House, preview: Preview) -> list[str]:
    """`+Bo Tue 2026-11-24 18:00–22:00 CET`."""
    names = {0: "nobody", **{house.id(name): name for name in ("Ana", "Bo", "Cy")}}
    return [
        f"{'+' if move.gains else '-'}{names[move.person]} {shown_span(move.since, move.until, MADRID)}"
        for move in preview.moves
    ]


def cautions(preview: Preview) -> list[str]:
    return [one.care for one in preview.cautions]


def refused(house: House, kind: str, since: str, until: str, by: str = "", **rest: Any) -> Refused:
    """Why it is refused; and that nothing was written."""
    before = (Override.objects.count(), Entry.objects.count(), house.version())
    with pytest.raises(Refused) as why:
        house.add(kind, since, until, by, **rest)
    assert (Override.objects.count(), Entry.objects.count(), house.version()) == before
    return why.value


def test_somebody_stands_in(house: House) -> None:
    version = house.version()
    added = house.add("replace", *TUESDAY, by="Bo", person="Bo", instead_of="Ana", note="dentist")
    assert told(house, added.preview) == ["-Ana Tue 2026-11-24 18:00–22:00 CET", "+Bo Tue 2026-11-24 18:00–22:00 CET"]
    assert [house.duty(f"2026-11-24 {time}") for time in ("17:59", "18:00", "21:59", "22:00")] == [
        ["Ana"],
        ["Bo"],
        ["Bo"],
        ["Ana"],
    ]
    (shift,) = (one for one in house.timeline(*TUESDAY).shifts)
    assert (shift.source, shift.override) == ("override by Bo (dentist)", added.number)
    entry = Entry.objects.get(kind="oncall")
    assert (entry.what, entry.by, entry.via, entry.data["override"]) == (
        "override added",
        house.id("Bo"),
        "test",
        added.number,
    )
    assert house.version() == version + 1


def test_each_kind_does_what_it_says(house: House) -> None:
    added = house.add("add", *TUESDAY, person="Bo")
    assert house.duty("2026-11-24 19:00") == ["Ana", "Bo"]
    house.do(lambda link: override.remove(link, added.number, house.actor()))
    added = house.add("take", *TUESDAY, person="Cy")
    assert house.duty("2026-11-24 19:00") == ["Cy"]
    house.do(lambda link: override.remove(link, added.number, house.actor()))
    added = house.add("remove", *TUESDAY, instead_of="Ana")
    assert house.duty("2026-11-24 19:00") == []
    assert told(house, added.preview)[-1] == "+nobody Tue 2026-11-24 18:00–22:00 CET"
    (gap,) = added.preview.cautions
    assert gap.sentence == "Nobody is on duty Tue 2026-11-24 18:00–22:00 CET: override takes Ana off duty."
    house.do(lambda link: override.remove(link, added.number, house.actor()))
    shift = Fixed(instant_of(at(TUESDAY[0])), instant_of(at("2026-11-24 20:00")), (house.id("Cy"),))
    added = house.add("whole", *TUESDAY, shifts=(shift,))
    assert (house.duty("2026-11-24 19:00"), house.duty("2026-11-24 20:00")) == (["Cy"], [])
    assert Care.GAP in cautions(added.preview)


def test_one_rotation_alone(house: House) -> None:
    house.rota(people=("Cy",), rotation="Second", team="Payments")
    second = Rotation.objects.get(name="Second").id
    assert house.duty("2026-11-24 19:00") == ["Ana", "Cy"]
    house.add("take", *TUESDAY, person="Bo", rotation=second)
    assert house.duty("2026-11-24 19:00") == ["Ana", "Bo"]


def test_a_preview_writes_nothing_and_says_the_same(house: House) -> None:
    wish = house.wish("replace", *TUESDAY, person="Bo", instead_of="Ana")
    version = house.version()
    preview = house.do(lambda link: override.preview(link, wish, house.actor("Bo")))
    assert (Override.objects.count(), Entry.objects.count(), house.version()) == (0, 0, version)
    assert house.do(lambda link: override.add(link, wish, house.actor("Bo"))).preview == preview


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        (
            ("take", "2026-11-24 18:00", "2026-11-24 18:00", {"person": "Bo"}),
            "until",
            "It ends, Tue 2026-11-24 18:00 CET, when it begins, Tue 2026-11-24 18:00 CET.",
        ),
        (
            ("take", "2026-11-24 18:00", "2026-11-24 17:00", {"person": "Bo"}),
            "until",
            "It ends, Tue 2026-11-24 17:00 CET, before it begins, Tue 2026-11-24 18:00 CET.",
        ),
        (
            ("take", "2026-11-20 18:00", "2026-11-22 03:00", {"person": "Bo"}),
            "until",
            "It is in the past: it ended Sun 2026-11-22 03:00 CET. What was is left as it was.",
        ),
        (
            ("take", "2026-11-24 18:00", "2027-11-26 18:00", {"person": "Bo"}),
            "until",
            "It lasts 367 days; 366 are the most. Change the rotation instead.",
        ),
        (("take", *TUESDAY, {"person": "Bo", "schedule": 99}), "schedule", "There is no schedule 99."),
        (("take", *TUESDAY, {"person": "Bo", "rotation": 99}), "rotation", "Primary has no rotation 99."),
        (("take", *TUESDAY, {}), "person", "Say who is to be on duty."),
        (("remove", *TUESDAY, {}), "instead_of", "Say who is to be off duty."),
        (
            ("take", *TUESDAY, {"person": "Bo", "instead_of": "Ana"}),
            "instead_of",
            "An override of kind take has no instead_of.",
        ),
        (
            ("replace", *TUESDAY, {"person": "Ana", "instead_of": "Ana"}),
            "instead_of",
            "Ana cannot stand in for Ana.",
        ),
        (
            ("replace", *TUESDAY, {"person": "Ana", "instead_of": "Bo"}),
            "instead_of",
            NO_DUTY.format("Bo") + "Bo next is on duty in Primary from Wed 2026-11-25 09:00 CET.",
        ),
        (
            ("remove", *TUESDAY, {"instead_of": "Cy"}),
            "instead_of",
            NO_DUTY.format("Cy") + "Cy has no duty in the year after it either.",
        ),
        (
            ("add", *TUESDAY, {"person": "Ana"}),
            "since",
            "It would change nothing in Primary: Ana is on duty then already.",
        ),
        (
            ("take", *TUESDAY, {"person": "Ana"}),
            "since",
            "It would change nothing in Primary: Ana is on duty alone then already.",
        ),
        (
            ("take", *TUESDAY, {"person": "Bo", "note": "x" * 501}),
            "note",
            "The note has 501 characters; 500 are the most.",
        ),
        (("whole", *TUESDAY, {}), "shifts", "A temporary schedule needs at least one shift; else nobody is on duty."),
        (
            ("whole", *TUESDAY, {"shifts": (Fixed(1, 2, (1,)),)}),
            "shifts",
            "Shift 1 lies outside of the temporary schedule, Tue 2026-11-24 18:00–22:00 CET.",
        ),
        (("whole", *TUESDAY, {"shifts": (Fixed(2, 1, (1,)),)}), "shifts", "Shift 1 ends before it has begun."),
        (("whole", *TUESDAY, {"shifts": (Fixed(1, 2, ()),)}), "shifts", "Shift 1 has nobody in it."),
    ],
)
def test_what_cannot_be_is_refused_by_name(house: House, asked: Any, field: str, said: str) -> None:
    kind, since, until, rest = asked
    why = refused(house, kind, since, until, **rest)
    assert (why.field, str(why)) == (field, said)


def test_whoever_is_not_there_or_has_left_is_refused(house: House) -> None:
    Person.objects.filter(name="Bo").update(active=False)
    why = refused(house, "take", *TUESDAY, person="Bo")
    assert (why.field, str(why)) == ("person", "Bo is switched off here and cannot be on duty.")
    Person.objects.filter(name="Bo").update(active=True)
    wish = house.wish("take", *TUESDAY)
    with pytest.raises(Refused, match=r"There is no person 99\.") as none:
        house.do(lambda link: override.add(link, replace(wish, person=99), house.actor()))
    assert none.value.unknown


def test_a_schedule_or_a_rotation_that_is_gone_takes_no_override(house: House, story: Story) -> None:
    rotation = Rotation.objects.get(name="Daily")
    Rotation.objects.filter(id=rotation.id).update(ends_at=at("2026-11-24 18:00"))
    why = refused(house, "take", *TUESDAY, person="Bo", rotation=rotation.id)
    assert str(why) == "Rotation Daily is over by then: it ends Tue 2026-11-24 18:00 CET."
    Rotation.objects.filter(id=rotation.id).update(ends_at=None, starts_at=at("2026-11-24 22:00"))
    why = refused(house, "take", *TUESDAY, person="Bo", rotation=rotation.id)
    assert str(why) == "Rotation Daily has not begun by then: it begins Tue 2026-11-24 22:00 CET."
    rotation.schedule.removed_at = story.now
    rotation.schedule.save()
    assert refused(house, "take", *TUESDAY, person="Bo", schedule=rotation.schedule_id).unknown


def test_of_two_that_exclude_each_other_the_second_names_the_first(house: House) -> None:
    first = house.add("take", *TUESDAY, by="Ana", person="Cy").number
    why = refused(house, "take", "2026-11-24 21:00", "2026-11-24 23:00", person="Bo")
    assert str(why) == (
        f"Override {first} by Ana, Tue 2026-11-24 18:00–22:00 CET, says already who is on duty. Take it back first."
    )
    house.add("take", "2026-11-24 22:00", "2026-11-24 23:00", person="Bo")  # they only touch
    second = house.add("remove", "2026-11-26 18:00", "2026-11-26 22:00", instead_of="Ana").number
    why = refused(house, "replace", "2026-11-26 20:00", "2026-11-26 23:00", person="Bo", instead_of="Ana")
    assert str(why) == (
        f"Override {second}, Thu 2026-11-26 18:00–22:00 CET, takes Ana off duty already. Take it back first."
    )
    house.do(lambda link: override.remove(link, second, house.actor()))
    house.add("replace", "2026-11-26 20:00", "2026-11-26 23:00", person="Bo", instead_of="Ana")


def test_what_is_past_stays_as_it_was(house: House, story: Story) -> None:
    added = house.add("replace", "2026-11-21 18:00", "2026-11-22 06:00", person="Ana", instead_of="Bo")
    assert Override.objects.get(id=added.number).since == story.now
    assert house.duty("2026-11-22 02:59") == ["Bo"]


def test_one_that_has_not_begun_never_was(house: House) -> None:
    number = house.add("replace", *TUESDAY, person="Bo", instead_of="Ana").number
    removed = house.do(lambda link: override.remove(link, number, house.actor("Ana")))
    assert (removed.numbers, removed.begun) == ((number,), False)
    assert told(house, removed.previews[0]) == [
        "-Bo Tue 2026-11-24 18:00–22:00 CET",
        "+Ana Tue 2026-11-24 18:00–22:00 CET",
    ]
    assert house.duty("2026-11-24 19:00") == ["Ana"]
    assert Entry.objects.order_by("-id")[0].what == "override removed"


def test_one_that_has_begun_is_over_now_and_was_true(house: House, story: Story) -> None:
    number = house.add("replace", *TUESDAY, person="Bo", instead_of="Ana").number
    story.at("2026-11-24 20:00:00.250", zone=MADRID)
    version = house.version()
    removed = house.do(lambda link: override.remove(link, number, house.actor("Ana")))
    assert removed.begun and told(house, removed.previews[0])[0] == "-Bo Tue 2026-11-24 20:00–22:00 CET"
    assert [house.duty(f"2026-11-24 {time}") for time in ("19:59:59", "20:00")] == [["Bo"], ["Ana"]]
    row = Override.objects.get(id=number)
    assert row.until == row.removed_at == at("2026-11-24 20:00")
    assert house.version() == version + 1


def test_one_that_begins_this_second_leaves_nothing_behind(house: House, story: Story) -> None:
    number = house.add("replace", *TUESDAY, person="Bo", instead_of="Ana").number
    story.at("2026-11-24 18:00:00.900", zone=MADRID)
    house.do(lambda link: override.remove(link, number, house.actor()))
    assert house.duty("2026-11-24 18:00:00") == ["Ana"]


def test_what_is_over_or_gone_is_not_taken_back(house: House, story: Story) -> None:
    def why(number: int) -> str:
        before = Entry.objects.count()
        with pytest.raises(Refused) as refusal:
            house.do(lambda link: override.remove(link, number, house.actor()))
        assert Entry.objects.count() == before
        return str(refusal.value)

    assert why(99) == "There is no override 99."
    number = house.add("replace", *TUESDAY, person="Bo", instead_of="Ana").number
    other = house.add("add", *TUESDAY, person="Cy").number
    house.do(lambda link: override.remove(link, number, house.actor()))
    assert why(number) == f"Override {number} was taken back already, Sun 2026-11-22 03:00 CET."
    story.at(TUESDAY[1], zone=MADRID)
    assert why(other) == f"Override {other} is over since Tue 2026-11-24 22:00 CET. What was stays as it was."


def test_those_of_the_team_and_of_the_rotations_may(house: House) -> None:
    house.rota(people=("Cy",), rotation="Shadows", shadow=True)
    why = refused(house, "take", *TUESDAY, by="Cy", person="Cy")
    assert (why.field, str(why)) == (
        "schedule",
        "Cy may not change Primary: that takes a member of team Payments who does not only watch, or turns in it.",
    )
    number = house.add("add", *TUESDAY, by="Bo", person="Cy").number
    with pytest.raises(Refused, match="Cy may not change Primary"):
        house.do(lambda link: override.remove(link, number, house.actor("Cy")))
    Membership.objects.filter(person__name="Bo").update(role="observer")
    house.add("add", "2026-11-26 18:00", "2026-11-26 22:00", by="Bo", person="Cy")  # Bo has turns
    Rotation.objects.all().delete()
    assert "may not" in str(refused(house, "take", *TUESDAY, by="Bo", person="Bo"))
    house.rota(people=("Cy",), rotation="Second")
    house.add("take", *TUESDAY, by="Cy", person="Bo")


def test_short_rest_is_told_on_both_sides(house: House) -> None:
    added = house.add("replace", *TUESDAY, person="Bo", instead_of="Ana")
    assert {(one.care, one.person) for one in added.preview.cautions} == {(Care.SHORT_REST, house.id("Bo"))}
    assert [one.sentence for one in added.preview.cautions] == [
        "Bo has only 9 h of rest between Tue 2026-11-24 18:00–22:00 CET and own duty before it.",
        "Bo has only 11 h of rest between Tue 2026-11-24 18:00–22:00 CET and own duty after it.",
    ]
    added = house.add("replace", "2026-11-26 09:00", "2026-11-26 10:00", person="Bo", instead_of="Ana")
    (caution,) = added.preview.cautions
    assert caution.sentence == "Bo has no rest between Thu 2026-11-26 09:00–10:00 CET and own duty before it."


def test_no_word_of_rest_where_there_is_enough(house: House) -> None:
    added = house.add("replace", *TUESDAY, person="Cy", instead_of="Ana")
    assert cautions(added.preview) == []


def test_duty_twice_is_told_in_one_schedule_and_over_two(house: House) -> None:
    weekly = HandOff(Unit.WEEK, at("2026-11-23 00:00").date())
    house.rota("Database", ("Cy",), team="Search", hand_off=weekly)
    added = house.add("replace", *TUESDAY, person="Cy", instead_of="Ana")
    double = next(one for one in added.preview.cautions if one.care is Care.DOUBLE)
    assert double.sentence == "Cy is on duty twice, here and in Database: Tue 2026-11-24 18:00–22:00 CET."
    house.rota(people=("Cy",), rotation="Second")
    first = Rotation.objects.get(name="Daily", schedule__name="Primary").id
    added = house.add("take", "2026-11-26 18:00", "2026-11-26 20:00", person="Cy", rotation=first)
    assert "Cy is on duty twice, by two rotations: Thu 2026-11-26 18:00–20:00 CET." in [
        one.sentence for one in added.preview.cautions
    ]


def test_somebody_who_cannot_be_paged_is_told(house: House) -> None:
    ContactMethod.objects.filter(person__name="Cy").update(enabled=False)
    added = house.add("take", *TUESDAY, person="Cy")
    assert "Cy has no way to be paged: no contact method is switched on." in [
        one.sentence for one in added.preview.cautions
    ]


def test_who_is_on_duty_anyhow_takes_nobodys_place_and_that_is_told(house: House) -> None:
    house.rota(people=("Bo",), rotation="Second")
    added = house.add("replace", *TUESDAY, person="Bo", instead_of="Ana")
    assert told(house, added.preview) == ["-Ana Tue 2026-11-24 18:00–22:00 CET"]
    assert [one.sentence for one in added.preview.cautions] == [
        "Fewer are on duty Tue 2026-11-24 18:00–22:00 CET: nobody takes the place of Ana."
    ]
    removed = house.do(lambda link: override.remove(link, added.number, house.actor()))
    assert removed.previews[0].cautions == ()
