"""What `rehearse` says is what the running system then does: both are run, on made-up configurations."""

import asyncio
import random
from datetime import date, datetime, timedelta
from typing import NamedTuple

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acceptance.house import Rung
from tests.acceptance.story import Story
from watchbill import wiring
from watchbill.engine.commands import SendPage
from watchbill.engine.directory import Condition
from watchbill.engine.duty.schedule import DAY, HandOff, Hours, OverrideKind, Unit
from watchbill.engine.facts import TimePassed
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import CHECKOUT, POLICY, alert
from watchbill.engine.tests.profile import BOUNDED
from watchbill.engine.tests.test_ladder_oracle import HOUSES
from watchbill.engine.tests.world import World
from watchbill.engine.words import Severity, UrgencyRule, Whom
from watchbill.incidents.foresight import Coming, rehearse
from watchbill.journal.models import Entry
from watchbill.paging.models import Page
from watchbill.people.models import Person
from watchbill.runtime.submit import round_robins

CAST = ("Ana", "Bo", "Cy")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC")


class Happened(NamedTuple):
    """One thing: when, why, whom it pages by which method and for which reason, and whom it only tells."""

    at: datetime
    reason: Reason
    pages: list[tuple[int, int, Reason]]
    told: list[int]


def foreseen(coming: list[Coming]) -> list[Happened]:
    return [Happened(one.at, one.reason, roads(one.pages), list(one.told)) for one in coming]


def roads(pages: tuple[SendPage, ...]) -> list[tuple[int, int, Reason]]:
    return [(page.person, page.method, page.reason) for page in pages]


# With the rules and the runtime's cases alone


@settings(BOUNDED, max_examples=200)
@given(HOUSES, st.dictionaries(st.tuples(st.just(POLICY), st.integers(0, 3)), st.integers(0, 5), max_size=3))
def test_the_rules_do_what_was_rehearsed(house, turns):
    world = World(house)
    world.turns.update(turns)
    rehearsed = foreseen(rehearse(CHECKOUT, house, Severity.CRITICAL, turns, now=world.now, most=1000))
    happened: list[Happened] = []
    knows: set[int] = set()
    fact = alert()
    while True:
        (one,) = world.tell(fact)
        told = [who for who in dict.fromkeys(one.shadows) if who not in knows]
        knows.update(told)
        if one.reason is not Reason.STEP_STILL_RUNNING:
            happened.append(Happened(world.now, one.reason, roads(one.pages), told))
        if one.after is None or one.after.due_at is None:
            break
        world.now = one.after.due_at
        fact = TimePassed(service=CHECKOUT, incident=one.number)
    assert happened == rehearsed


# With nodes on a real database


def an_hour(chance: random.Random) -> tuple[Hours, ...]:
    """Windows of duty on each day, or none, which is always."""
    if chance.random() < 0.5:
        return ()
    begins, lasts = chance.choice((0, 60, 180, 1200)), chance.choice((60, 240, 1200))
    return tuple(Hours(day * DAY + begins, lasts) for day in range(7))


def a_schedule(story: Story, name: str, chance: random.Random) -> None:
    story.schedule(name, zone=chance.choice(ZONES))
    for number in range(chance.randint(0, 2)):
        unit = chance.choice((Unit.HOUR, Unit.HOUR, Unit.DAY))
        rule = HandOff(unit, date(2026, 11, 20), chance.choice((1, 2)), chance.choice((0, 30, 125, 540)))
        people = chance.sample(CAST, chance.randint(1, 3))
        shadows = chance.sample(CAST, chance.randint(0, 2))
        shadow = chance.random() < 0.15
        story.rotation(
            name, people, rule, name=f"Rotation {number}", hours=an_hour(chance), shadows=shadows, shadow=shadow
        )
    if chance.random() < 0.4:
        kind = chance.choice((OverrideKind.TAKE, OverrideKind.ADD, OverrideKind.REMOVE, OverrideKind.REPLACE))
        who = {"instead_of": chance.choice(CAST)} if kind in (OverrideKind.REMOVE, OverrideKind.REPLACE) else {}
        story.override(name, kind, hours=chance.choice((0.1, 1, 30)), person=chance.choice(CAST), **who)


