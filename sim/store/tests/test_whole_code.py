"""The production's own functions come to the same on both stores, over long sequences of whatever may happen."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from msgspec import Raw

from sim.store.tests.pair import NODES, Pair, a_pair, in_a_while
from sim.store.tests.rows import BODIES, GONE, KEYS
from sim.store.tests.town import CHANNELS, METHODS, PEOPLE, POLICIES, SCHEDULES, SERVICES
from tests import database as real
from watchbill.engine import facts
from watchbill.engine.delivery import Attempted, after
from watchbill.engine.words import Severity
from watchbill.paging.claimed import Claimed
from watchbill.paging.settle import Settled

STEPS = 150


@pytest.mark.parametrize("seed", range(5))
async def test_a_long_sequence_comes_to_the_same(seed: int, database: real.Database) -> None:
    rng = Random(seed)
    async with a_pair(database, rng) as pair:
        seen: set[str] = set()
        for _ in range(STEPS):
            step = rng.choice((_facts, _facts, _facts, _wakes, _wakes, _claims, _claims, _settles, _waits, _configures))
            await step(pair, rng, seen)
            await pair.compare()
        assert seen >= {"messages", "suppressed", "settled", "woken"}
        assert pair.tables.turns
        assert pair.tables.notices


async def _facts(pair: Pair, rng: Random, seen: set[str]) -> None:
    await pair.submit(rng.randrange(NODES), [_fact(pair, rng) for _ in range(rng.choice((1, 1, 4, 12)))])


async def _wakes(pair: Pair, rng: Random, seen: set[str]) -> None:
    if await pair.wake(rng.randrange(NODES)):
        seen.add("woken")


async def _waits(pair: Pair, rng: Random, seen: set[str]) -> None:
    pair.wait(seconds=rng.choice((-1, 1, 29, 31, 61, 400)), microseconds=rng.choice((0, 1, 999)))


async def _claims(pair: Pair, rng: Random, seen: set[str]) -> None:
    claimed = await pair.claim(
        rng.choice(CHANNELS),
        per_minute=rng.choice((None, 1, 3)),
        after=rng.choice((0, 0, 21)),
        most=rng.choice((1, 3, 50)),
        busy=rng.choice(((), (11, 12))),
    )
    pair.claims.extend(_outcomes(pair, claimed, rng))
    for name in ("messages", "suppressed", "gone"):
        if getattr(claimed, name):
            seen.add(name)


def _outcomes(pair: Pair, claimed: Claimed, rng: Random) -> list[Settled]:
    settled = []
    for message in claimed.messages:
        for page in message.pages:
            fate = after(
                rng.choice((*Attempted, Attempted.ACCEPTED)), attempts=page.attempt, created_at=page.created_at,
                retry_for=60, retry_after=rng.choice((None, 45.5)), now=pair.now,
            )  # fmt: skip
            settled.append(
                Settled(
                    page.id, message.fence, page.incident, page.person, page.method, "", page.attempt, fate.state,
                    fate.due_at, fate.reason, rng.choice(("", "said „no“")), 1.0,
                )
            )  # fmt: skip
    return settled


async def _settles(pair: Pair, rng: Random, seen: set[str]) -> None:
    if not pair.claims:
        return
    now_told = [one for one in pair.claims if rng.random() < 0.7]
    if rng.random() < 0.8:  # else it is told once more, when its claim no longer holds
        pair.claims = [one for one in pair.claims if one not in now_told]
    done = await pair.settle(now_told)
    if done:
        seen.add("settled")
    if len(done) < len(now_told):
        seen.add("too late")


async def _configures(pair: Pair, rng: Random, seen: set[str]) -> None:
    statement, parameters = rng.choice(
        (
            ("UPDATE contact_method SET enabled = NOT enabled WHERE id = %s", [rng.choice(METHODS)]),
            ("UPDATE contact_method SET channel = %s WHERE id = %s", [rng.choice(CHANNELS), rng.choice(METHODS)]),
            ("UPDATE person SET active = NOT active WHERE id = %s", [rng.choice(PEOPLE)]),
            ("UPDATE service SET grouping = 'off' WHERE id = %s", [rng.choice(SERVICES)]),
            ("UPDATE rotation SET shadow = NOT shadow WHERE schedule_id = %s", [rng.choice(SCHEDULES)]),
            ("UPDATE policy_step SET whom = 'round_robin' WHERE policy_id = %s", [rng.choice(POLICIES)]),
            ("DELETE FROM notification_rule WHERE method_id = %s", [rng.choice(METHODS)]),
        )
    )
    await pair.configure(statement, parameters)


def _fact(pair: Pair, rng: Random) -> facts.Fact:
    if rng.random() < 0.6:
        return _from_a_monitor(pair, rng)
    incident = rng.choice((*pair.tables.incidents, GONE))
    known = pair.tables.incidents.get(incident)
    on: dict[str, Any] = {
        "incident": incident,
        "service": rng.choice((0, known.service if known is not None else 0)),
        "by": rng.choice((0, *PEOPLE)),
        "via": rng.choice(("", "cli")),
    }
    simple = rng.choice((facts.Acknowledged, facts.Unacknowledged, facts.Resolved, facts.Reopened, facts.EscalatedNow))
    return rng.choice(
        (
            simple(**on),
            simple(**on),
            facts.Snoozed(until=in_a_while(pair.now, rng), **on),
            facts.Reassigned(people=tuple(rng.sample(PEOPLE, 2)), **on),
            facts.Reassigned(policy=rng.choice(POLICIES), **on),
            facts.PageFailed(person=rng.choice(PEOPLE), method=rng.choice(METHODS), **on),
        )
    )


def _from_a_monitor(pair: Pair, rng: Random) -> facts.Fact:
    service, key = rng.choice((*SERVICES, *SERVICES, GONE)), rng.choice(KEYS)
    kept_at = rng.choice((None, None, pair.now, pair.now - timedelta(seconds=40)))
    kind = rng.choice(("trigger", "trigger", "trigger", "acknowledge", "resolve", "change"))
    if kind == "acknowledge":
        return facts.AlertAcknowledged(service=service, dedup_key=key)
    if kind == "resolve":
        return facts.AlertResolved(service=service, dedup_key=key, integration=2, kept_at=kept_at)
    body = Raw(rng.choice(BODIES))
    if kind == "change":
        return facts.ChangeReported(service=service, summary="deploy", body=body, notes=("cut",))
    return facts.AlertTriggered(
        service=service, dedup_key=key, summary=rng.choice(("full", "fuller „ü“")), severity=rng.choice(list(Severity)),
        source=rng.choice(("", "host-1")), integration=rng.choice((0, 1)), body=body, notes=rng.choice(((), ("cut",))),
        kept_at=kept_at,
    )  # fmt: skip
