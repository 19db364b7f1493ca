"""`watchbill show N`: everything about one incident."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk import details, pages, timeline, words
from watchbill.cli.desk.reach import DONE, UNKNOWN, Desk, Refused, View
from watchbill.cli.desk.shapes import AlertTold, Next, Shown, Told, next_of, told
from watchbill.cli.output import show_json, terminal
from watchbill.engine.case import Alert, Incident
from watchbill.engine.words import Status
from watchbill.incidents import access, queries
from watchbill.incidents.foresight import foresee
from watchbill.journal import queries as journal
from watchbill.journal.queries import Entry
from watchbill.paging import queries as paging

SHOWN_COMING = 5


class Choice(Struct, frozen=True):
    """What was asked for. `on_behalf`: e-mail of whoever looks, or None."""

    number: int
    on_behalf: str | None = None
    json: bool = False


async def run(desk: Desk, choice: Choice) -> int:
    """Shows."""
    async with desk.look() as view:
        found = await access.find(view.link, await view.sight(choice.on_behalf), [choice.number])
        if choice.number not in found:
            raise Refused(f"There is no incident {choice.number}.", UNKNOWN)
        entries = await journal.timeline(view.link, choice.number)
        shown = await _shown(view, found[choice.number], entries)
    if choice.json:
        show_json(shown)
    else:
        show(shown, entries, view)
    return DONE


async def _shown(view: View, incident: Incident, entries: Sequence[Entry]) -> Shown:
    alerts = await queries.alerts(view.link, incident.id)
    sent = await paging.pages(view.link, incident.id)
    return Shown(
        view.now,
        told(incident, view),
        [_alert(alert) for alert in alerts],
        [pages.page_told(page, entries, view) for page in sent],
        [timeline.entry_told(entry, view) for entry in entries],
        [next_of(coming, view) for coming in foresee(incident, view.directory, view.turns)],
    )


def _alert(alert: Alert) -> AlertTold:
    return AlertTold(
        alert.dedup_key,
        alert.summary,
        alert.severity,
        alert.source,
        alert.first_at,
        alert.last_at,
        alert.resolved_at,
        alert.count,
        msgspec.json.decode(alert.body),
    )


def show(shown: Shown, entries: Sequence[Entry], view: View) -> None:
    """Prints it, decisions first, facts under them."""
    console = terminal()
    _head(console, shown)
    _coming(console, shown.incident, shown.coming)
    _section(console, f"Alerts ({shown.incident.alerts_open} open of {shown.incident.alerts_total})", _alerts(shown))
    for link in details.links(alert.body for alert in shown.alerts):
        console.print(Text(f"  {link}"))
    if shown.pages:
        _section(console, "Pages", pages.table(shown.pages))
    _section(console, f"Timeline ({words.zone(shown.at)})", _timeline(entries, view))


def _head(console: Console, shown: Shown) -> None:
    incident = shown.incident
    line = Text.assemble(
        (f"#{incident.number}", "bold"),
        "  ",
        words.state(incident),
        "  ",
        words.severity(incident),
        f", {words.wakes(incident)}",
    )
    console.print(line)
    console.print(Text(one_line(incident.title), "bold"))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("service", f"{one_line(incident.service)} · team {one_line(incident.team)}")
    facts.add_row("policy", one_line(incident.policy))
    facts.add_row("began", f"{words.moment(incident.opened_at)}, {words.ago(incident.opened_at, shown.at)}")
    if incident.status != Status.TRIGGERED:
        ago = words.ago(incident.changed_at, shown.at)
        facts.add_row(incident.status, f"{words.moment(incident.changed_at)}, {ago}")
    holder = words.holder(incident)
    facts.add_row("who", f"nobody has it; {holder}" if incident.status == Status.TRIGGERED else holder)
    console.print(facts, soft_wrap=False)


def _coming(console: Console, incident: Told, coming: Sequence[Next]) -> None:
    if incident.status == Status.RESOLVED:
        return
    if not coming:
        waits = incident.status == Status.ACKNOWLEDGED
        line = "Nothing comes by itself; it waits for whoever has it." if waits else "NOBODY ELSE WILL BE PAGED."
        _section(console, "What comes by itself", Text(line, "" if waits else "bold red"))
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for one in coming[:SHOWN_COMING]:
        whom = f"Pages {words.people_and_methods(one.pages)}. " if one.pages else ""
        why = "" if one.pages and one.reason in words.PLAIN else one.sentence
        when = f"in {words.clock(one.in_seconds)}" if one.in_seconds > 0 else "now"
        grid.add_row(when, Text.assemble(whom, (why, "dim")))
    if len(coming) > SHOWN_COMING:
        grid.add_row("", Text(f"and {len(coming) - SHOWN_COMING} more", "dim"))
    _section(console, "What comes by itself, unless somebody acts", grid)


def _section(console: Console, title: str, content: Table | Text) -> None:
    console.print()
    console.print(Text(title, "bold underline"))
    console.print(Padding(content, (0, 0, 0, 2)), soft_wrap=False)


def _alerts(shown: Shown) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("State", no_wrap=True)
    table.add_column("Alert", overflow="fold")
    table.add_column("Last", justify="right", no_wrap=True)
    table.add_column("Times", justify="right", no_wrap=True)
    for alert in shown.alerts:
        facts = [f"from {one_line(alert.source, 80)}" if alert.source else "", f"key {one_line(alert.dedup_key, 80)}"]
        said = [" · ".join(filter(None, facts)), *details.lines(alert.body, alert.summary)]
        table.add_row(
            Text("✓ ended", "green") if alert.resolved_at else Text(f"▲ {alert.severity}", "red"),
            Text.assemble(one_line(alert.summary), Text("\n" + "\n".join(said), "dim")),
            words.age(alert.last_at, shown.at),
            str(alert.count),
        )
    return table


def _timeline(entries: Sequence[Entry], view: View) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    day = ""
    for entry in entries:
        date = words.moment(entry.at)[:10]
        if date != day:
            grid.add_row(date, "", "")
            day = date
        grid.add_row(words.moment(entry.at, date=False), timeline.heading(entry), timeline.text(entry, view))
    return grid
