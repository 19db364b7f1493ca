"""`watchbill cover`: asks, lists, takes, declines and withdraws."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from msgspec import Struct
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk.reach import DONE, UNKNOWN, Desk, Refused, View
from watchbill.cli.duty.effects import effects_of, name_of, tell
from watchbill.cli.duty.named import Spoken, actor_of, change, schedule_named, zone_named
from watchbill.cli.duty.shapes import Changed, CoverTold, cover_told
from watchbill.cli.output import show_json, terminal
from watchbill.incidents.actions import Actor
from watchbill.oncall import covers, queries
from watchbill.oncall import ground as grounds
from watchbill.oncall.actions import cover as actions
from watchbill.oncall.covers import Cover
from watchbill.oncall.ground import Ground
from watchbill.oncall.preview import Preview
from watchbill.oncall.when import shown_span
from watchbill.runtime.database import Link


class Choice(Struct, frozen=True):
    """What `ask` was given, as it was typed. `seconds`: of --for, where `until` is None."""

    since: str
    until: str | None
    seconds: int
    schedule: str | None
    note: str
    zone: str | None
    me: str
    json: bool


class Answer(Struct, frozen=True):
    """What the others were given. `since`, `until`: of the part that is taken."""

    number: int
    me: str
    since: str | None = None
    until: str | None = None
    zone: str | None = None
    json: bool = False


async def ask(desk: Desk, choice: Choice) -> int:
    """Asks."""
    async with desk.look() as view:
        actor = await actor_of(view, choice.me)
        about = await schedule_named(view.link, choice.schedule) if choice.schedule else None
        ground = await grounds.read(view.link)
    zones = {about.zone} if about else {one.zone for one in ground.schedules_of(actor.by)}
    own = zones.pop() if len(zones) == 1 else _zone_of(view, actor)
    spoken = Spoken(zone_named(choice.zone, own), ground.now, [])
    since, until = spoken.span(choice.since, choice.until, choice.seconds)
    wanted = actions.Ask(actor.by, since, until, about.id if about else 0, one_line(choice.note))
    asked = await change(desk, lambda link: actions.ask(link, wanted, actor))
    duty = " and ".join(shown_span(begins, ends, spoken.zone) for begins, ends in asked.duty)
    sentence = f"Cover request {asked.number}: {duty}. It stays yours until somebody takes it."
    await _tell(desk, asked.number, sentence, spoken.notes, (), spoken.zone, json=choice.json)
    return DONE


async def take(desk: Desk, choice: Answer) -> int:
    """Takes all that is left, or a part."""
    async with desk.look() as view:
        actor = await actor_of(view, choice.me)
        cover, ground, zone = await _found(view, choice)
    spoken = Spoken(zone, ground.now, [])
    since, until = _part(choice, cover, spoken)
    taken = await change(desk, lambda link: actions.take(link, choice.number, actor, since=since, until=until))
    parts = " and ".join(shown_span(begins, ends, zone) for begins, ends in taken.parts)
    left = " and ".join(shown_span(begins, ends, zone) for begins, ends in taken.left)
    rest = f"Still open: {left}." if left else "Nothing of it is open any more."
    sentence = f"Of cover request {choice.number} you have {parts}. {rest}"
    await _tell(desk, choice.number, sentence, spoken.notes, taken.previews, zone, json=choice.json)
    return DONE


async def decline(desk: Desk, choice: Answer) -> int:
    """Says no."""
    return await _answer(desk, choice, actions.decline)


async def withdraw(desk: Desk, choice: Answer) -> int:
    """Takes it back."""
    return await _answer(desk, choice, actions.withdraw)


async def listed(desk: Desk, zone: str | None, *, json: bool) -> int:
    """Lists."""
    async with desk.look() as view:
        ground = await grounds.read(view.link)
        found = await told(view, ground, zone)
    if json:
        show_json(found)
        return DONE
    console = terminal()
    if not found:
        console.print("✓ Nobody asks for cover.")
        return DONE
    console.print(table(found), soft_wrap=False)
    return DONE


async def told(view: View, ground: Ground, zone: str | None, schedule: int = 0) -> list[CoverTold]:
    """Every request that is neither over nor withdrawn; of one schedule, where one is given."""
    return [
        cover_told(one, ground, view, zone_named(zone, covers.zone_of(one, ground)))
        for one in await queries.covers(view.link)
        if not schedule or _concerns(one, schedule, ground)
    ]


def table(requests: list[CoverTold]) -> Table:
    """A line each, and how it stands under it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for one in requests:
        where = f" in {one_line(one.schedule, 60)}" if one.schedule else ""
        note = f" ({one_line(one.note, 200)})" if one.note else ""
        line = Text(f"{shown_span(one.since, one.until, one.zone)}  ")
        line.append(f"{name_of(one.asker)} asks for cover{where}{note}", "bold")
        grid.add_row(f"#{one.number}", line.append(f"\n{one_line(one.sentence, 1000)}", "dim not bold"))
    return grid


async def _answer(desk: Desk, choice: Answer, act: Callable[[Link, int, Actor], Awaitable[Cover]]) -> int:
    async with desk.look() as view:
        actor = await actor_of(view, choice.me)
    cover = await change(desk, lambda link: act(link, choice.number, actor))
    async with desk.look() as view:
        ground = await grounds.read(view.link)
        zone = covers.zone_of(cover, ground)
    sentence = f"Cover request {choice.number}: {covers.in_words(cover, ground, zone)}"
    await _tell(desk, choice.number, sentence, [], (), zone, json=choice.json)
    return DONE


async def _tell(
    desk: Desk, number: int, sentence: str, notes: list[str], previews: tuple[Preview, ...], zone: str, *, json: bool
) -> None:
    async with desk.look() as view:
        ground = await grounds.read(view.link)
        cover = await queries.cover(view.link, number)
    done = Changed(
        changed=True,
        number=number,
        sentence=sentence,
        notes=notes,
        effects=effects_of(previews, ground, view),
        cover=cover_told(cover, ground, view, zone) if cover is not None else None,
    )
    tell(done, zone, json=json)


async def _found(view: View, choice: Answer) -> tuple[Cover, Ground, str]:
    cover = await queries.cover(view.link, choice.number)
    if cover is None:
        raise Refused(f"There is no cover request {choice.number}.", UNKNOWN)
    ground = await grounds.read(view.link)
    return cover, ground, zone_named(choice.zone, covers.zone_of(cover, ground))


def _zone_of(view: View, actor: Actor) -> str:
    """Where the schedules do not agree on one, whoever types a time means the clock at home."""
    person = view.people.get(actor.by)
    return person.zone if person is not None else "UTC"


def _part(choice: Answer, cover: Cover, spoken: Spoken) -> tuple[datetime | None, datetime | None]:
    """A time alone is the one in the request."""
    before = cover.since - timedelta(seconds=1)
    since = spoken.read("--from", choice.since, before) if choice.since else None
    until = spoken.read("--until", choice.until, since or cover.since) if choice.until else None
    return since, until


def _concerns(cover: Cover, schedule: int, ground: Ground) -> bool:
    if cover.schedule:
        return cover.schedule == schedule
    return cover.asker in ground.schedules[schedule].names
