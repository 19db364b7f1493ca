"""Reads of people and how they are reached, for the command line, the pages and the API."""

from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

BY_EMAIL = "SELECT id, name, email, active, time_zone FROM person WHERE lower(email) = lower(%s)"
EVERYBODY = "SELECT id, name, email, active, time_zone FROM person ORDER BY name, id"
METHODS = "SELECT id, person_id, name, channel, enabled FROM contact_method ORDER BY id"


class Known(Struct, frozen=True):
    """A person by name and address. `zone`: IANA name of where the person lives."""

    id: int
    name: str
    email: str
    active: bool
    zone: str


class MethodName(Struct, frozen=True):
    """A contact method as people call it."""

    id: int
    person: int
    name: str
    channel: str
    enabled: bool


async def by_email(link: AsyncConnection[Any], email: str) -> Known | None:
    """The person with this address, whatever its capitals, or None."""
    row = await (await link.execute(BY_EMAIL, [email])).fetchone()
    return Known(*row) if row is not None else None


async def everybody(link: AsyncConnection[Any]) -> dict[int, Known]:
    """Everybody by id, also those switched off: the journal names them."""
    return {row[0]: Known(*row) for row in await (await link.execute(EVERYBODY)).fetchall()}


async def method_names(link: AsyncConnection[Any]) -> dict[int, MethodName]:
    """Every contact method by id."""
    return {row[0]: MethodName(*row) for row in await (await link.execute(METHODS)).fetchall()}
