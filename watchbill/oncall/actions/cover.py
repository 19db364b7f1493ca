"""Cover: somebody asks, others take all or part of it, decline, or the asker withdraws. Each is one transaction.

What is taken becomes overrides in that transaction. What nobody took changes nothing: the asker has the duty.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from psycopg import AsyncConnection

from watchbill.engine.duty.hours import Stretch, merged, without
from watchbill.engine.duty.schedule import OverrideKind, Schedule
from watchbill.engine.duty.walls import instant_of, moment_of
from watchbill.engine.notification import reachable
from watchbill.incidents.actions import Actor
from watchbill.oncall import covers, queries
from watchbill.oncall.actions.override import check_may, insert
from watchbill.oncall.actions.turn import changed, record, take_turn
from watchbill.oncall.checks import LONGEST_NOTE, Wish, between, with_override
from watchbill.oncall.covers import Cover, Part, State
from watchbill.oncall.ground import Ground
from watchbill.oncall.preview import Preview, duty_of, foresee, next_duty_told
from watchbill.oncall.refusal import Refused
from watchbill.oncall.when import shown_span

INSERT_REQUEST = """
INSERT INTO cover_request (asker_id, schedule_id, since, until, note, source, asked_at)
VALUES (%(asker)s, nullif(%(schedule)s::bigint, 0), %(since)s, %(until)s, %(note)s, %(source)s, %(now)s) RETURNING id
"""
INSERT_ANSWER = """
INSERT INTO cover_answer (request_id, person_id, since, until, answered_at)
VALUES (%(request)s, %(person)s, %(since)s, %(until)s, %(now)s) RETURNING id
"""
WITHDRAW = "UPDATE cover_request SET withdrawn_at = %(now)s WHERE id = %(number)s"


class Ask(Struct, frozen=True):
    """Cover that somebody asks for. `asker`: id. `schedule`: id, 0 for every one in which the asker has duty then.
    `source`: what raised it, empty for the asker; one source raises one request."""

    asker: int
    since: datetime
    until: datetime
    schedule: int = 0
    note: str = ""
    source: str = ""


class Asked(Struct, frozen=True):
    """`number`: of the request. `since`, `until`: from the first to the last duty in the time that was asked for. `duty`: what
    is to be covered, half-open, in UTC."""

    number: int
    since: datetime
    until: datetime
    duty: tuple[tuple[datetime, datetime], ...]


class Taken(Struct, frozen=True):
    """`parts`: what the taker has now. `overrides`: their numbers. `previews`: of each schedule concerned. `left`: what is
    still open."""

    number: int
    parts: tuple[tuple[datetime, datetime], ...]
    overrides: tuple[int, ...]
    previews: tuple[Preview, ...]
    left: tuple[tuple[datetime, datetime], ...]


async def ask(link: AsyncConnection[Any], asked: Ask, actor: Actor) -> Asked:
    """Asks for cover. Raises Refused, and then nothing was written."""
    ground = await take_turn(link)
    asker = ground.person(asked.asker, "person")
    about = (ground.schedule(asked.schedule),) if asked.schedule else ground.schedules_of(asked.asker)
    zone = about[0].zone if about else "UTC"
    since, until = between(asked.since, asked.until, ground.now, zone)
    if len(asked.note) > LONGEST_NOTE:
        raise Refused("note", f"The note has {len(asked.note)} characters; {LONGEST_NOTE} are the most.")
    duty = merged(part for one in about for part in duty_of(asker.id, one, since, until))
    if not duty:
        where = f" in {about[0].name}" if asked.schedule else ""
        later = next_duty_told(asker.name, asker.id, about, until, zone)
        raise Refused("since", f"{asker.name} has no duty{where} at any time {shown_span(since, until, zone)}. {later}")
    since, until = moment_of(duty[0][0]), moment_of(duty[-1][1])
    for other in await queries.covers(link):
        _check_not_asked(other, asked, since, until, ground, zone)
    values = {"asker": asker.id, "schedule": asked.schedule, "since": since, "until": until, "note": asked.note}
    row = await (await link.execute(INSERT_REQUEST, {**values, "source": asked.source, "now": ground.now})).fetchone()
    assert row is not None
    await record(link, "cover asked", actor, ground.now, request=row[0], **values)
    return Asked(row[0], since, until, covers.moments(duty))


async def take(
    link: AsyncConnection[Any],
    number: int,
    actor: Actor,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Taken:
    """Whoever acts takes a request, or the part of it from `since` to `until`; the rest stays open. Raises Refused, and
    then nothing was written."""
    ground = await take_turn(link)
    cover = await _found(link, number)
    _check_taker(cover, actor, ground)
    parts = _parts(cover, since, until, ground)
    after, numbers = dict(ground.schedules), []
    for start, end in parts:
        wishes = list(_wishes(cover, actor.by, start, end, ground))
        for wish in wishes:
            check_may(actor, ground.schedules[wish.schedule], ground)
        answer = await _answer(link, cover, actor, ground, moment_of(start), moment_of(end))
        for wish in wishes:
            numbers.append(await insert(link, wish, actor, ground.now, answer=answer))
            after[wish.schedule] = with_override(after[wish.schedule], wish, cover=True)
    spans = covers.moments(parts)
    await record(link, "cover taken", actor, ground.now, request=number, parts=spans, overrides=numbers)
    await changed(link)
    changes = [one for id_, one in after.items() if one is not ground.schedules[id_]]
    first, last = spans[0][0], spans[-1][1]
    previews = tuple(foresee(ground, schedule, first, last) for schedule in changes)
    rest = covers.left(cover, replace(ground, schedules=after))
    return Taken(number, spans, tuple(numbers), previews, covers.moments(rest))


async def decline(link: AsyncConnection[Any], number: int, actor: Actor) -> Cover:
    """Whoever acts will not take it; who may take it may. Answers the request as it is then. Raises Refused."""
    ground = await take_turn(link)
    cover = await _found(link, number)
    _check_taker(cover, actor, ground)
    for schedule in _schedules(cover, covers.left(cover, ground), ground):
        check_may(actor, schedule, ground)
    if actor.by in cover.declined:
        raise Refused("number", f"{ground.name(actor.by)} declined request {number} already.")
    await _answer(link, cover, actor, ground, None, None)
    await record(link, "cover declined", actor, ground.now, request=number)
    return await _found(link, number)


async def withdraw(link: AsyncConnection[Any], number: int, actor: Actor) -> Cover:
    """The asker takes the request back; what was taken stays. Answers the request as it is then. Raises Refused."""
    ground = await take_turn(link)
    cover = await _found(link, number)
    asker = ground.name(cover.asker)
    if actor.by not in (0, cover.asker):
        raise Refused("person", f"Only {asker} can withdraw request {number}.")
    state = covers.state_of(cover, ground)
    if state in (State.WITHDRAWN, State.OVER, State.TAKEN):
        raise Refused("number", f"Nothing of request {number} is open. {_words(cover, ground)}")
    await link.execute(WITHDRAW, {"number": number, "now": ground.now})
    await record(link, "cover withdrawn", actor, ground.now, request=number)
    return await _found(link, number)


async def _found(link: AsyncConnection[Any], number: int) -> Cover:
    found = await queries.cover(link, number)
    if found is None:
        raise Refused("number", f"There is no cover request {number}.", unknown=True)
    return found


async def _answer(
    link: AsyncConnection[Any],
    cover: Cover,
    actor: Actor,
    ground: Ground,
    since: datetime | None,
    until: datetime | None,
) -> int:
    values = {"request": cover.id, "person": actor.by, "since": since, "until": until, "now": ground.now}
    row = await (await link.execute(INSERT_ANSWER, values)).fetchone()
    assert row is not None
    number: int = row[0]
    return number


def _check_not_asked(other: Cover, asked: Ask, since: datetime, until: datetime, ground: Ground, zone: str) -> None:
    same = other.asker == asked.asker and (not other.schedule or not asked.schedule or other.schedule == asked.schedule)
    if same and other.since < until and since < other.until and covers.left(other, ground):
        when = shown_span(other.since, other.until, zone)
        raise Refused("since", f"{ground.name(asked.asker)} asks for cover already: request {other.id}, {when}.")


def _check_taker(cover: Cover, actor: Actor, ground: Ground) -> None:
    """Whether whoever acts may answer at all, and anything is left to answer."""
    if not actor.by:
        raise Refused("person", "Say who takes it.")
    taker = ground.person(actor.by, "person")
    if actor.by == cover.asker:
        raise Refused("person", f"{taker.name} asked for it, and has the duty anyhow. To take it back, withdraw it.")
    if not reachable(taker):
        raise Refused("person", f"{taker.name} has no way to be paged: switch on a contact method first.")
    state = covers.state_of(cover, ground)
    if state is State.TAKEN:
        raise Refused("number", _quicker(cover, cover.taken, ground))
    if state is not State.OPEN and state is not State.PART_TAKEN:
        raise Refused("number", f"Nothing of request {cover.id} is open. {_words(cover, ground)}")


def _parts(cover: Cover, since: datetime | None, until: datetime | None, ground: Ground) -> list[Stretch]:
    """What is to be taken, each with some duty of the asker in it. Raises Refused."""
    zone = covers.zone_of(cover, ground)
    given = since is not None or until is not None
    since, until = since or cover.since, until or cover.until
    asked = (since.replace(microsecond=0), until.replace(microsecond=0))
    since, until = between(since, until, ground.now, zone)
    if asked[0] < cover.since or cover.until < asked[1]:
        field = "since" if asked[0] < cover.since else "until"
        raise Refused(field, f"Request {cover.id} is for {shown_span(cover.since, cover.until, zone)} only.")
    wanted = (instant_of(since), instant_of(until))
    if given and (quicker := [one for one in cover.taken if one.since < until and since < one.until]):
        raise Refused("since", _quicker(cover, quicker, ground))
    free = without([wanted], merged((instant_of(one.since), instant_of(one.until)) for one in cover.taken))
    parts = [part for part in free if _schedules(cover, [part], ground)]
    if not parts:
        asker = ground.name(cover.asker)
        raise Refused("since", f"{asker} has no duty {shown_span(since, until, zone)}. {_words(cover, ground)}")
    return parts


def _quicker(cover: Cover, parts: Sequence[Part], ground: Ground) -> str:
    """Who has it already, and what is left."""
    zone = covers.zone_of(cover, ground)
    who = " ".join(
        f"{ground.name(one.person)} was quicker and has {shown_span(one.since, one.until, zone)}." for one in parts
    )
    left = " and ".join(shown_span(*one, zone) for one in covers.moments(covers.left(cover, ground)))
    return f"{who} Left of request {cover.id}: {left or 'nothing'}."


def _schedules(cover: Cover, parts: list[Stretch], ground: Ground) -> list[Schedule]:
    """In which of those concerned the asker has any duty in these parts."""
    return [
        one
        for one in covers.concerned(cover, ground)
        if any(duty_of(cover.asker, one, moment_of(start), moment_of(end)) for start, end in parts)
    ]


def _wishes(cover: Cover, taker: int, start: int, end: int, ground: Ground) -> Iterator[Wish]:
    """The overrides that a part becomes: one in each schedule in which the asker has duty."""
    for schedule in _schedules(cover, [(start, end)], ground):
        yield Wish(
            schedule.id,
            OverrideKind.REPLACE,
            moment_of(start),
            moment_of(end),
            person=taker,
            instead_of=cover.asker,
            note=cover.note,
        )


def _words(cover: Cover, ground: Ground) -> str:
    return covers.in_words(cover, ground, covers.zone_of(cover, ground))
