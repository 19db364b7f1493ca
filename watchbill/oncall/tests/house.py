"""A house with rotas, for the tests of this chapter and of the commands on top of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import msgspec

from tests.acceptance.story import Story
from watchbill.engine.duty.schedule import HandOff, Hours, OverrideKind, Unit
from watchbill.engine.duty.shifts import Timeline, on_duty, shifts
from watchbill.engine.duty.walls import first, moment_of, zone_of
from watchbill.incidents.actions import Actor
from watchbill.oncall import ground
from watchbill.oncall.actions import override
from watchbill.oncall.actions.override import Added
from watchbill.oncall.checks import Wish
from watchbill.oncall.models import Rotation, RotationEdition, Schedule
from watchbill.oncall.plan import Plan, Seat
from watchbill.people.models import Team
from watchbill.runtime.database import Database, Link
from watchbill.runtime.models import Configuration

T = TypeVar("T")
MADRID = "Europe/Madrid"
LONG_AGO = datetime(2020, 1, 6, tzinfo=UTC)


class House:
    """A story's cast with rotas. In `Primary`, Ana and Bo follow each other each day at 09:00 in Madrid: Ana begins on
    Tuesday 2026-11-24, Bo on the day after."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def rota(
        self,
        name: str = "Primary",
        people: Sequence[str] = ("Ana", "Bo"),
        *,
        rotation: str = "Daily",
        team: str = "Payments",
        zone: str = MADRID,
        hand_off: HandOff | None = None,
        hours: tuple[Hours, ...] = (),
        shadows: Sequence[str] = (),
        shadow: bool = False,
        **settings: Any,
    ) -> int:
        """A rotation, of a schedule that is made unless it is there; answers the schedule's id."""
        of, _ = Schedule.objects.get_or_create(
            name=name, defaults={"team": Team.objects.get(name=team), "time_zone": zone, **settings}
        )
        made = Rotation.objects.create(schedule=of, name=rotation, position=of.rotations.count(), shadow=shadow)
        plan = Plan(
            zone=zone,
            hand_off=hand_off or HandOff(Unit.DAY, date(2026, 11, 24)),
            order=tuple((Seat(person=self.id(person)),) for person in people),
            hours=hours,
            shadows=tuple(Seat(person=self.id(person)) for person in shadows),
        )
        RotationEdition.objects.create(rotation=made, since=LONG_AGO, plan=msgspec.to_builtins(plan))
        self.story._configured()
        return of.id

    def id(self, name: str) -> int:
        """Of a person. Asked without Django, which is refused inside of what `do` runs."""
        row = self.story.database.link.execute("SELECT id FROM person WHERE name = %s", [name]).fetchone()
        assert row is not None, name
        id_: int = row[0]
        return id_

    def actor(self, name: str = "") -> Actor:
        """The person, or whoever keeps the machine."""
        return Actor(self.id(name) if name else 0, "test")

    def do(self, work: Callable[[Link], Awaitable[T]]) -> T:
        """Does it in a transaction, as the commands and the pages do."""
        return self.story._run(in_transaction(self.story._pool, work))

    def add(self, kind: str, since: str, until: str, by: str = "", **rest: Any) -> Added:
        """Makes an override in Primary. Times are Madrid's. People by name."""
        wish = self.wish(kind, since, until, **rest)
        return self.do(lambda link: override.add(link, wish, self.actor(by)))

    def wish(self, kind: str, since: str, until: str, **rest: Any) -> Wish:
        """People by name."""
        people = {field: self.id(rest.pop(field)) for field in ("person", "instead_of") if field in rest}
        rest.setdefault("schedule", Schedule.objects.order_by("id").values_list("id", flat=True)[0])
        return Wish(kind=OverrideKind(kind), since=at(since), until=at(until), **people, **rest)

    def timeline(self, since: str, until: str, schedule: int | None = None) -> Timeline:
        """Of the first schedule, unless it is named."""
        now = self.do(ground.read)
        return shifts(now.schedules[schedule or min(now.schedules)], at(since), at(until))

    def duty(self, when: str, schedule: int | None = None) -> list[str]:
        """Who is on duty, by name."""
        now = self.do(ground.read)
        return [now.name(duty.person) for duty in on_duty(now.schedules[schedule or min(now.schedules)], at(when))]

    def version(self) -> int:
        """Of the configuration."""
        return Configuration.objects.values_list("version", flat=True)[0]


async def in_transaction(database: Database, work: Callable[[Link], Awaitable[T]]) -> T:
    """Commits, unless it raises."""
    async with database.transaction() as link:
        return await work(link)


def at(wall: str, zone: str = MADRID) -> datetime:
    """ "2026-11-24 18:00" in a zone, as an instant in UTC."""
    return moment_of(first(datetime.fromisoformat(wall), zone_of(zone)))
