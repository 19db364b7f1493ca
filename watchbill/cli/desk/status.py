"""`watchbill status`: whether this installation can do its work, from what its database knows."""

from pathlib import Path

import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict
from rich.table import Table
from rich.text import Text

import watchbill
from watchbill import __version__
from watchbill.channels.wording import one_line, span
from watchbill.cli.desk.reach import DONE, ERROR, Desk
from watchbill.cli.desk.sending import NotSent, post
from watchbill.cli.output import show_json, terminal
from watchbill.incidents.queries import OpenCount, open_count
from watchbill.oncall import outgoing
from watchbill.paging.queries import Backlog, backlog
from watchbill.runtime.database import Link

SILENT_AFTER = 15.0  # seconds; a node beats every five
OVERDUE_AFTER = 30.0  # seconds; a lane claims within one

NODES = """
SELECT name, version, started_at, extract(epoch FROM app_now() - beat_at)::float8 FROM node ORDER BY beat_at DESC
"""
MIGRATIONS = "SELECT app, name FROM django_migrations"
EVENTS = """
SELECT count(*) FROM journal WHERE kind = 'fact' AND what LIKE 'Alert%%' AND at > (SELECT app_now()) - interval '1 hour'
"""
HAS_TABLES = "SELECT to_regclass('django_migrations') IS NOT NULL"


class NodeTold(Struct, frozen=True):
    """A node. `alive`: whether its last beat is recent."""

    name: str
    version: str
    beat_seconds_ago: float
    alive: bool


class DatabaseTold(Struct, frozen=True):
    """The database. `where`: without a password. `missing`: migrations that have not run; `newer`: those unknown here."""

    version: str
    where: str
    missing: int
    newer: int


class Status(Struct, frozen=True, kw_only=True):
    """`status --json`. `wrong`: why it is not ready, in sentences; empty when it is. `front_door`: what the address that
    was named answered, null when none was. `events_last_hour`: lines in the journal."""

    ready: bool
    wrong: list[str]
    version: str
    nodes: list[NodeTold]
    database: DatabaseTold
    pages: Backlog
    incidents: OpenCount
    events_last_hour: int
    front_door: str | None
    notices: outgoing.Backlog


async def run(desk: Desk, url: str | None, *, json: bool) -> int:
    """Tells; the exit status says whether it is healthy."""
    async with desk.database.link() as link:
        where = _where(desk.database.url)
        status = await _status(link, where, _front_door(url) if url else None)
    if json:
        show_json(status)
    else:
        _show(status)
    return DONE if status.ready else ERROR


async def _status(link: Link, where: str, front_door: str | None) -> Status:
    row = await (await link.execute(HAS_TABLES)).fetchone()
    if row is None or not row[0]:
        raise psycopg.errors.UndefinedTable
    applied = set(await (await link.execute(MIGRATIONS)).fetchall())
    known = known_migrations()
    ours = {app for app, _ in known}
    version = link.info.server_version
    database = DatabaseTold(
        f"{version // 10000}.{version % 10000}",
        where,
        len(known - applied),
        len({one for one in applied if one[0] in ours} - known),
    )
    nodes = [
        NodeTold(name, version, round(age, 1), age < SILENT_AFTER)
        for name, version, _, age in await (await link.execute(NODES)).fetchall()
    ]
    pages, incidents = await backlog(link), await open_count(link)
    events = await (await link.execute(EVENTS)).fetchone()
    wrong = _wrong(nodes, database, pages, front_door)
    return Status(
        ready=not wrong,
        wrong=wrong,
        version=__version__,
        nodes=nodes,
        database=database,
        pages=pages,
        incidents=incidents,
        events_last_hour=events[0] if events else 0,
        front_door=front_door,
        notices=await outgoing.backlog(link),
    )


def known_migrations() -> set[tuple[str, str]]:
    """Chapter and name of every migration of this version, read from its files so that Django need not start."""
    folder = Path(watchbill.__file__).parent
    return {(file.parts[-3], file.stem) for file in folder.glob("*/migrations/[0-9]*.py")}


def _wrong(nodes: list[NodeTold], database: DatabaseTold, pages: Backlog, front_door: str | None) -> list[str]:
    wrong = []
    if not any(node.alive for node in nodes):
        wrong.append("No node lives: nothing pages anybody. Start `watchbill serve`.")
    if database.missing:
        wrong.append(f"{database.missing} migrations have not run. Start `watchbill serve` of this version once.")
    if database.newer:
        wrong.append("The tables belong to a newer Watchbill than this command.")
    if pages.oldest_due_seconds > OVERDUE_AFTER:
        wrong.append(f"A page has been due for {span(pages.oldest_due_seconds)} and was not attempted.")
    if front_door is not None and front_door != "ready":
        wrong.append(f"The front door is not ready: {front_door}")
    return wrong


def _front_door(url: str) -> str:
    try:
        answer = post(url.rstrip("/") + "/readyz", b"", method="GET")
    except NotSent as fault:
        return str(fault)
    return "ready" if answer.status == 200 else one_line(answer.body.decode("utf-8", "replace"), 300)


def _where(url: str) -> str:
    parts = conninfo_to_dict(url)
    host = str(parts.get("host") or "the local socket")
    if host.startswith("/"):
        return f"database {parts.get('dbname', '')} by the socket in {host}"
    return f"database {parts.get('dbname', '')} on {host}:{parts.get('port') or 5432}"


def _show(status: Status) -> None:
    console = terminal()
    good = Text("✓ ready", "bold green") if status.ready else Text("✗ not ready", "bold red")
    console.print(Text.assemble(good, (f"  Watchbill {status.version}", "dim")))
    for sentence in status.wrong:
        console.print(Text(f"  {sentence}", "red"))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for number, node in enumerate(status.nodes):
        beat = f"beat {span(node.beat_seconds_ago)} ago" if node.alive else f"SILENT for {span(node.beat_seconds_ago)}"
        facts.add_row("nodes" if not number else "", f"{one_line(node.name, 80)} · {beat} · {node.version}")
    if not status.nodes:
        facts.add_row("nodes", "none")
    if status.front_door is not None:
        facts.add_row("front door", status.front_door)
    database = status.database
    facts.add_row("database", f"PostgreSQL {database.version}, {database.where}")
    facts.add_row("tables", "up to date" if not database.missing + database.newer else "NOT up to date")
    incidents, pages = status.incidents, status.pages
    facts.add_row("incidents", f"{incidents.triggered} triggered, {incidents.acknowledged} acknowledged")
    due = f", the oldest for {span(pages.oldest_due_seconds)}" if pages.oldest_due_seconds else ""
    facts.add_row(
        "pages", f"{pages.due} due{due}; {pages.leased} being sent; {pages.unknown} unknown, to be sent again"
    )
    facts.add_row("failed pages", f"{pages.failed_last_day} in the last 24 hours")
    if status.notices.failed_last_day:
        facts.add_row("failed notices", f"{status.notices.failed_last_day} in the last 24 hours")
    facts.add_row("alerts", f"{status.events_last_hour} in the last hour")
    console.print(facts, soft_wrap=False)
