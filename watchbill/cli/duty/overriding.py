"""`watchbill override`: adds, lists and takes back."""

from datetime import datetime, timedelta

from msgspec import Struct
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk.reach import DONE, USAGE, Desk, Refused, View
from watchbill.cli.desk.shapes import person_of
from watchbill.cli.duty.effects import effects_of, tell
from watchbill.cli.duty.named import (
    Spoken,
    actor_of,
    change,
    person_named,
    rotation_named,
    schedule_named,
    zone_named,
)
from watchbill.cli.duty.shapes import Changed, OverrideTold, override_told
from watchbill.cli.output import show_json, terminal
from watchbill.engine.duty.schedule import Fixed, OverrideKind
from watchbill.engine.duty.walls import instant_of
from watchbill.incidents.actions import Actor
from watchbill.oncall import ground as grounds
from watchbill.oncall import queries
from watchbill.oncall.actions import override
from watchbill.oncall.checks import Wish
from watchbill.oncall.when import shown_span


class Choice(Struct, frozen=True):
    """What was asked for, as it was typed. `seconds`: of --for, where `until` is None. `shifts`: of a temporary schedule."""

    schedule: str
    since: str
    until: str | None
    seconds: int
    person: str | None
    instead_of: str | None
    also: bool
    remove: str | None
    shifts: list[str]
    rotation: str | None
    note: str
    zone: str | None
    dry_run: bool
    on_behalf: str | None
    json: bool

    @property
    def kind(self) -> OverrideKind:
        """What the options say together."""
        if self.shifts:
            return OverrideKind.WHOLE
        if self.remove:
            return OverrideKind.REMOVE
        if self.instead_of:
            return OverrideKind.REPLACE
        return OverrideKind.ADD if self.also else OverrideKind.TAKE


async def add(desk: Desk, choice: Choice) -> int:
    """Adds, or says what adding would do."""
    async with desk.look() as view:
        wish, actor, spoken = await _wish(view, choice)
        name = view.directory.schedules[wish.schedule].name
        ground = await grounds.read(view.link)
    number: int | None = None
    if choice.dry_run:
        preview = await change(desk, lambda link: override.preview(link, wish, actor))
    else:
        added = await change(desk, lambda link: override.add(link, wish, actor))
        number, preview = added.number, added.preview
    when = shown_span(preview.since, preview.until, spoken.zone)
    what = f"{_said(wish, view)} in {name}, {when}"
    sentence = f"Override {number}: {what}." if number else f"Nothing was changed. It would be: {what}."
    done = Changed(
        changed=number is not None,
        number=number,
        sentence=sentence,
        notes=spoken.notes,
        effects=effects_of((preview,), ground, view),
    )
    tell(done, spoken.zone, json=choice.json)
    return DONE


async def remove(desk: Desk, number: int, zone: str | None, on_behalf: str | None, *, json: bool) -> int:
    """Takes one back."""
    async with desk.look() as view:
        actor = await actor_of(view, on_behalf)
        ground = await grounds.read(view.link)
    removed = await change(desk, lambda link: override.remove(link, number, actor))
    where = [ground.schedules[one.schedule] for one in removed.previews]
    told_in = zone_named(zone, where[0].zone if where else "UTC")
    began = "ends now; what was stays as it was" if removed.begun else "is taken back before it began"
    others = [str(one) for one in removed.numbers if one != number]
    kin = f" So is {' and '.join(others)}, of the same cover." if others else ""
    done = Changed(
        changed=True,
        number=number,
        sentence=f"Override {number} {began}.{kin}",
        notes=[],
        effects=effects_of(removed.previews, ground, view),
    )
    tell(done, told_in, json=json)
    return DONE


async def listed(desk: Desk, name: str, zone: str | None, *, json: bool) -> int:
    """Lists."""
    async with desk.look() as view:
        schedule = await schedule_named(view.link, name)
        rotations = {one.id: one.name for one in view.directory.schedules[schedule.id].rotations}
        found = [override_told(one, view, rotations) for one in await queries.overrides(view.link, schedule.id)]
    told_in = zone_named(zone, schedule.zone)
    if json:
        show_json(found)
        return DONE
    console = terminal()
    if not found:
        console.print(f"{one_line(schedule.name, 60)} has no override now or to come.")
        return DONE
    console.print(table(found, told_in), soft_wrap=False)
    return DONE


def table(overrides: list[OverrideTold], zone: str) -> Table:
    """A line each, with who made it and why under it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for one in overrides:
        by = f"by {one_line(one.by.name, 60)}" if one.by else "by nobody who gave a name"
        scope = f"rotation {one_line(one.rotation, 60)}" if one.rotation else ""
        facts = ["of a cover request" if one.cover else "", scope, f"{by} via {one.via}", one_line(one.note, 200)]
        line = Text(f"{shown_span(one.since, one.until, zone)}  ")
        line.append(said(one.kind, _name(one.person), _name(one.instead_of)), "bold")
        line.append("\n" + " · ".join(filter(None, facts)), "dim not bold")
        grid.add_row(f"#{one.number}", line)
    return grid


def said(kind: str, person: str, instead_of: str) -> str:
    """`Bo instead of Ana`."""
    match OverrideKind(kind):
        case OverrideKind.ADD:
            return f"{person} too"
        case OverrideKind.REMOVE:
            return f"without {instead_of}"
        case OverrideKind.REPLACE:
            return f"{person} instead of {instead_of}"
        case OverrideKind.TAKE:
            return f"{person} alone"
        case OverrideKind.WHOLE:
            return "a temporary schedule"


def _name(person: object) -> str:
    return one_line(getattr(person, "name", "nobody"), 60)


def _said(wish: Wish, view: View) -> str:
    return said(wish.kind, _name(person_of(view, wish.person)), _name(person_of(view, wish.instead_of)))


async def _wish(view: View, choice: Choice) -> tuple[Wish, Actor, Spoken]:
    schedule = await schedule_named(view.link, choice.schedule)
    spoken = Spoken(zone_named(choice.zone, schedule.zone), view.now, [])
    since, until = spoken.span(choice.since, choice.until, choice.seconds)
    wish = Wish(
        schedule.id,
        choice.kind,
        since,
        until,
        person=await person_named(view, choice.person),
        instead_of=await person_named(view, choice.instead_of or choice.remove),
        rotation=rotation_named(view.directory.schedules[schedule.id], choice.rotation),
        note=one_line(choice.note),
        shifts=tuple([await _shift(view, text, spoken, since) for text in choice.shifts]),
    )
    return wish, await actor_of(view, choice.on_behalf), spoken


async def _shift(view: View, text: str, spoken: Spoken, since: datetime) -> Fixed:
    """ "ana@example.org, Sat 09:00, Sun 09:00": days are looked for from the beginning of the temporary schedule on."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3:
        raise Refused(f'--shift: {one_line(text, 60)} is not "EMAIL, FROM, UNTIL".', USAGE)
    email, begins, ends = parts
    person = await person_named(view, email)
    start = spoken.read("--shift", begins, after=since - timedelta(seconds=1))
    end = spoken.read("--shift", ends, after=start)
    return Fixed(instant_of(start), instant_of(end), (person,))
