"""What is handed in to the gatherer: facts that are taken together or not at all, and whoever waits for the answer."""

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import cached_property

from watchbill.engine.facts import AlertAcknowledged, AlertResolved, AlertTriggered, Fact, OnIncident
from watchbill.runtime.road import Decision

MOST_FACTS = 2000  # in one transaction, unless a single hand-in brings more; the more, the more repetitions fold

Services = frozenset[int]
Subject = int | tuple[int, str]  # an incident's number, or a service and the key of one of its alerts


class HandIn:
    """`services`: what it may have to wait for, see `_place`. `tries`, `until`: how often it was held up aside, and when it
    is tried no more."""

    def __init__(self, facts: Sequence[Fact], answer: "asyncio.Future[tuple[Decision, ...]]") -> None:
        self.facts = facts
        self.services: Services = frozenset(_place(fact) for fact in facts)
        self.answer = answer
        self.tries = 0
        self.until = 0.0

    @cached_property
    def subjects(self) -> frozenset[Subject]:
        """What it is about. Two hand-ins about one thing must not overtake each other; a change is about nothing."""
        return frozenset(subject for fact in self.facts if (subject := subject_of(fact)) is not None)


def subject_of(fact: Fact) -> Subject | None:
    """The incident or the alert that a fact is about, or None for a change."""
    if isinstance(fact, OnIncident):
        return fact.incident
    if isinstance(fact, AlertTriggered | AlertAcknowledged | AlertResolved):
        return fact.service, fact.dedup_key
    return None


def next_batch(waiting: deque[HandIn]) -> list[HandIn]:
    """Takes from the front of `waiting`, which is not empty, what goes into one transaction."""
    batch = [waiting.popleft()]
    count = len(batch[0].facts)
    while waiting and count + len(waiting[0].facts) <= MOST_FACTS:
        batch.append(waiting.popleft())
        count += len(batch[-1].facts)
    return batch


def _place(fact: Fact) -> int:
    """What a fact may have to wait for: its service or, where that is not said, its incident, below zero."""
    return -fact.incident if isinstance(fact, OnIncident) and not fact.service else fact.service
