"""The sweep finds what it is there to find: each of these breaks one promise on purpose, and a death must show it."""

import random
from collections.abc import Awaitable, Callable, Sequence

import pytest
from msgspec.structs import replace

from tests.crash.hall import Hall
from tests.crash.scenarios import SCENARIOS
from tests.crash.sweep import calm_of, run
from watchbill import wiring
from watchbill.channels.receipts import Receipts
from watchbill.engine.facts import Fact
from watchbill.journal import apply as journal_apply
from watchbill.oncall import apply as oncall_apply
from watchbill.paging import apply as paging_apply
from watchbill.paging import claim, turns
from watchbill.runtime.changes import Changes
from watchbill.runtime.database import Link
from watchbill.runtime.submit import Committed, Submitter

Break = Callable[[pytest.MonkeyPatch], None]
Writer = Callable[[Link, Changes], Awaitable[None]]


def forget_what_was_leased(patch: pytest.MonkeyPatch) -> None:
    """A page whose node died while it was sending is never looked at again."""
    for name in ("DUE_METHODS", "DUE_PAGES"):
        patch.setattr(claim, name, getattr(claim, name).replace("'due', 'leased', 'unknown'", "'due', 'unknown'"))


def settle_before_the_rules_are_told(patch: pytest.MonkeyPatch) -> None:
    """A page is written as failed, and only then do the person's other methods learn of it."""

    async def flush(self: Receipts) -> None:
        untold, self._untold = self._untold, []
        self._waiting.extend(untold)
        await self._write_waiting()
        for one in untold:
            await self._tell([one])
        self._waiting.clear()

    patch.setattr(Receipts, "flush", flush)


def commit_apart(part: Writer) -> Break:
    """What this part of the road writes is committed after the rest."""
    whole = Submitter.run

    async def run(self: Submitter, facts: Sequence[Fact]) -> Committed:
        later: list[Changes] = []

        async def keep(link: Link, changes: Changes) -> None:
            later.append(changes)

        writers = tuple(keep if write is part else write for write in wiring.ROAD.writers)
        self._wiring = replace(wiring.ROAD, writers=writers)
        done = await whole(self, facts)
        async with self._database.transaction() as link:
            await part(link, later[0])
        return done

    return lambda patch: patch.setattr(Submitter, "run", run)


@pytest.mark.parametrize(
    ("damage", "scenario"),
    [
        (forget_what_was_leased, "new alert"),
        (settle_before_the_rules_are_told, "failed method, other method at once"),
        (commit_apart(paging_apply.write), "acknowledge"),
        (commit_apart(journal_apply.write), "acknowledge"),
        (commit_apart(turns.write), "round robin over those on duty, with a shadow"),
        (commit_apart(oncall_apply.write), "round robin over those on duty, with a shadow"),
    ],
)
def test_what_is_broken_on_purpose_is_found(
    damage: Break, scenario: str, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = SCENARIOS[scenario]
    calm_of(hall, story)
    damage(monkeypatch)
    calm = run(hall, story)
    assert not calm.violations, "Nobody needs to die to see this."
    points = range(1, len(calm.ways[0]) + 1)
    shown = any(run(hall, story, (point,)).violations for point in random.Random(1).sample(points, len(points)))
    assert shown, "No death showed it; then no death would show a fault of ours either."
