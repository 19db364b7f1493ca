"""What a change of who is on duty is held against: people, teams and schedules at one instant."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.directory import Person, Team
from watchbill.engine.duty.schedule import Schedule
from watchbill.oncall import load
from watchbill.oncall.refusal import Refused
from watchbill.people import load as people

NOW = "SELECT app_now()"
REMOVED = "SELECT id FROM schedule WHERE removed_at IS NOT NULL"


class Ground(Struct, frozen=True):
    """`now`: the database's time, cut to a whole second as the schedules are reckoned. `schedules`: those that are not
    removed, from a day ago on."""

    now: datetime
    people: Mapping[int, Person]
    teams: Mapping[int, Team]
    schedules: Mapping[int, Schedule]

    def schedule(self, id_: int) -> Schedule:
        """Raises Refused."""
        found = self.schedules.get(id_)
        if found is None:
            raise Refused("schedule", f"There is no schedule {id_}.", unknown=True)
        return found

    def person(self, id_: int, field: str) -> Person:
        """Somebody who can be put on duty. Raises Refused in the name of `field`."""
        found = self.people.get(id_)
        if found is None:
            raise Refused(field, f"There is no person {id_}.", unknown=True)
        if not found.active:
            raise Refused(field, f"{found.name} is switched off here and cannot be on duty.")
        return found

    def schedules_of(self, person: int) -> tuple[Schedule, ...]:
        """Those that name a person anywhere; in all others there is no duty to look for."""
        return tuple(one for one in self.schedules.values() if person in one.names)

    def name(self, id_: int) -> str:
        """What a person is called; nobody has id 0."""
        found = self.people.get(id_)
        return found.name if found is not None else "nobody"


async def read(link: AsyncConnection[Any], *, back: timedelta = timedelta(days=1)) -> Ground:
    """As it is now, for this transaction. `back`: how far back the schedules are true."""
    row = await (await link.execute(NOW)).fetchone()
    assert row is not None
    persons, teams = await people.people(link), await people.teams(link)
    schedules = await load.schedules(link, persons, teams, row[0] - back)
    for (removed,) in await (await link.execute(REMOVED)).fetchall():
        schedules.pop(removed, None)
    return Ground(row[0].replace(microsecond=0), persons, teams, schedules)
