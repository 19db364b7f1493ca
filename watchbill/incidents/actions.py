"""Every write that a person or a client asks for: makes the facts, and hands them to the road.

Each takes several incidents, whose facts are decided and committed together, and answers one decision for each. Whether
the person may is asked before, in `access.py`. All raise Unavailable, and then nothing was done.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from watchbill.engine.facts import (
    Acknowledged,
    EscalatedNow,
    Fact,
    Reassigned,
    Reopened,
    Resolved,
    Snoozed,
    Unacknowledged,
)
from watchbill.runtime.road import Decision


class Submits(Protocol):
    """As much of a Road as actions need."""

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        """See runtime.road.Road."""
        ...


class Actor(Struct, frozen=True):
    """Who asks. `by`: person id, 0 where nobody is known. `via`: the road, for example "cli"."""

    by: int
    via: str


async def acknowledge(road: Submits, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
    """The person takes these incidents."""
    return await road.submit([Acknowledged(service=0, incident=n, by=actor.by, via=actor.via) for n in numbers])


async def unacknowledge(road: Submits, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
    """The person gives them back; paging begins again."""
    return await road.submit([Unacknowledged(service=0, incident=n, by=actor.by, via=actor.via) for n in numbers])


async def resolve(road: Submits, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
    """They are over."""
    return await road.submit([Resolved(service=0, incident=n, by=actor.by, via=actor.via) for n in numbers])


async def reopen(road: Submits, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
    """They are not over after all; paging begins again."""
    return await road.submit([Reopened(service=0, incident=n, by=actor.by, via=actor.via) for n in numbers])


async def escalate(road: Submits, numbers: Sequence[int], actor: Actor) -> Sequence[Decision]:
    """The next step of their policies pages now."""
    return await road.submit([EscalatedNow(service=0, incident=n, by=actor.by, via=actor.via) for n in numbers])


async def snooze(road: Submits, numbers: Sequence[int], actor: Actor, *, until: datetime) -> Sequence[Decision]:
    """They are put off. `until`: aware, when they come back by themselves."""
    return await road.submit([Snoozed(service=0, incident=n, by=actor.by, via=actor.via, until=until) for n in numbers])


async def hand_to(road: Submits, numbers: Sequence[int], actor: Actor, *, people: Sequence[int]) -> Sequence[Decision]:
    """They are handed to these people, who are paged. `people`: ids, at least one."""
    facts = [Reassigned(service=0, incident=n, by=actor.by, via=actor.via, people=tuple(people)) for n in numbers]
    return await road.submit(facts)


async def move_to(road: Submits, numbers: Sequence[int], actor: Actor, *, policy: int) -> Sequence[Decision]:
    """They go to another escalation policy, which begins. `policy`: id."""
    return await road.submit(
        [Reassigned(service=0, incident=n, by=actor.by, via=actor.via, policy=policy) for n in numbers]
    )