def a_rung(chance: random.Random) -> Rung:
    targets = chance.choice(
        (("Primary",), ("Secondary",), ("Primary", "Secondary"), ("Payments",), CAST, ("Cy", "Primary"))
    )
    condition = None
    if chance.random() < 0.4:
        severities = frozenset(chance.sample(tuple(Severity), chance.randint(0, 3)))
        condition = Condition(an_hour(chance), chance.choice(ZONES), severities)
    return Rung(targets, chance.choice((30, 300, 1500)), chance.choice(tuple(Whom)), condition)


def a_house(story: Story, chance: random.Random) -> None:
    """People with rules of their own, two schedules, and a policy over them."""
    story.cast()
    for name in CAST:
        for channel, after in chance.sample(
            (("sms", 60), ("email", 0), ("email", 60), ("email", 400)), chance.randint(0, 2)
        ):
            story.rule(name, channel, after, urgency=chance.choice(("high", "low")))
    for name in ("Primary", "Secondary"):
        a_schedule(story, name, chance)
    fallback = chance.choice(((), ("Bo",), ("Secondary",)))
    story.pages_by(
        *(a_rung(chance) for _ in range(chance.randint(1, 4))), repeat=chance.randint(0, 2), fallback=fallback
    )
    story.set_service("checkout", urgency=chance.choice(tuple(UrgencyRule)))
    if chance.random() < 0.3:
        story.switch_off(chance.choice(("Ana", "Bo")))
    for number in range(chance.randint(0, 2)):  # so that some turns are taken
        story.alert(f"earlier {number}", severity="critical")
        story.alert_ends(f"earlier {number}")


def rehearsed_on(story: Story, severity: Severity) -> list[Coming]:
    service, now = story._service("checkout"), story.now

    async def ask() -> list[Coming]:
        async with await psycopg.AsyncConnection.connect(story.database.url) as link:
            directory = await wiring.directory(link, 0)
            turns = await wiring.ROAD.turns(link, round_robins(directory))
            return rehearse(service, directory, severity, turns, now=now, most=1000)

    return asyncio.run(ask())


@pytest.mark.parametrize("seed", range(10))
def test_the_running_system_does_what_was_rehearsed(story: Story, seed: int) -> None:
    chance = random.Random(seed)
    story.at(f"2026-11-22 0{chance.randint(0, 9)}:{chance.randint(10, 59)}")
    a_house(story, chance)
    severity = chance.choice(tuple(Severity))
    coming = rehearsed_on(story, severity)
    before = len(story._told)
    number = story.alert("db-1 is down", severity=severity).incident
    story.fast_forward(hours=12)

    rows = Page.objects.filter(incident=number).order_by("id")
    assert [(row.created_at, row.person, row.method, row.reason, row.level) for row in rows] == [
        (one.at, page.person, page.method, page.reason, page.level) for one in coming for page in one.pages
    ]
    entries = Entry.objects.filter(incident=number, kind="fact").exclude(reason=Reason.STEP_STILL_RUNNING)
    assert [(entry.at, entry.reason) for entry in entries.order_by("id")] == [(one.at, one.reason) for one in coming]
    names = {one.id: one.name for one in Person.objects.all()}
    assert [who for who, incident in story.notices() if incident == number] == [
        names[person] for one in coming for person in one.told
    ]
    heard = sorted((at, message.person, message.why) for at, _, message in story._told[before:])
    assert heard == sorted((one.at, names[page.person], page.reason.sentence) for one in coming for page in one.pages)
    assert coming[-1].at - story.now < timedelta()  # all of it was waited for
