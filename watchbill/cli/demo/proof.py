"""Asks the database whether a round really happened: everything must stand in the incident's journal."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
from msgspec import Struct

from watchbill.cli.demo.team import ANA
from watchbill.engine.delivery import PageState
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status
from watchbill.incidents import queries as incidents
from watchbill.incidents.load import by_number
from watchbill.journal.queries import Entry, timeline
from watchbill.people.queries import by_email
from watchbill.runtime.postgres import url_of

LOOK_EVERY = 0.02  # seconds


class Round(Struct, frozen=True):
    """What must be found. `number`: the incident's. `dedup_key`: of the alert that was sent."""

    number: int
    dedup_key: str


def missing(data_dir: Path, expected: Round, within: float) -> list[str]:
    """What the journal does not say after so many seconds at most; receipts are written a moment after they come."""
    return asyncio.run(_missing(url_of(data_dir), expected, time.monotonic() + within))


def open_before(data_dir: Path) -> int:
    """How many incidents an earlier demo left open."""
    return asyncio.run(_open(url_of(data_dir)))


async def _open(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url) as link:
        count = await incidents.open_count(link)
    return count.triggered + count.acknowledged


async def _missing(url: str, expected: Round, until: float) -> list[str]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as link:
        ana = await by_email(link, ANA)
        while True:
            entries = await timeline(link, expected.number)
            (incident,) = await by_number(link, [expected.number])
            absent = list(_absent(entries, expected, ana.id if ana else 0))
            if incident.status is not Status.RESOLVED:
                absent.append(f"the incident is {incident.status}, not resolved")
            if not absent or time.monotonic() > until:
                return absent
            await asyncio.sleep(LOOK_EVERY)


def _absent(entries: Sequence[Entry], expected: Round, ana: int) -> Iterator[str]:
    """What the story needs and these entries lack, in words."""
    alerts = [entry for entry in entries if entry.data.get("dedup_key") == expected.dedup_key]
    if not any(entry.reason == Reason.FIRST_ALERT for entry in alerts):
        yield "no line says that the alert opened the incident"
    arrived = [entry for entry in entries if entry.kind == "page" and entry.data.get("channel") == "webhook"]
    if not any(entry.what in (PageState.ACCEPTED, PageState.DELIVERED) for entry in arrived):
        yield "no line says that the phone's provider took the page"
    taken = [entry for entry in entries if entry.reason == Reason.ACKNOWLEDGED]
    if not any(entry.by == ana and entry.via == "webhook link" for entry in taken):
        yield "no line says that Ana acknowledged by the link"
    if not any(entry.reason == Reason.LAST_ALERT_RESOLVED for entry in alerts):
        yield "no line says that the end of the alert resolved the incident"
