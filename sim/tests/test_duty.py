"""The reckoning of who is on duty that worlds are judged by: it is the oracle's, it agrees with the product, and it sees."""

from datetime import UTC, datetime, timedelta

import pytest

from sim import duty
from sim.chance import Chance
from sim.rotas import ZONES, changed, known, make_schedule
from sim.town import make_town
from sim.world import BEGINNINGS
from watchbill.engine.duty.shifts import on_duty
from watchbill.engine.duty.tests.oracle import faces
from watchbill.engine.duty.walls import instant_of

CLOCKS_ARE_SET = (
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 11, 1, 6, tzinfo=UTC)),
)


@pytest.mark.parametrize(("zone", "at"), CLOCKS_ARE_SET)
def test_a_clock_shows_what_the_oracle_reads_minute_by_minute(zone: str, at: datetime) -> None:
    since, until = instant_of(at) - 6 * 3600, instant_of(at) + 6 * 3600
    for instant, face in faces(zone, since, until, 60).items():
        found = duty.face(zone, instant)
        assert (found.shows, found.latest) == (face.shows, face.latest)
        # What is lowest later on matters only where it is not simply the next minute.
        assert min(found.lowest_after, found.shows + 1) == min(face.lowest_after, face.shows + 1)


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_the_product_through_edits_and_overrides(seed: int) -> None:
    """Over a week in which clocks are set, in a town whose schedules are changed every few hours."""
    begins = BEGINNINGS[seed % len(BEGINNINGS)]
    chance = Chance(seed, "duty")
    town = make_town(chance, 3, now=begins)
    seen: set[bool] = set()
    for hour in range(0, 7 * 24, 3):
        now = begins + timedelta(hours=hour, seconds=chance.within(0, 3599))
        town, _ = changed(town, chance, now=now)
        for schedule in town.schedules.values():
            found = on_duty(schedule, now)
            reckoned = duty.on_duty(schedule, instant_of(now))
            paged = {one.person for one in reckoned if not one.shadow}
            assert {one.person for one in found if not one.shadow} == paged
            assert {one.person for one in found if one.shadow} == {one.person for one in reckoned} - paged
            seen.add(bool(paged))
    assert seen == {True, False}


def test_schedules_of_a_town_are_of_every_kind() -> None:
    chance = Chance(1, "kinds")
    town = make_town(chance, 6, now=BEGINNINGS[0])
    made = [
        known(make_schedule(chance, 1, 1, list(town.people)[:5], now=BEGINNINGS[0]), town.people) for _ in range(200)
    ]
    rotations = [rotation for schedule in made for rotation in schedule.rotations]
    editions = [edition for rotation in rotations for edition in rotation.editions]
    assert {edition.hand_off.unit for edition in editions} == {"hour", "day", "week", "month"}
    assert {edition.zone for edition in editions} == set(ZONES)
    assert any(len(slot) > 1 for edition in editions for slot in edition.order)
    assert any(edition.hours for edition in editions) and any(edition.shadows for edition in editions)
    assert any(rotation.fixed for rotation in rotations) and any(rotation.shadow for rotation in rotations)
