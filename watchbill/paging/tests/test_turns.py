"""Whose turn it is at a round robin, as the database keeps it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import psycopg
import pytest

from tests.acceptance.house import Rung
from tests.acceptance.story import Story
from tests.asking import Ask
from watchbill.engine.facts import AlertTriggered
from watchbill.engine.words import Severity, Whom
from watchbill.paging.queries import turns
from watchbill.paging.turns import take, write
from watchbill.runtime.changes import Changes

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


def taken(*turns: tuple[int, int]) -> Changes:
    """A batch in which these steps (policy, level) paged, each as often as it stands here."""
    return Changes(NOW, turns=dict(Counter(turns)))


def test_turns_are_counted_on_and_read_by_policy(story: Story, ask: Ask) -> None:
    ask(lambda link: write(link, taken((7, 0), (7, 2), (7, 2), (8, 0))))
    ask(lambda link: write(link, taken((7, 2))))
    assert ask(lambda link: turns(link, [7, 9])) == {(7, 0): 1, (7, 2): 3}
    assert ask(lambda link: turns(link, [])) == {}


def test_a_batch_without_turns_asks_nothing_of_the_database() -> None:
    asyncio.run(write(None, Changes(NOW)))  # would fail


def test_two_nodes_count_on_without_a_deadlock_and_lose_nothing(story: Story, ask: Ask) -> None:
    """Each holds what it has counted until it commits, and they name the steps in opposite orders."""
    steps = [(policy, level) for policy in (1, 2, 3) for level in (0, 1)]

    async def node(order: list[tuple[int, int]]) -> None:
        async with await psycopg.AsyncConnection.connect(story.database.url) as link:
            for _ in range(40):
                async with link.transaction():
                    await write(link, Changes(NOW, turns=dict.fromkeys(order, 1)))

    async def both() -> None:
        await asyncio.wait_for(asyncio.gather(node(steps), node(steps[::-1])), 30)

    asyncio.run(both())
    assert ask(lambda link: turns(link, [1, 2, 3])) == dict.fromkeys(steps, 80)


@pytest.mark.parametrize("batch", [1, 3])
def test_the_road_counts_them_and_the_next_batch_goes_on(story: Story, batch: int) -> None:
    """Alone or several in one batch: three incidents go to three people, and the fourth to the first again."""
    story.cast().pages_by(Rung(("Ana", "Bo", "Cy"), 300, Whom.ROUND_ROBIN))
    service = story._service("checkout")
    alerts = [
        AlertTriggered(service=service, dedup_key=str(n), summary=str(n), severity=Severity.CRITICAL) for n in range(4)
    ]
    for first in range(0, 4, batch):
        story.happens(*alerts[first : first + batch])
    assert [message.person for _, _, message in sorted(story._told, key=lambda one: one[2].incident)] == [
        "Ana",
        "Bo",
        "Cy",
        "Ana",
    ]


def test_batches_that_are_decided_at_the_same_time_call_different_people(story: Story) -> None:
    """Two nodes, each holding the turn that it has read until it commits: neither wakes the other's person, nor waits."""
    story._run(_counted(story))
    called: Counter[int] = Counter()

    async def pair() -> None:
        async with (
            await psycopg.AsyncConnection.connect(story.database.url) as one,
            await psycopg.AsyncConnection.connect(story.database.url) as other,
        ):
            for _ in range(10):
                async with one.transaction(), other.transaction():
                    for link in (one, other):
                        called[(await take(link, [7]))[7, 0] % 2] += 1
                    await write(one, taken((7, 0)))
                    # The other can only write when the first has committed.
                async with other.transaction():
                    await write(other, taken((7, 0)))

    asyncio.run(pair())
    assert called == {0: 10, 1: 10}


async def _counted(story: Story) -> None:
    """The step has paged before, so that there is a row."""
    async with story._pool.transaction() as link:
        await write(link, taken((7, 0)))
