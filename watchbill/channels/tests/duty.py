"""A house with a rota, for stories of notices: rows in a real database, two nodes that plan and tell, a real mail server."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from tests.database import SECRET_KEY, Database
from tests.fakes.smtp import Mail, SmtpFake
from watchbill.channels.adapters.email.adapter import Email
from watchbill.channels.adapters.email.config import SmtpConfig, Tls
from watchbill.channels.contract import Channel
from watchbill.channels.telling import Teller
from watchbill.channels.tests.messages import now
from watchbill.engine.duty.schedule import HandOff, Unit
from watchbill.engine.words import Role
from watchbill.oncall.models import Notice, Override, Rotation, RotationEdition, Schedule
from watchbill.oncall.notices import Notices
from watchbill.oncall.plan import Plan, Seat
from watchbill.people.models import ContactMethod, Membership, NotificationRule, Person, Team
from watchbill.runtime.database import Database as Pool
from watchbill.runtime.database import Link
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.seal import Seal

BERLIN = ZoneInfo("Europe/Berlin")
CREATED = datetime(2026, 11, 1, tzinfo=UTC)
T = TypeVar("T")


class DutyHouse:
    """Ana and Bo take turns of a week in Primary, handed over on Mondays at 09:00 in Berlin; Cy owns the team; Dora is
    outside. Two nodes do their work when they are told to. `at` sets the clock, in Berlin. `more`: channels besides
    e-mail."""

    def __init__(self, database: Database, smtp: SmtpFake, **more: Channel) -> None:
        self.database = database
        self.metrics = Metrics()
        self._runner = asyncio.Runner()
        self.pool = Pool(database.url, size=3)
        config = SmtpConfig(host=smtp.host, port=smtp.port, sender="Watchbill <pager@example.com>", tls=Tls.NONE)
        self.channels: dict[str, Channel] = {"email": Email(config, now=now), **more}
        self.nodes = [Notices(self.pool), Notices(self.pool)]
        self.tellers = [self._teller() for _ in self.nodes]
        self.ids: dict[str, int] = {}
        self.run(self.pool.open())

    def close(self) -> None:
        """Ends it."""
        for channel in self.channels.values():
            self.run(channel.close())
        self.run(self.pool.close())
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does it on the house's own loop."""
        return self._runner.run(work)

    def _teller(self) -> Teller:
        return Teller(
            self.channels,
            database=self.pool,
            seal=Seal((SECRET_KEY,)),
            show=lambda incident: f"https://watchbill.example/incidents/{incident}",
            metrics=self.metrics,
        )

    def cast(self) -> None:
        """Everybody, and the schedule."""
        team, other = Team.objects.create(name="Payments"), Team.objects.create(name="Search")
        roles = {"Ana": Role.RESPONDER, "Bo": Role.RESPONDER, "Cy": Role.OWNER, "Dora": Role.OWNER}
        for name, role in roles.items():
            email = f"{name.lower()}@example.org"
            person = Person.objects.create(name=name, email=email, time_zone="Europe/Berlin")
            Membership.objects.create(team=other if name == "Dora" else team, person=person, role=role)
            ContactMethod.objects.create(person=person, name="mail", channel="email", settings={"address": email})
            self.ids[name] = person.id
        schedule = Schedule.objects.create(name="Primary", team=team, time_zone="Europe/Berlin")
        self.schedule = schedule.id
        self.rotation = Rotation.objects.create(schedule=schedule, name="Weekly").id
        self.edit("Ana", "Bo", since=CREATED)

    def edit(self, *names: str, since: datetime, at: int = 9 * 60) -> None:
        """What the rotation is from an instant on: turn 0 is that of the week of 2 November."""
        hand_off = HandOff(Unit.WEEK, date(2026, 11, 2), at=at)
        plan = Plan("Europe/Berlin", hand_off, tuple((Seat(person=self.ids[name]),) for name in names))
        RotationEdition.objects.create(rotation_id=self.rotation, since=since, plan=msgspec.to_builtins(plan))

    def second_schedule(self, name: str) -> None:
        """Another schedule with the same turns."""
        team = Team.objects.get(name="Payments")
        schedule = Schedule.objects.create(name=name, team=team, time_zone="Europe/Berlin")
        self.schedule, self.rotation = schedule.id, Rotation.objects.create(schedule=schedule, name="Weekly").id
        self.edit("Ana", "Bo", since=CREATED)

    def change(self, work: Callable[[Link], Awaitable[T]]) -> T:
        """Does it in a transaction, as the commands and the pages do."""
        return self.run(self._in_transaction(work))

    async def _in_transaction(self, work: Callable[[Link], Awaitable[T]]) -> T:
        async with self.pool.transaction() as link:
            return await work(link)

    def override(self, kind: str, since: str, until: str, *, by: str = "", **people: str) -> Override:
        """An override of the whole schedule, made now; `person`, `instead_of`: names."""
        ids = {f"{field}_id": self.ids[name] for field, name in people.items()}
        times = {"since": moment(since), "until": moment(until), "created_at": self.now}
        return Override.objects.create(schedule_id=self.schedule, kind=kind, by_id=self.ids.get(by), **times, **ids)

    def method(self, name: str, channel: str, settings: dict[str, str] | None = None, *, low: bool = False) -> None:
        """One more contact method; with `low`, the one that the person wants for what is not urgent."""
        made = ContactMethod.objects.create(
            person_id=self.ids[name], name=channel, channel=channel, settings=settings or {}
        )
        if low:
            NotificationRule.objects.create(person_id=self.ids[name], urgency="low", delay=0, method=made)

    @property
    def now(self) -> datetime:
        """The database's time."""
        row = self.database.link.execute("SELECT app_now()").fetchone()
        assert row is not None
        return row[0]

    def at(self, when: str) -> None:
        """Sets the clock."""
        self.database.set_clock(moment(when))

    def plan(self, when: str = "") -> list[str]:
        """Both nodes look; the keys of what is new, with names for people."""
        if when:
            self.at(when)
        before = set(Notice.objects.values_list("id", flat=True))
        for node in self.nodes:
            self.run(node.once())
        names = {id_: name for name, id_ in self.ids.items()}
        new = Notice.objects.exclude(id__in=before)
        return sorted(f"{one.kind} {names[one.person]}" for one in new)

    def tell(self) -> None:
        """Both nodes claim before either of them tells."""
        claimed = [(teller, self.run(teller.claim(after=0, most=100))) for teller in self.tellers]
        for teller, batch in claimed:
            for message in batch.messages:
                self.run(teller.send(message))

    def pass_time(self, until: str, *, step: timedelta = timedelta(minutes=10)) -> None:
        """Both nodes look and tell again and again until then."""
        while self.now < moment(until):
            self.database.set_clock(min(self.now + step, moment(until)))
            self.plan()
            self.tell()


def moment(when: str) -> datetime:
    """An instant by the clock in Berlin."""
    return datetime.fromisoformat(when).replace(tzinfo=BERLIN).astimezone(UTC)


def told(mails: Any, name: str) -> list[tuple[str, str]]:
    """Subject and text of the mails to one person."""
    own: list[Mail] = [mail for mail in mails if mail.recipients == (f"{name.lower()}@example.org",)]
    return [(mail.message["Subject"], mail.message.get_body(("plain",)).get_content()) for mail in own]
