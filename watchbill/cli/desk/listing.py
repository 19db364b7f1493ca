"""`watchbill incidents`: what is open, whose it is, and what comes next by itself."""

from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line
from watchbill.cli.desk import words
from watchbill.cli.desk.reach import DONE, UNKNOWN, Desk, Refused, View
from watchbill.cli.desk.shapes import Incidents, Told, told
from watchbill.cli.output import show_json, terminal
from watchbill.configuration.problems import did_you_mean
from watchbill.engine.words import Status
from watchbill.incidents import access
from watchbill.incidents.queries import Wanted

NARROW = 72  # columns; below, the columns beside the title leave it too little
LEAST = 20  # columns for the title
TITLE_LINES = 2  # `show` has the whole


class Choice(Struct, frozen=True):
    """What was asked for. `service`, `team`: names. `on_behalf`: e-mail of whoever looks, or None."""

    resolved_too: bool = False
    status: Status | None = None
    service: str | None = None
    team: str | None = None
    on_behalf: str | None = None
    limit: int = 50
    json: bool = False


async def run(desk: Desk, choice: Choice) -> int:
    """Lists."""
    async with desk.look() as view:
        services = services_named(view, choice.service, choice.team)
        wanted = Wanted(choice.status, choice.resolved_too, services, choice.limit + 1)
        found = await access.listed(view.link, await view.sight(choice.on_behalf), wanted)
        all_told = [told(incident, view) for incident in found]
    listed = Incidents(view.now, all_told[: choice.limit], len(all_told) > choice.limit)
    if choice.json:
        show_json(listed)
    else:
        show(listed, choice)
    return DONE


def services_named(view: View, service: str | None, team: str | None) -> frozenset[int] | None:
    """The ids of the services that two names leave over; None for all. Raises Refused for a name that nothing has."""
    if service is None and team is None:
        return None
    directory = view.directory
    chosen = set(directory.services)
    if service is not None:
        chosen &= {_id_of("service", service, {s.name: s.id for s in directory.services.values()})}
    if team is not None:
        owner = team_named(view, team)
        chosen = {id_ for id_ in chosen if directory.services[id_].team == owner}
    return frozenset(chosen)


def _id_of(kind: str, name: str, known: dict[str, int]) -> int:
    found = {each.casefold(): id_ for each, id_ in known.items()}.get(name.casefold())
    if found is None:
        raise Refused(f"There is no {kind} called {name}.{did_you_mean(name, known)}", UNKNOWN)
    return found


def team_named(view: View, name: str) -> int:
    """The id of a team. Raises Refused."""
    return _id_of("team", name, {team.name: team.id for team in view.directory.teams.values()})


def policy_named(view: View, name: str) -> int:
    """The id of a policy. Raises Refused."""
    return _id_of("policy", name, {policy.name: policy.id for policy in view.directory.policies.values()})


def show(listed: Incidents, choice: Choice) -> None:
    """Prints a table, or cards where a table would be too narrow to read, and what was left out."""
    console = terminal()
    if not listed.incidents:
        narrowed = choice.status or choice.service or choice.team or choice.on_behalf
        console.print("No incident matches." if narrowed or choice.resolved_too else "✓ Nothing is open.")
        return
    room = console.width - _beside(listed)
    narrow = console.width < NARROW or room < LEAST
    console.print(_cards(console, listed) if narrow else _table(console, listed, room), soft_wrap=False)
    if listed.more:
        console.print(f"There are more; this shows the first {choice.limit}. See --limit.", style="dim")


def _table(console: Console, listed: Incidents, room: int) -> Table:
    """Two lines an incident, or more when something is long. `room`: columns that titles have."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("Incident", overflow="fold")
    table.add_column("Since", justify="right", no_wrap=True)
    for incident in listed.incidents:
        table.add_row(
            Text(str(incident.number), "bold"),
            words.state(incident),
            Text.assemble(words.severity(incident), Text(f"\n{words.wakes(incident)}", "dim")),
            _incident(console, incident, room),
            words.age(incident.opened_at, listed.at),
        )
    return table


def _beside(listed: Incidents) -> int:
    """Columns of the table that the title does not get."""
    widest = [0, 0, len("Severity"), len("Since")]
    for one in listed.incidents:
        severity = max(len(one.severity), len(words.wakes(one)))
        cells = (len(str(one.number)), words.state(one).cell_len, severity, len(words.age(one.opened_at, listed.at)))
        widest = list(map(max, widest, cells))
    return sum(widest) + 3 * len(widest)  # two blanks of padding, and the box's own


def _cards(console: Console, listed: Incidents) -> Text:
    """Of each incident all that the table says, one below the other."""
    cards = []
    for incident in listed.incidents:
        head = Text.assemble((f"#{incident.number}", "bold"), " ", words.state(incident), "  ")
        head.append_text(words.severity(incident)).append(f"  {words.age(incident.opened_at, listed.at)}")
        cards.append(Text.assemble(head, "\n", _incident(console, incident, console.width)))
    return Text("\n\n").join(cards)


def _incident(console: Console, incident: Told, width: int) -> Text:
    """Its title, of at most two lines of `width`, and whose it is."""
    title = Text(one_line(incident.title), "bold" if incident.status == Status.TRIGGERED else "")
    lines = title.wrap(console, width, overflow="fold")
    if len(lines) > TITLE_LINES:
        lines[TITLE_LINES - 1].rstrip()
        lines[TITLE_LINES - 1].truncate(width - 1)
        lines[TITLE_LINES - 1].append("…")
        title = Text("\n").join(lines[:TITLE_LINES])
    facts = [one_line(incident.service, 60), words.holder(incident), words.coming(incident)]
    lone = incident.status == Status.TRIGGERED and incident.next is None
    style = "red" if lone else "dim"
    return Text.assemble(title, "\n", Text(" · ".join(filter(None, facts)), style))
