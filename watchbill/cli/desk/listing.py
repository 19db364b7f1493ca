"""`watchbill incidents`: what is open, whose it is, and what comes next by itself."""

from msgspec import Struct
from rich import box
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
        owner = _id_of("team", team, {t.name: t.id for t in directory.teams.values()})
        chosen = {id_ for id_ in chosen if directory.services[id_].team == owner}
    return frozenset(chosen)


def _id_of(kind: str, name: str, known: dict[str, int]) -> int:
    found = {each.casefold(): id_ for each, id_ in known.items()}.get(name.casefold())
    if found is None:
        raise Refused(f"There is no {kind} called {name}.{did_you_mean(name, known)}", UNKNOWN)
    return found


def policy_named(view: View, name: str) -> int:
    """The id of a policy. Raises Refused."""
    return _id_of("policy", name, {policy.name: policy.id for policy in view.directory.policies.values()})


def show(listed: Incidents, choice: Choice) -> None:
    """Prints the table, two lines an incident, and what was left out."""
    console = terminal()
    if not listed.incidents:
        narrowed = choice.status or choice.service or choice.team or choice.on_behalf
        console.print("No incident matches." if narrowed or choice.resolved_too else "✓ Nothing is open.")
        return
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
            _incident(incident),
            words.age(incident.opened_at, listed.at),
        )
    console.print(table, soft_wrap=False)
    if listed.more:
        console.print(f"There are more; this shows the first {choice.limit}. See --limit.", style="dim")


def _incident(incident: Told) -> Text:
    title = Text(one_line(incident.title), "bold" if incident.status == Status.TRIGGERED else "")
    facts = [one_line(incident.service, 60), words.holder(incident), words.coming(incident)]
    lone = incident.status == Status.TRIGGERED and incident.next is None
    style = "red" if lone else "dim"
    return Text.assemble(title, "\n", Text(" · ".join(filter(None, facts)), style))
