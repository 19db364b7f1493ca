"""What is wired to what: which chapter loads and writes which part, and which adapter serves which channel."""

from watchbill import __version__
from watchbill.catalog import load as catalog
from watchbill.engine.directory import Directory
from watchbill.incidents import apply as incidents_apply
from watchbill.incidents import load as incidents
from watchbill.journal import apply as journal_apply
from watchbill.paging import apply as paging_apply
from watchbill.paging import load as paging
from watchbill.people import load as people
from watchbill.runtime.database import Link
from watchbill.runtime.submit import Wiring

__all__ = ["ROAD", "__version__"]


async def directory(link: Link, version: int) -> Directory:
    """Everything that was configured, from the chapters that keep it."""
    return Directory(
        version=version,
        people=await people.people(link),
        teams=await people.teams(link),
        services=await catalog.services(link),
        integrations=await catalog.integrations(link),
        policies=await paging.policies(link),
        maintenance=await incidents.maintenance(link),
    )


ROAD = Wiring(
    directory=directory,
    services_of=incidents.services_of,
    open_alerts=incidents.open_alerts,
    by_number=incidents.by_number,
    newest_open=incidents.newest_open,
    numbers=incidents_apply.numbers,
    writers=(
        incidents_apply.write,  # incidents and alerts
        paging_apply.write,  # pages into the outbox
        journal_apply.write,  # every fact and its reason
    ),
)
