"""`watchbill who`: whom an alert on each service would page, in which order. The rules are asked, so it is what happens."""

from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line, span
from watchbill.cli.desk import words
from watchbill.cli.desk.listing import services_named
from watchbill.cli.desk.reach import DONE, Desk, View
from watchbill.cli.desk.shapes import NextPage, next_page
from watchbill.cli.output import show_json, terminal
from watchbill.engine.directory import Policy, Service
from watchbill.engine.words import Severity
from watchbill.incidents.foresight import rehearse
from watchbill.paging.queries import gaps

SHOWN = 12


class Choice(Struct, frozen=True):
    """What was asked for. `severity`: of the alert that is imagined."""

    service: str | None = None
    team: str | None = None
    severity: Severity = Severity.CRITICAL
    json: bool = False


class Rung(Struct, frozen=True):
    """Who is paged `after_seconds` from the alert if nobody has answered until then, and why."""

    after_seconds: int
    reason: str
    sentence: str
    pages: list[NextPage]


class Ladder(Struct, frozen=True):
    """A service. `warnings`: what is amiss, in sentences."""

    service: str
    team: str
    policy: str
    urgency: str
    rungs: list[Rung]
    warnings: list[str]


class Ladders(Struct, frozen=True):
    """`who --json`."""

    severity: str
    services: list[Ladder]


async def run(desk: Desk, choice: Choice) -> int:
    """Tells."""
    async with desk.look() as view:
        chosen = services_named(view, choice.service, choice.team)
    services = sorted(view.directory.services.values(), key=lambda service: service.name.casefold())
    ladders = [
        _ladder(service, view, choice.severity) for service in services if chosen is None or service.id in chosen
    ]
    if choice.json:
        show_json(Ladders(choice.severity, ladders))
        return DONE
    console = terminal()
    if not ladders:
        console.print("There is no service yet. Describe one in a file, and `watchbill apply FILE`.")
    for number, ladder in enumerate(ladders):
        if number:
            console.print()
        _show(console, ladder, choice.severity)
    return DONE


def _ladder(service: Service, view: View, severity: Severity) -> Ladder:
    directory = view.directory
    team, policy = directory.teams.get(service.team), directory.policies.get(service.policy)
    coming = rehearse(service.id, directory, severity, now=view.now)
    rungs = [
        Rung(
            round((one.at - view.now).total_seconds()),
            one.reason,
            one.reason.sentence,
            [next_page(page, view) for page in one.pages],
        )
        for one in coming
    ]
    return Ladder(
        service.name,
        team.name if team else "",
        policy.name if policy else "",
        coming[0].incident.urgency,
        rungs,
        _warnings(view, policy, rungs),
    )


def _warnings(view: View, policy: Policy | None, rungs: list[Rung]) -> list[str]:
    warnings = []
    if not any(rung.pages for rung in rungs):
        warnings.append("NOBODY would be reached. Mend this now.")
    if policy is None:
        return [*warnings, "It has no escalation policy."]
    for gap in gaps(policy, view.directory, now=view.now):
        where = "The fallback" if gap.step is None else f"Step {gap.step + 1}"
        warnings.append(f"{where} names {one_line(gap.name, 60)}, who {gap.why}.")
    if not policy.steps:
        warnings.append("Its policy has no steps; only the fallback is paged.")
    return warnings


def _show(console: Console, ladder: Ladder, severity: Severity) -> None:
    head = Text.assemble((one_line(ladder.service), "bold"), "  ")
    head.append(f"team {one_line(ladder.team)} · policy {one_line(ladder.policy)} · ", "dim")
    head.append(f"{severity} is {ladder.urgency} urgency", "dim")
    console.print(head)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True, min_width=12)
    grid.add_column(overflow="fold")
    for rung in ladder.rungs[:SHOWN]:
        when = f"after {span(rung.after_seconds)}" if rung.after_seconds else "at once"
        whom = Text(words.people_and_methods(rung.pages) if rung.pages else "nobody")
        if rung.reason not in words.PLAIN:
            whom.append(f"  {rung.sentence}", "dim")
        grid.add_row(Text(when, "dim" if rung.after_seconds else ""), whom)
    more = len(ladder.rungs) - SHOWN
    grid.add_row(Text("then", "dim"), Text(f"{more} more" if more > 0 else "nobody else", "dim"))
    for warning in ladder.warnings:
        grid.add_row(Text("!", "bold red"), Text(warning, "red"))
    console.print(grid, soft_wrap=False)
