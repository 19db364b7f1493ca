"""From names, addresses and times as people type them to what the actions take; what cannot be is refused in a sentence."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct

from watchbill.channels.wording import one_line
from watchbill.cli.desk.reach import UNCHANGED, UNKNOWN, USAGE, Desk, Refused, View
from watchbill.configuration import words
from watchbill.configuration.problems import Refused as Misread
from watchbill.configuration.problems import did_you_mean
from watchbill.engine.duty.schedule import Schedule
from watchbill.incidents.actions import Actor
from watchbill.oncall import queries, refusal
from watchbill.oncall.queries import Named
from watchbill.oncall.when import Unclear, parse_when
from watchbill.runtime.database import Link

T = TypeVar("T")
VIA = "cli"


class Spoken(Struct):
    """Times as they were typed, read in one zone. `notes`: what is to be said of them, filled as they are read."""

    zone: str
    now: datetime
    notes: list[str]

    def read(self, option: str, text: str, after: datetime | None = None) -> datetime:
        """An instant. `after`: a time or a weekday alone is later than this. Raises Refused."""
        try:
            when = parse_when(text, zone=self.zone, now=self.now, after=after)
        except Unclear as fault:
            raise Refused(f"{option}: {fault}", USAGE) from None
        if when.told:
            self.notes.append(f"{option}: {when.told}")
        return when.at

    def span(self, since: str, until: str | None, seconds: int) -> tuple[datetime, datetime]:
        """From --from to --until, or for so many seconds. Raises Refused."""
        begins = self.read("--from", since)
        if until is None:
            return begins, begins + timedelta(seconds=seconds)
        if until.split() == since.split():
            raise Refused("--until: it is when --from is, so it would last for no time, or for a week.", USAGE)
        return begins, self.read("--until", until, after=begins)


async def schedule_named(link: Link, name: str) -> Named:
    """The schedule, whatever the capitals. Raises Refused."""
    every = await queries.schedules(link)
    near_enough = [one for one in every if one.name.casefold() == name.casefold()]
    found = next((one for one in near_enough if one.name == name), near_enough[0] if near_enough else None)
    if found is None:
        near = did_you_mean(name, [one.name for one in every])
        raise Refused(f"There is no schedule called {one_line(name, 60)}.{near}", UNKNOWN)
    return found


def rotation_named(schedule: Schedule, name: str | None) -> int:
    """The id of a rotation; 0 for the whole schedule, where none is named. Raises Refused."""
    if name is None:
        return 0
    # Of one name, one may have been taken away a while ago; the one that stays counts.
    known = {one.name.casefold(): one for one in sorted(schedule.rotations, key=lambda one: one.ends is None)}
    found = known.get(name.casefold())
    if found is None:
        near = did_you_mean(name, [rotation.name for rotation in schedule.rotations])
        raise Refused(f"{one_line(schedule.name, 60)} has no rotation called {one_line(name, 60)}.{near}", UNKNOWN)
    return found.id


async def person_named(view: View, email: str | None) -> int:
    """The id of a person; 0 for none. Raises Refused."""
    return (await view.known(email)).id if email else 0


async def actor_of(view: View, email: str | None) -> Actor:
    """Who acts: a person who is switched on, or whoever keeps the machine. Raises Refused."""
    return Actor((await view.sight(email)).person, VIA)


def zone_named(name: str | None, otherwise: str) -> str:
    """A zone by IANA name. Raises Refused."""
    if name is None:
        return otherwise
    try:
        return words.read_time_zone(name)
    except Misread as fault:
        raise Refused(f"--zone: {fault}", USAGE) from None


async def change(desk: Desk, work: Callable[[Link], Awaitable[T]]) -> T:
    """Does it in one transaction. Raises Refused, and then nothing was changed."""
    try:
        async with desk.database.transaction() as link:
            return await work(link)
    except refusal.Refused as fault:
        raise Refused(one_line(str(fault), 2000), UNKNOWN if fault.unknown else UNCHANGED) from None
