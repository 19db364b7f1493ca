"""Plans what people are told without being woken, and writes it where it is sent from, once a minute.

Any number of nodes do the same: a notice has a key, and a key is written once. Nothing is remembered between two looks,
so a node that starts anew goes on where it stopped; of hand-offs the last hour is caught up.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import structlog
from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.directory import Person
from watchbill.engine.duty import changes, notices
from watchbill.engine.duty.changes import Answer, Made, Request, TakenBack
from watchbill.engine.duty.hours import Stretch
from watchbill.engine.duty.notices import Readers, Telling
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.walls import instant_of, zone_of
from watchbill.engine.notification import reachable
from watchbill.engine.whom import members_of, owners_of
from watchbill.oncall import load
from watchbill.people import load as people_load
from watchbill.runtime.condition import Condition
from watchbill.runtime.database import Database, as_json, one_line
from watchbill.runtime.road import Unavailable

POLL = 60.0  # seconds
BACK = timedelta(seconds=notices.BACK)

ONE_INSTANT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
NOW = "SELECT app_now()"
ZONES = "SELECT id, time_zone FROM person"
STANDING = "SELECT id, gap_lead FROM schedule WHERE removed_at IS NULL"
# What people did is told for a day: whoever did it cannot know that no node was there to tell.
MADE = """
SELECT schedule_id, id, coalesce(by_id, 0) FROM schedule_override
WHERE until > %(now)s AND created_at > %(now)s - interval '1 day' AND answer_id IS NULL
"""
TAKEN_BACK = """
SELECT o.schedule_id, o.id, CASE WHEN o.answer_id IS NULL THEN ARRAY(
    SELECT p.id FROM person p JOIN notice n ON n.key = 'override ' || o.id || ' ' || p.id
) ELSE ARRAY[o.person_id, o.instead_of_id] END
FROM schedule_override o WHERE o.removed_at > %(now)s - interval '1 day'
"""
REQUESTS = """
SELECT c.id, c.asker_id, c.since, c.until, coalesce(c.schedule_id, 0), c.note, coalesce((
    SELECT json_agg(json_build_object(
        'id', a.id, 'person', a.person_id, 'since', a.since, 'until', a.until,
        'fresh', a.answered_at > %(now)s - interval '1 day' AND (a.since IS NULL OR EXISTS (
            SELECT 1 FROM schedule_override o WHERE o.answer_id = a.id AND o.removed_at IS NULL
        ))
    ) ORDER BY a.id) FROM cover_answer a WHERE a.request_id = c.id
), '[]'::json)::text
FROM cover_request c WHERE c.until > %(now)s AND c.withdrawn_at IS NULL
"""
WRITE = """
INSERT INTO notice (person_id, kind, key, subject, body, created_at, state, due_at, attempts, detail)
SELECT person, kind, key, subject, body, app_now(), 'due', app_now(), 0, ''
FROM json_to_recordset(%s::json) AS r (person bigint, kind text, key text, subject text, body text)
WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.key = r.key)
ON CONFLICT (key) DO NOTHING
RETURNING kind
"""

log = structlog.get_logger()


class _Answer(Struct):
    id: int
    person: int
    since: datetime | None
    until: datetime | None
    fresh: bool


_answers = msgspec.json.Decoder(list[_Answer])


class Scene(Struct, frozen=True):
    """All that notices are planned from, at one instant. `schedules`: also those removed lately, whose duty ends; `standing`:
    ids of the others. `made`, `taken_back`: by schedule. `helpers`: who may take cover in a schedule without turns in it."""

    now: datetime
    schedules: Mapping[int, Schedule]
    standing: Mapping[int, Schedule]
    readers: Readers
    made: tuple[tuple[int, Made], ...]
    taken_back: tuple[tuple[int, TakenBack], ...]
    requests: tuple[Request, ...]
    helpers: Mapping[int, tuple[int, ...]]


class Notices:
    """Looks until it is closed. `written` is called when there is something new to send. `poll`: seconds between looks."""

    def __init__(self, database: Database, written: Callable[[], None] = lambda: None, *, poll: float = POLL) -> None:
        self._database = database
        self._written = written
        self._poll = poll
        self._closed = asyncio.Event()
        self._condition = Condition()

    async def run(self) -> None:
        """Looks once a minute; whatever fails is tried again then."""
        while not self._closed.is_set():
            try:
                await self.once()
                self._condition.good()
            except Exception as fault:
                unforeseen = self._condition.bad(one_line(fault)) and not isinstance(fault, Unavailable)
                log.warning("notices_failed", error=one_line(fault), exc_info=fault if unforeseen else None)
            await self._pause()

    async def once(self) -> int:
        """Plans and writes; answers how many notices are new."""
        async with self._database.transaction() as link:
            await link.execute(ONE_INSTANT)
            scene = await read(link)
        found: list[Telling] = []
        for some in planned(scene):
            found += some
            await asyncio.sleep(0)  # pages go first
        if not found:
            return 0
        async with self._database.link() as link:
            new = [kind for (kind,) in await (await link.execute(WRITE, [as_json(found)])).fetchall()]
        if new:
            log.info("notices_written", **{kind: new.count(kind) for kind in sorted(set(new))})
            self._written()
        return len(new)

    def close(self) -> None:
        """Looks no more."""
        self._closed.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll):
                await self._closed.wait()
        except TimeoutError:
            return


def planned(scene: Scene) -> Iterator[tuple[Telling, ...]]:
    """Everything that is to be told by now, a little at a time. What cannot be reckoned holds nothing else up."""
    for what, plan in _plans(scene):
        try:
            yield tuple(plan())
        except Exception as fault:
            log.error("notices_unplanned", of=what, error=one_line(fault), exc_info=fault)


def _plans(scene: Scene) -> Iterator[tuple[str, Callable[[], Iterable[Telling]]]]:
    now, readers, standing = scene.now, scene.readers, scene.standing
    for schedule in scene.schedules.values():
        yield f"schedule {schedule.id}", partial(notices.of_schedule, schedule, readers, now=now)
    for id_, made in scene.made:
        if id_ in standing:
            yield f"override {made.override}", partial(changes.of_override, standing[id_], made, readers, now=now)
    for id_, taken in scene.taken_back:
        if id_ in standing:
            yield f"override {taken.override}", partial(changes.of_taken_back, standing[id_], taken, readers, now=now)
    for request in scene.requests:
        ask = partial(changes.of_request, request, standing, readers, helpers=scene.helpers, now=now)
        yield f"cover request {request.id}", ask
    for begins, people in notices.weeks_due(readers, now=now).items():
        duty: dict[int, dict[str, list[Stretch]]] = {}
        for schedule in standing.values():
            yield f"the week of schedule {schedule.id}", partial(_add_week, duty, schedule, begins)
        yield "the week ahead", partial(_tell_week, duty, people, begins, readers)


def _add_week(duty: dict[int, dict[str, list[Stretch]]], schedule: Schedule, begins: int) -> Iterable[Telling]:
    for person, parts in notices.duty_in_week(schedule, begins).items():
        duty.setdefault(person, {})[schedule.name] = parts
    return ()


def _tell_week(
    duty: Mapping[int, Mapping[str, list[Stretch]]], people: tuple[int, ...], begins: int, readers: Readers
) -> Iterable[Telling]:
    return [notices.week_ahead(person, begins, duty[person], readers) for person in people if person in duty]


async def read(link: AsyncConnection[Any]) -> Scene:
    """How things stand, for the caller's transaction."""
    row = await (await link.execute(NOW)).fetchone()
    assert row is not None
    now: datetime = row[0]
    people, teams = await people_load.people(link), await people_load.teams(link)
    schedules = await load.schedules(link, people, teams, now - BACK)
    lead = dict(await (await link.execute(STANDING)).fetchall())
    standing = {id_: one for id_, one in schedules.items() if id_ in lead}
    made = await (await link.execute(MADE, {"now": now})).fetchall()
    taken_back = await (await link.execute(TAKEN_BACK, {"now": now})).fetchall()
    requests = await (await link.execute(REQUESTS, {"now": now})).fetchall()
    return Scene(
        now=now,
        schedules=schedules,
        standing=standing,
        readers=Readers(
            names={id_: person.name for id_, person in people.items()},
            zones=_zones(await (await link.execute(ZONES)).fetchall(), people),
            owners={id_: owners_of(teams.get(one.team)) for id_, one in standing.items()},
            lead={id_: seconds for id_, seconds in lead.items() if seconds},  # 0 is never
        ),
        made=tuple((schedule, Made(override, by)) for schedule, override, by in made),
        taken_back=tuple((schedule, TakenBack(override, tuple(told))) for schedule, override, told in taken_back),
        requests=tuple(_request(*columns) for columns in requests),
        helpers={id_: members_of(teams.get(one.team)) for id_, one in standing.items()},
    )


def _zones(rows: Iterable[tuple[int, str]], people: Mapping[int, Person]) -> dict[int, str]:
    """The zone of everybody who can be reached; UTC where this machine does not know it."""
    found: dict[int, str] = {}
    for person, zone in rows:
        if reachable(people.get(person)):
            try:
                zone_of(zone)
                found[person] = zone
            except (KeyError, ValueError, OSError):
                found[person] = "UTC"
    return found


def _request(id_: int, asker: int, since: datetime, until: datetime, schedule: int, note: str, answers: str) -> Request:
    given = _answers.decode(answers)
    return Request(
        id=id_,
        asker=asker,
        since=instant_of(since),
        until=instant_of(until),
        schedule=schedule,
        note=note,
        answers=tuple(Answer(one.id, one.person, _instant(one.since), _instant(one.until)) for one in given),
        fresh=frozenset(one.id for one in given if one.fresh),
    )


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else instant_of(moment)
