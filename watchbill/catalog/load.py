"""Services and their integrations, from rows to the rules' directory."""

from typing import Any

from psycopg import AsyncConnection

from watchbill.engine.directory import Integration, Service
from watchbill.engine.words import Grouping, UrgencyRule

SERVICES = "SELECT id, name, team_id, policy_id, urgency, grouping, grouping_window, acknowledge_timeout FROM service"
INTEGRATIONS = (
    "SELECT i.key_sha256, i.id, i.service_id, i.kind FROM integration i JOIN service s ON s.id = i.service_id "
    "WHERE s.active"
)


async def services(link: AsyncConnection[Any]) -> dict[int, Service]:
    """Every service by id, also those switched off: their open incidents go on."""
    return {
        row[0]: Service(
            id=row[0],
            name=row[1],
            team=row[2],
            policy=row[3],
            urgency=UrgencyRule(row[4]),
            grouping=Grouping(row[5]),
            grouping_window=row[6],
            acknowledge_timeout=row[7],
        )
        for row in await (await link.execute(SERVICES)).fetchall()
    }


async def integrations(link: AsyncConnection[Any]) -> dict[str, Integration]:
    """Every integration of an active service, by the SHA-256 of its key."""
    rows = await (await link.execute(INTEGRATIONS)).fetchall()
    return {key: Integration(id_, service, kind) for key, id_, service, kind in rows}
