"""Who is on duty changes while a page falls due: whichever is committed first, somebody eligible or the fallback is paged.

The change is committed on a connection of its own, at one of the points of a batch or of a claim. Whoever is paged was
on duty before it or is on duty after it, or is the fallback; never nobody, and never somebody who had left.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.acceptance.story import Story
from tests.acceptance.test_nothing_lost import cry
from watchbill import wiring
from watchbill.engine.directory import Directory
from watchbill.engine.duty.schedule import HandOff, OverrideKind, Unit
from watchbill.incidents.actions import Actor
from watchbill.oncall.actions import cover, override
from watchbill.oncall.checks import Wish
from watchbill.oncall.models import Rotation, RotationEdition, Schedule
from watchbill.oncall.plan import Plan, Seat
from watchbill.paging.models import EscalationPolicy, PolicyStep, PolicyTarget
from watchbill.people.models import Team
from watchbill.runtime.changes import Changes
from watchbill.runtime.database import Link
from watchbill.runtime.submit import Submitter
from watchbill.runtime.wakeups import Wakeups

OPERATOR = Actor(0, "test")
ANA, BO, CY = 1, 2, 3
LONG = timedelta(days=1)
NEXT_VERSION = "UPDATE configuration SET version = version + 1"

Change = Callable[[Link], Awaitable[Any]]


def house(story: Story) -> None:
    """Ana alone is on duty; Bo is on the team; Cy, of another team, is the fallback, and the first step of `search`, whose
    second is the schedule."""
    story.cast()
    payments, search = Team.objects.get(name="Payments"), Team.objects.get(name="Search")
    primary = Schedule.objects.create(name="Primary", team=payments)
    rotation = Rotation.objects.create(schedule=primary, name="Daily")
    plan = Plan("UTC", HandOff(Unit.DAY, date(2026, 11, 2)), ((Seat(person=ANA),),))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    RotationEdition.objects.create(rotation=rotation, since=since, plan=msgspec.to_builtins(plan))
    for name in ("Payments", "Search"):
        policy = EscalationPolicy.objects.get(name=name)
        PolicyTarget.objects.filter(policy=policy).delete()
        PolicyStep.objects.filter(policy=policy).delete()
        if name == "Search":
            first = PolicyStep.objects.create(policy=policy, position=0, delay=60)
            PolicyTarget.objects.create(policy=policy, step=first, person_id=CY)
        step = PolicyStep.objects.create(policy=policy, position=1, delay=300)
        PolicyTarget.objects.create(policy=policy, step=step, schedule=primary)
        PolicyTarget.objects.create(policy=policy, team=search)
    story._configured()


def _wish(story: Story, kind: OverrideKind, **people: int) -> Wish:
    return Wish(1, kind, story.now, story.now + LONG, **people)


def _off_duty(story: Story) -> Change:
    wish = _wish(story, OverrideKind.REMOVE, instead_of=ANA)
    return lambda link: override.add(link, wish, OPERATOR)


def _somebody_else(story: Story) -> Change:
    wish = _wish(story, OverrideKind.TAKE, person=BO)
    return lambda link: override.add(link, wish, OPERATOR)


def _taken_back(story: Story) -> Change:
    wish = _wish(story, OverrideKind.REPLACE, person=BO, instead_of=ANA)
    added = story._run(_committed(story, lambda link: override.add(link, wish, OPERATOR)))
    return lambda link: override.remove(link, added.number, OPERATOR)


def _cover_taken(story: Story) -> Change:
    asked = cover.Ask(ANA, story.now, story.now + LONG)
    request = story._run(_committed(story, lambda link: cover.ask(link, asked, Actor(ANA, "test"))))
    return lambda link: cover.take(link, request.number, Actor(BO, "test"))


def _by_statement(statement: str) -> Callable[[Story], Change]:
    async def change(link: Link) -> None:
        await link.execute(statement.encode())
        await link.execute(NEXT_VERSION.encode())

    return lambda story: change


CHANGES: dict[str, Callable[[Story], Change]] = {
    "off duty": _off_duty,
    "somebody else": _somebody_else,
    "taken back": _taken_back,
    "cover taken": _cover_taken,
    "rotation removed": _by_statement("UPDATE rotation SET removed_at = app_now()"),
    "schedule removed": _by_statement("UPDATE schedule SET removed_at = app_now()"),
    "target removed": _by_statement("DELETE FROM policy_target WHERE schedule_id IS NOT NULL"),
    "Ana leaves": _by_statement("UPDATE person SET active = false WHERE id = 1"),
    "Ana cannot be reached": _by_statement("UPDATE contact_method SET enabled = false WHERE person_id = 1"),
}
POINTS = ("before", "version read", "directory read", "decided", "committed", "claimed")
LEAVES = frozenset({"Ana leaves", "Ana cannot be reached"})


async def _committed(story: Story, change: Change) -> Any:
    async with story._pool.transaction() as link:
        return await change(link)


class _At:
    """Makes the change when the batch has come to one point, once."""

    def __init__(self, story: Story, point: str, change: Change) -> None:
        self._story, self._point, self._change = story, point, change
        self.done = False

    async def reached(self, point: str) -> None:
        if point == self._point and not self.done:
            self.done = True
            await _committed(self._story, self._change)

    def submitter(self) -> Submitter:
        async def directory(link: Link, version: int) -> Directory:
            await self.reached("version read")
            found = await wiring.directory(link, version)
            await self.reached("directory read")
            return found

        async def decided(link: Link, changes: Changes) -> None:
            await self.reached("decided")

        road = replace(wiring.ROAD, directory=directory, writers=(*wiring.ROAD.writers, decided))
        return Submitter(self._story._pool, road)

    async def send(self) -> None:
        """As `Story._send_all`, with the point between claim and sending."""
        for sender, phone in zip(self._story._senders, self._story.phones.values(), strict=True):
            claimed = await sender.claim(after=0, most=100)
            for message in claimed.messages:
                await self.reached("claimed")
                before = len(phone.told)
                await sender.send(message)
                self._story._told += [(message.at, phone.name, told) for told in phone.told[before:]]
            await self._story._receipts.flush()


def _check(story: Story, what: str, point: str) -> None:
    """Now, at most a second later, somebody was paged who may be."""
    story.fast_forward(seconds=1)
    paged = {message.person for _, _, message in story._told}
    assert paged, f"Nobody was paged: {what}, {point}."
    assert paged <= {"Ana", "Bo", "Cy"}
    if what in LEAVES and point != "claimed":  # what is claimed is on its way
        assert "Ana" not in paged
        assert "Cy" in paged
    if what == "off duty" and point in ("before", "version read"):
        assert paged == {"Cy"}
    if what in ("somebody else", "cover taken") and point in ("before", "version read"):
        assert paged == {"Bo"}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_races_the_first_page(story: Story, what: str, point: str) -> None:
    house(story)
    at = _At(story, point, CHANGES[what](story))

    async def race() -> None:
        await at.reached("before")
        await at.submitter().run([cry()])
        await at.reached("committed")
        await at.send()

    story._run(race())
    assert at.done
    _check(story, what, point)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_races_a_step_that_falls_due(story: Story, what: str, point: str) -> None:
    house(story)
    story.alert("search is down", service="search")
    story.expect_page("Cy")
    story.database.move_clock(seconds=60)
    at = _At(story, point, CHANGES[what](story))
    already = len(story._told)

    async def race() -> None:
        await at.reached("before")
        assert await Wakeups(story._pool, at.submitter(), lambda done: None).once()
        await at.reached("committed")
        await at.send()

    story._run(race())
    assert at.done
    del story._told[:already]
    _check(story, what, point)


@pytest.mark.parametrize("what", CHANGES)
def test_the_next_batch_of_a_running_node_sees_the_change(story: Story, what: str) -> None:
    """The change and the node that has the old directory: what was committed before a batch decides that batch."""
    house(story)
    at = _At(story, "before", CHANGES[what](story))

    async def after() -> set[int]:
        submitter = at.submitter()
        await submitter.refresh()
        await at.reached("before")
        done = await submitter.run([cry()])
        async with story._pool.link() as link:
            rows = await (await link.execute("SELECT person_id FROM page")).fetchall()
        assert done.channels
        return {person for (person,) in rows}

    now_on_duty = {"somebody else": BO, "cover taken": BO, "taken back": ANA}
    assert story._run(after()) == {now_on_duty.get(what, CY)}
