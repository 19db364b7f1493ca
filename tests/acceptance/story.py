"""Stories on a time line: what happened at which time, and who was paged. Real database, real rules, real outbox.

Only three things are not production's: the database's clock, which the story moves; the channels, which write down what
they are given; and who turns the crank, for nothing here runs by itself.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from tests.acceptance.house import House
from tests.database import SECRET_KEY, Database
from watchbill import wiring
from watchbill.catalog.models import Service
from watchbill.channels.contract import Capabilities, Links, Message, Notice, Outcome, Receipt
from watchbill.channels.receipts import Receipts
from watchbill.channels.sender import Sender
from watchbill.engine.facts import AlertAcknowledged, AlertResolved, AlertTriggered, Fact
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity
from watchbill.incidents.models import Incident
from watchbill.journal.models import Entry
from watchbill.oncall.models import Notice as NoticeRow
from watchbill.paging.models import Page
from watchbill.paging.queries import PageSeen, pages
from watchbill.people.models import Person
from watchbill.runtime.database import Database as Pool
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.road import Decision
from watchbill.runtime.seal import Seal
from watchbill.runtime.submit import Submitter
from watchbill.runtime.wakeups import Wakeups

T = TypeVar("T")
NO_LINKS = Links("", "", "", "", "")


class Phone:
    """A channel that writes down what it is told. `answers`: what it says to the next messages, then accepted."""

    def __init__(self, name: str, *, per_minute: int | None = None, retry_for: int = 48 * 3600) -> None:
        self.name = name
        self.capabilities = Capabilities(
            supports_acknowledge=True, per_minute=per_minute, retry_for=retry_for, fields=()
        )
        self.told: list[Message] = []
        self.noticed: list[Notice] = []
        self.answers: list[Receipt] = []

    def check(self, settings: Mapping[str, Any]) -> None:
        """Takes any settings."""

    async def send(self, message: Message) -> Receipt:
        """Writes the message down."""
        self.told.append(message)
        return self.answers.pop(0) if self.answers else Receipt(Outcome.ACCEPTED)

    async def tell(self, notice: Notice) -> Receipt:
        """Writes the notice down."""
        self.noticed.append(notice)
        return self.answers.pop(0) if self.answers else Receipt(Outcome.ACCEPTED)

    async def close(self) -> None:
        """Nothing is open."""


class Story(House):
    """One story. Names of people are Ana, who is on duty, Bo, who is on her team, and Cy, who is outside."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._runner = asyncio.Runner()
        self.phones = {
            "sms": Phone("sms"),
            "email": Phone("email"),
            "chat": Phone("chat", per_minute=10),
        }
        self.zone = ZoneInfo("UTC")
        self._seen = 0
        self._expected: list[Message] = []
        self._told: list[tuple[datetime, str, Message]] = []
        self._run(self._open())

    def close(self) -> None:
        """Ends it; pages that the story did not speak of are a surprise to be told."""
        self._run(self._pool.close())
        self._runner.close()

    # What happens

    def at(self, when: str, *, zone: str = "UTC") -> "Story":
        """Sets the clock: "2026-11-22 02:00", in this zone."""
        self.zone = ZoneInfo(zone)
        self.database.set_clock(datetime.fromisoformat(when).replace(tzinfo=self.zone).astimezone(UTC))
        return self

    def alert(self, summary: str, *, service: str = "checkout", key: str = "", severity: str = "critical") -> Decision:
        """A monitor says that something is wrong. Its key is the summary unless given."""
        fact = AlertTriggered(
            service=self._service(service), dedup_key=key or summary, summary=summary, severity=Severity(severity)
        )
        return self.happens(fact)

    def alert_ends(self, key: str, *, service: str = "checkout") -> Decision:
        """A monitor says that it is over."""
        return self.happens(AlertResolved(service=self._service(service), dedup_key=key))

    def alert_is_worked_on(self, key: str, *, service: str = "checkout") -> Decision:
        """A monitor says that somebody works on it."""
        return self.happens(AlertAcknowledged(service=self._service(service), dedup_key=key))

    def does(self, name: str, kind: type[Fact], incident: int = 1, **rest: Any) -> Decision:
        """A person does something to an incident."""
        by = Person.objects.get(name=name).id
        return self.happens(kind(service=0, incident=incident, by=by, via="story", **rest))

    def happens(self, *facts: Fact) -> Decision:
        """Hands facts in as one batch and lets the outbox send; answers the last decision."""
        done = self._run(self._submitter.run(facts))
        self._run(self._send_all())
        return done.decisions[-1]

    def fast_forward(self, **by: float) -> None:
        """Moves the clock on, stopping wherever something is due, as a running node would."""
        target = self.now + timedelta(**by)
        while (due := self._next_due()) is not None and due <= target:
            self.database.set_clock(max(due, self.now))
            self._turn()
        self.database.set_clock(target)
        self._turn()

    def sleep_through(self, **by: float) -> None:
        """Moves the clock on while no node runs, then starts one."""
        self.database.set_clock(self.now + timedelta(**by))
        self._turn()

    def providers_answer(self, channel: str, *answers: Receipt) -> None:
        """What a channel says to its next messages."""
        self.phones[channel].answers.extend(answers)

    # What is expected

    def expect_page(self, name: str, via: str = "sms", *, within_seconds: float = 5, **says: Any) -> Message:
        """The next page that nobody has spoken of yet is this one, and it came just now."""
        assert self._seen < len(self._told), f"No page to {name}; nobody was paged since the last one spoken of."
        when, channel, message = self._told[self._seen]
        self._seen += 1
        assert (message.person, channel) == (name, via), f"Paged {message.person} via {channel}, not {name} via {via}."
        assert self.now - when <= timedelta(seconds=within_seconds), f"{name} was paged at {when}, not now."
        for field, value in says.items():
            assert getattr(message, field) == value, f"{field} is {getattr(message, field)!r}, not {value!r}."
        return message

    def expect_no_page(self) -> None:
        """Nobody was paged since the last page that was spoken of."""
        rest = [(message.person, channel, message.title) for _, channel, message in self._told[self._seen :]]
        assert not rest, f"Nobody was to be paged, but: {rest}"

    def expect_reason(self, reason: Reason, *, incident: int = 1) -> None:
        """The journal of the incident has it."""
        reasons = list(Entry.objects.filter(incident=incident).order_by("id").values_list("reason", flat=True))
        assert str(reason) in reasons, f"{reason} is not among {reasons}"

    def incident(self, number: int = 1) -> Incident:
        """The incident as its row is now."""
        return Incident.objects.get(id=number)

    def pages(self, incident: int = 1) -> list[Page]:
        """The incident's pages, oldest first."""
        return list(Page.objects.filter(incident=incident).order_by("id"))

    def notices(self, kind: str = "shadow") -> list[tuple[str, int | None]]:
        """The notices of a kind that were written: to whom, and of which incident."""
        people = {one.id: one.name for one in Person.objects.all()}
        return [(people[one.person], one.incident) for one in NoticeRow.objects.filter(kind=kind).order_by("id")]

    def pages_shown(self, incident: int = 1) -> list[PageSeen]:
        """The incident's pages as people are shown them."""
        return self._run(self._shown(incident))

    # How it runs

    async def _shown(self, incident: int) -> list[PageSeen]:
        async with self._pool.link() as link:
            return await pages(link, incident)

    async def _open(self) -> None:
        self._pool = Pool(self.database.url, size=3)
        await self._pool.open()
        self._submitter = Submitter(self._pool, wiring.ROAD)
        self._wakeups = Wakeups(self._pool, self._submitter, lambda done: None)
        self._receipts = Receipts(self._pool, Direct(self._submitter))
        self._senders = [
            Sender(
                phone,
                database=self._pool,
                receipts=self._receipts,
                seal=Seal((SECRET_KEY,)),
                links=lambda incident, person, channel: NO_LINKS,
                metrics=Metrics(),
            )
            for phone in self.phones.values()
        ]

    def _turn(self) -> None:
        while self._run(self._wakeups.once()):
            self._run(self._send_all())
        self._run(self._send_all())

    async def _send_all(self) -> None:
        for sender, phone in zip(self._senders, self.phones.values(), strict=True):
            after = 0
            while (claimed := await sender.claim(after=after, most=100)).found:
                after = claimed.after
                for message in claimed.messages:
                    before = len(phone.told)
                    await sender.send(message)
                    self._told.extend((message.at, phone.name, told) for told in phone.told[before:])
                await self._receipts.flush()

    def _next_due(self) -> datetime | None:
        row = self.database.link.execute(
            "SELECT least((SELECT min(due_at) FROM incident WHERE due_at > app_now()), "
            "(SELECT min(due_at) FROM page WHERE state IN ('due', 'leased', 'unknown') AND due_at > app_now()))"
        ).fetchone()
        assert row is not None
        return row[0]

    def _service(self, name: str) -> int:
        return Service.objects.get(name=name).id

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


class Direct:
    """A road without a gatherer: each hand-in is a batch."""

    def __init__(self, submitter: Submitter) -> None:
        self._submitter = submitter

    @property
    def directory(self) -> Any:
        return self._submitter.directory

    async def fresh_directory(self) -> Any:
        return await self._submitter.refresh()

    async def submit(self, facts: Any) -> Any:
        return (await self._submitter.run(facts)).decisions
