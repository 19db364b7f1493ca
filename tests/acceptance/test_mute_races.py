"""Maintenance ends early while alerts come in: none stays muted by a window that is no longer there."""

import asyncio
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.models import F
from msgspec.structs import replace

from tests.acceptance.story import Story
from tests.acceptance.test_nothing_lost import cry
from watchbill import wiring
from watchbill.incidents.models import MaintenanceWindow
from watchbill.incidents.muted import reconsider_muted
from watchbill.runtime.changes import Changes
from watchbill.runtime.database import Link
from watchbill.runtime.models import Configuration
from watchbill.runtime.submit import Submitter


def _end_the_windows() -> None:
    """As configuration.write does it."""
    with transaction.atomic():
        MaintenanceWindow.objects.all().delete()
        reconsider_muted()
        Configuration.objects.filter(id=1).update(version=F("version") + 1)
    connection.close()  # of this thread


def _waits_for_a_lock(link: psycopg.Connection) -> bool:
    row = link.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone()
    return row is not None and row[0] > 0


async def _until_somebody_waits(story: Story, *, unless: "asyncio.Future[Any]") -> None:
    while not _waits_for_a_lock(story.database.link) and not unless.done():
        await asyncio.wait({unless}, timeout=0.02)


def test_an_alert_that_was_muted_before_and_is_committed_after_is_looked_at_again(story: Story) -> None:
    story.cast().maintenance("checkout", minutes=600)

    async def both() -> None:
        decided, go_on = asyncio.Event(), asyncio.Event()

        async def slow(link: Link, changes: Changes) -> None:
            decided.set()
            await go_on.wait()

        submitter = Submitter(story._pool, replace(wiring.ROAD, writers=(*wiring.ROAD.writers, slow)))
        batch = asyncio.create_task(submitter.run([cry()]))
        await decided.wait()
        ending = asyncio.ensure_future(asyncio.to_thread(_end_the_windows))
        await _until_somebody_waits(story, unless=ending)
        go_on.set()
        await asyncio.gather(batch, ending)

    story._run(both())
    story.fast_forward(seconds=1)
    story.expect_page("Ana")


def test_a_batch_that_waited_for_the_change_decides_by_the_change(story: Story) -> None:
    story.cast().maintenance("checkout", minutes=600)

    async def both() -> None:
        submitter = Submitter(story._pool, wiring.ROAD)
        await submitter.refresh()
        with psycopg.connect(story.database.url) as other:
            other.execute("SELECT pg_advisory_xact_lock(7120402, 1)")
            other.execute("DELETE FROM maintenance_window_services")
            other.execute("UPDATE configuration SET version = version + 1")
            batch = asyncio.ensure_future(submitter.run([cry()]))
            await _until_somebody_waits(story, unless=batch)
            other.commit()
        await batch

    story._run(both())
    story.fast_forward(seconds=1)
    story.expect_page("Ana")
