"""Load, decide, apply: takes a batch of facts through the rules and commits what they decide, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from watchbill.engine.case import Alert, Incident
from watchbill.engine.directory import Directory
from watchbill.engine.facts import AlertTriggered, Fact, OnIncident, Reassigned
from watchbill.engine.words import Grouping, Whom
from watchbill.runtime.cases import ABOUT_ALERTS, Cases
from watchbill.runtime.changes import Changes
from watchbill.runtime.database import WAITED_TOO_LONG, Database, Link, one_line
from watchbill.runtime.databaseclock import DatabaseClock
from watchbill.runtime.road import Contended, Decision, ServiceHeld

# Facts of one service take turns over all nodes. The first number only sets these locks apart from others. The time and
# the version are asked for afterwards: a statement that waits for a lock still sees what was there when it began.
LOCK_SERVICES = """
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(7120402, service) FROM unnest(%b::int[]) AS service)
SELECT count(*) FROM locked
"""
NOW_AND_VERSION = "SELECT app_now(), version FROM configuration"


SET_BACK_AT_MOST = timedelta(minutes=2)


class Wiring(Struct, frozen=True):
    """What the chapters bring to the road; `watchbill/wiring.py` fills it in.

    `directory`: loads everything that was configured, at the version given. The loaders answer what `cases.py` takes
    in. `writers`: write their part of the changes, in order.
    """

    directory: Callable[[Link, int], Awaitable[Directory]]
    services_of: Callable[[Link, Sequence[int]], Awaitable[Mapping[int, int]]]
    open_alerts: Callable[[Link, Sequence[tuple[int, str]]], Awaitable[Sequence[tuple[Incident, Alert]]]]
    by_number: Callable[[Link, Sequence[int]], Awaitable[Sequence[Incident]]]
    newest_open: Callable[[Link, Sequence[int]], Awaitable[Sequence[Incident]]]
    turns: Callable[[Link, Sequence[int]], Awaitable[Mapping[tuple[int, int], int]]]
    last_ended: Callable[[Link, Sequence[tuple[int, str]]], Awaitable[Mapping[tuple[int, str], datetime]]]
    numbers: Callable[[Link, int], Awaitable[list[int]]]
    writers: tuple[Callable[[Link, Changes], Awaitable[None]], ...]


class Committed(Struct, frozen=True):
    """A batch that is in the database. `channels`: on which pages are due now. `next_due`: the earliest instant at
    which one of its incidents wants attention, or None."""

    decisions: tuple[Decision, ...]
    channels: frozenset[str]
    next_due: datetime | None
    now: datetime


class Submitter:
    """Runs batches, one call one transaction. Holds the newest directory it has seen."""

    def __init__(self, database: Database, wiring: Wiring) -> None:
        self._database = database
        self._wiring = wiring
        self._numbers: list[int] = []
        self._last_now: datetime | None = None
        self._clock = DatabaseClock()
        self.directory = Directory()
        self._round_robins: tuple[int, ...] = ()

    async def refresh(self) -> Directory:
        """The configuration as the database has it now. Raises Unavailable."""
        async with self._database.transaction() as link:
            await link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await self._now(link)
        return self.directory

    async def run(self, facts: Sequence[Fact]) -> Committed:
        """Decides and commits these facts, in their order. Raises Unavailable, or what the database says of a fault
        of ours; nothing was written then."""
        async with self._database.transaction() as link:
            services = await self._services(link, facts)
            await self._lock(link, services)
            now = await self._now(link)
            cases = Cases(self.directory, now=now)
            await self._load(link, cases, facts)
            await self._take_turns(link, cases, facts, services)
            while (missing := cases.may_open(facts) - len(self._numbers)) > 0:
                self._numbers.extend(await self._wiring.numbers(link, missing))
            numbers = iter(tuple(self._numbers))
            decisions = tuple([cases.decide(fact, numbers.__next__) for fact in facts])
            changes = cases.finish()
            self._numbers = list(numbers)
            for write in self._wiring.writers:
                await write(link, changes)
        saved = (*changes.new_incidents, *changes.changed_incidents)
        return Committed(
            decisions,
            frozenset(paged.channel for paged in changes.pages),
            min((incident.due_at for incident in saved if incident.due_at is not None), default=None),
            now,
        )

    def now_at_most(self) -> datetime:
        """The database's time, without asking it: now or a little later, never earlier."""
        return self._clock.at_most()

    async def _lock(self, link: Link, services: set[int]) -> None:
        try:
            await link.execute(LOCK_SERVICES, [sorted(services)])
        except (Contended, *WAITED_TOO_LONG) as fault:
            raise ServiceHeld(f"Somebody else holds the service: {one_line(fault)}", retry_after=2) from fault

    async def _services(self, link: Link, facts: Sequence[Fact]) -> set[int]:
        services = {fact.service for fact in facts}
        services.discard(0)
        unsaid = [fact.incident for fact in facts if isinstance(fact, OnIncident) and not fact.service]
        if unsaid:
            services.update((await self._wiring.services_of(link, unsaid)).values())
        return services

    async def _now(self, link: Link) -> datetime:
        """The database's time, never before what it was last; and the directory, if its version has moved."""
        asked = self._clock.asking()
        row = await (await link.execute(NOW_AND_VERSION)).fetchone()
        assert row is not None, "the one row of `configuration` is missing"
        now: datetime = row[0]
        self._clock.told(now, asked)
        if row[1] != self.directory.version:
            self.directory = await self._wiring.directory(link, row[1])
            self._round_robins = round_robins(self.directory)
        last = self._last_now
        # A step back is waited out. A long one means that the clock had been wrong before: waiting would be silence.
        self._last_now = now if last is None or last - now > SET_BACK_AT_MOST else max(now, last)
        return self._last_now

    async def _load(self, link: Link, cases: Cases, facts: Sequence[Fact]) -> None:
        keys = {(fact.service, fact.dedup_key): None for fact in facts if isinstance(fact, ABOUT_ALERTS)}
        if keys:
            cases.add_alerts(await self._wiring.open_alerts(link, tuple(keys)))
        numbers = {fact.incident: None for fact in facts if isinstance(fact, OnIncident)}
        if numbers:
            cases.add(await self._wiring.by_number(link, tuple(numbers)))
        kept = [fact for fact in facts if isinstance(fact, AlertTriggered) and self._clock.was_right(fact.kept_at)]
        if kept:
            wanted = {(fact.service, fact.dedup_key): None for fact in kept}
            cases.add_ended(await self._wiring.last_ended(link, tuple(wanted)))
        grouping = {
            service: None
            for service, _ in keys
            if (known := self.directory.services.get(service)) is not None and known.grouping is not Grouping.OFF
        }
        if grouping:
            cases.add_joinable(await self._wiring.newest_open(link, tuple(grouping)))

    async def _take_turns(self, link: Link, cases: Cases, facts: Sequence[Fact], services: set[int]) -> None:
        """Whose turn it is at the round robins that this batch may come to."""
        if not self._round_robins:
            return
        policies = {known.policy for service in services if (known := self.directory.services.get(service)) is not None}
        policies |= cases.policies()
        policies |= {fact.policy for fact in facts if isinstance(fact, Reassigned) and fact.policy is not None}
        if wanted := sorted(policies.intersection(self._round_robins)):
            cases.add_turns(await self._wiring.turns(link, wanted))


def round_robins(directory: Directory) -> tuple[int, ...]:
    """The policies with a step that pages by round robin."""
    return tuple(
        policy.id
        for policy in directory.policies.values()
        if any(step.whom is Whom.ROUND_ROBIN for step in policy.steps)
    )
