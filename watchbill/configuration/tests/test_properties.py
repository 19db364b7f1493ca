"""What holds for every configuration: an export is a no-op, and a file leads to the same whatever was there before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from watchbill.configuration.asking import check, request
from watchbill.configuration.problems import BadFile, Refused
from watchbill.configuration.state import TITLES, Secret, State
from watchbill.configuration.tests.bad_files import GOOD
from watchbill.configuration.tests.conftest import CHANNELS, ENVIRON
from watchbill.configuration.tests.made_up import TEXTS, documents, rotas, text_of
from watchbill.configuration.tests.rota import ROTA
from watchbill.configuration.words import escape_variables, fill_in, read_duration, write_duration
from watchbill.engine.duty.shifts import shifts
from watchbill.runtime.seal import SEALED

on_the_database = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def state(house: Any) -> State:
    """What is stored, secrets opened so that two states can be compared."""
    from watchbill.configuration.current import load

    def opened(value: str | Secret) -> str:
        return house.seal.open({"": {SEALED: value.sealed}})[""] if isinstance(value, Secret) else value

    found = load().state
    users = {
        email: replace(user, contact_methods={
            name: replace(method, settings={key: opened(value) for key, value in method.settings.items()})
            for name, method in user.contact_methods.items()
        })
        for email, user in found.users.items()
    }  # fmt: skip
    users = {
        email: replace(user, out_of_office_calendar=user.out_of_office_calendar and opened(user.out_of_office_calendar))
        for email, user in users.items()
    }
    schedules = {
        name: replace(schedule, rotations=tuple(
            replace(one, calendar=one.calendar and opened(one.calendar)) for one in schedule.rotations
        ))
        for name, schedule in found.schedules.items()
    }  # fmt: skip
    return replace(found, users=users, schedules=schedules)


def among(found: State, names: State) -> Mapping[str, Mapping[str, Any]]:
    """Of what is found only what `names` has too."""
    return {kind: {name: found.of(kind).get(name) for name in names.of(kind)} for kind in TITLES}


@on_the_database
@given(document=documents())
def test_applying_twice_and_applying_an_export_change_nothing(house, document):
    house.database.empty()
    text = text_of(document)
    house.apply(text)
    assert not house.apply(text).plan.changes
    assert not house.apply(text, prune=True).plan.changes
    exported = house.export()
    assert not house.apply(exported).plan.changes
    assert not house.apply(exported, prune=True).plan.changes
    assert house.export() == exported


@on_the_database
@given(first=documents(), second=documents())
def test_from_anywhere_the_second_file_leads_to_the_same(house, first, second):
    house.database.empty()
    house.apply(text_of(second))
    straight = state(house)
    house.database.empty()
    house.apply(text_of(first))
    try:
        house.apply(text_of(second), prune=True)
    except (
        BadFile
    ) as fault:  # a schedule of the first that a service still needs may have somebody whom the second lets go
        assume(not all("is switched off, but has turns in" in problem.message for problem in fault.problems))
        raise
    assert among(state(house), straight) == among(straight, straight)
    assert not house.plan(text_of(second), prune=True).changes


def duty(house: Any) -> dict[str, list[tuple[str, datetime, datetime, bool]]]:
    """Who is on duty when in the next 60 days, by schedule."""
    from watchbill.configuration.actions import foresee_file

    found = foresee_file(house.asked("watchbill: 1\n"), house.seal)
    emails = {row: email for email, row in found.ids.kinds["users"].items()}
    return {
        schedule.name: sorted(
            (emails[shift.person], shift.since, shift.until, shift.shadow)
            for shift in shifts(schedule, found.now, found.now + timedelta(days=60)).shifts
        )
        for schedule in found.directory.schedules.values()
    }


@on_the_database
@given(document=rotas(), later=st.timedeltas(timedelta(0), timedelta(days=40)))
def test_an_export_into_an_empty_database_gives_the_same_people_the_same_turns(house, document, later):
    house.database.empty()
    at = datetime(2026, 12, 2, 15, 0, 7, tzinfo=UTC)
    house.database.set_clock(at)
    house.apply(text_of(document))
    house.database.set_clock(at + later)
    before, exported = duty(house), house.export()
    house.database.empty()
    house.database.set_clock(at + later)
    house.apply(exported.replace("calendar: !keep", "calendar: https://a.example/1"))
    assert duty(house) == before


@given(st.integers(0, 365 * 86400))
def test_a_duration_is_read_as_it_was_written(seconds):
    assert read_duration(write_duration(seconds)) == seconds


@given(st.text("0123456789dhms .-", max_size=8))
def test_what_is_read_as_a_duration_is_written_as_the_same_length(text):
    try:
        seconds = read_duration(text)
    except Refused:
        return
    assert read_duration(write_duration(seconds)) == seconds


@given(st.text("${}aX\n", max_size=12) | TEXTS)
def test_an_escaped_text_is_filled_in_as_itself(text):
    assert fill_in(escape_variables(text), {}) == text


@given(
    st.sampled_from([GOOD, ROTA]),
    st.integers(0, max(len(GOOD), len(ROTA)) - 1),
    st.integers(0, 40),
    st.sampled_from(
        [
            "",
            "\t",
            ": ",
            "- ",
            "{",
            "[",
            "&a ",
            "*a",
            "!keep",
            "'",
            '"',
            "\n",
            "  ",
            "${X}",
            "null",
            "\x85",
            "#",
            "|\n",
            "? ",
        ]
    ),
)
def test_a_file_with_anything_in_it_is_read_or_told_but_never_breaks_the_reader(good, start, length, new):
    broken = good[:start] + new + good[start + length :]
    told = ()
    try:
        check(request(broken.encode(), ENVIRON, CHANNELS), now=datetime(2026, 12, 1, tzinfo=UTC))
    except BadFile as fault:
        told = fault.problems
    assert all(problem.place.line <= broken.count("\n") + 2 for problem in told)
