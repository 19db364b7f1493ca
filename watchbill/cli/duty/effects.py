"""Prints what a change did or would do: who gains and who loses which duty, and what somebody should look at."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk.reach import View
from watchbill.cli.desk.shapes import Person
from watchbill.cli.duty.shapes import Changed, Effect, effect_of
from watchbill.cli.output import show_json, terminal
from watchbill.oncall.ground import Ground
from watchbill.oncall.preview import Preview
from watchbill.oncall.when import shown_span

SHOWN = 12  # changes, and things to look at, of one schedule


def effects_of(previews: tuple[Preview, ...], ground: Ground, view: View) -> list[Effect]:
    """With names in place of ids."""
    return [effect_of(one, ground.schedules[one.schedule].name, view) for one in previews]


def tell(changed: Changed, zone: str, *, json: bool) -> None:
    """One JSON document, or a sentence with what changes under it."""
    if json:
        show_json(changed)
        return
    console = terminal()
    mark = Text("✓ ", "green") if changed.changed else Text("– ", "yellow")
    console.print(Text.assemble(mark, one_line(changed.sentence, 2000)), soft_wrap=False)
    for note in changed.notes:
        console.print(Text(f"  {note}", "yellow"), soft_wrap=False)
    for effect in changed.effects:
        _show(console, effect, zone)


def _show(console: Console, effect: Effect, zone: str) -> None:
    """The moves one below the other, so that who takes from whom is seen at once."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for move in effect.moves[:SHOWN]:
        gap = move.person is None
        style = ("bold red" if gap else "green") if move.gains else "dim"
        who = "nobody" if gap else name_of(move.person)
        mark = ("▲" if gap else "+") if move.gains else "-"
        grid.add_row(Text(f"  {mark} {who}", style), shown_span(move.since, move.until, zone))
    console.print(f"  In {one_line(effect.schedule, 60)}:", style="dim", soft_wrap=False)
    console.print(grid, soft_wrap=False)
    if len(effect.moves) > SHOWN:
        console.print(f"    and {len(effect.moves) - SHOWN} more", style="dim")
    for caution in effect.cautions[:SHOWN]:
        console.print(Padding(Text(f"! {one_line(caution.sentence, 500)}", "red"), (0, 0, 0, 2)), soft_wrap=False)
    if len(effect.cautions) > SHOWN:
        console.print(f"  ! and {len(effect.cautions) - SHOWN} more of the kind; --json has them all", style="red")


def name_of(person: Person | None) -> str:
    """Of somebody, or of whoever gave no name."""
    return one_line(person.name, 60) if person else "somebody"
