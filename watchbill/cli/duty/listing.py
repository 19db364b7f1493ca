"""`watchbill schedule list`: every schedule, who is on duty in it now, and its next gap."""

from datetime import timedelta

from rich import box
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk import words
from watchbill.cli.desk.reach import DONE, Desk, View
from watchbill.cli.desk.shapes import person_of
from watchbill.cli.duty.shapes import Line, Listed
from watchbill.cli.output import show_json, terminal
from watchbill.engine.duty.shifts import on_duty, shifts
from watchbill.oncall import queries
from watchbill.oncall.queries import Named
from watchbill.oncall.when import shown

AHEAD = timedelta(days=14)


async def run(desk: Desk, *, json: bool) -> int:
    """Lists."""
    async with desk.look() as view:
        listed = Listed(view.now, [_line(one, view) for one in await queries.schedules(view.link)])
    if json:
        show_json(listed)
        return DONE
    console = terminal()
    if not listed.schedules:
        console.print("There is no schedule yet. Describe one in a file, and `watchbill apply FILE`.")
        return DONE
    console.print(_table(listed), soft_wrap=False)
    return DONE


def _line(named: Named, view: View) -> Line:
    schedule = view.directory.schedules[named.id]
    team = view.directory.teams.get(named.team)
    people = [person_of(view, duty.person) for duty in on_duty(schedule, view.now) if not duty.shadow]
    gaps = shifts(schedule, view.now, view.now + AHEAD).gaps
    return Line(
        named.name,
        team.name if team else "",
        named.zone,
        [rotation.name for rotation in schedule.rotations],
        [person for person in people if person is not None],
        gaps[0].since if gaps else None,
        len(gaps),
    )


def _table(listed: Listed) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("Schedule", overflow="fold")
    table.add_column("On duty now", overflow="fold")
    table.add_column("Gaps in 14 days", overflow="fold")
    for line in listed.schedules:
        name = Text(one_line(line.name, 60), "bold").append(
            f"\n{one_line(line.team, 60)} · {line.zone}", "dim not bold"
        )
        people = Text(words.names([one.name for one in line.on_duty]), "" if line.on_duty else "bold red")
        gaps = Text("none")
        if line.next_gap is not None:
            gap = "now" if line.next_gap <= listed.at else shown(line.next_gap, line.zone)
            gaps = Text(f"▲ {line.gaps}, the next {gap}", "red")
        table.add_row(name, people, gaps)
    return table
