"""For the chapters' own tests: a story to tell, and a way to ask the database what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.acceptance.conftest import story
from tests.database import Database

__all__ = ["Ask", "as_url", "ask", "story"]

Ask = Callable[[Callable[[Any], Awaitable[Any]]], Any]


@pytest.fixture
def ask(database: Database) -> Ask:
    """Runs a query with a connection of its own and answers what it answers."""

    async def answer(question: Callable[[Any], Awaitable[Any]]) -> Any:
        async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as link:
            return await question(link)

    return lambda question: asyncio.run(answer(question))


def as_url(conninfo: str) -> str:
    """A libpq conninfo as a URL, which is what our settings take."""
    return f"postgresql:///?{urlencode({name: str(value) for name, value in conninfo_to_dict(conninfo).items()})}"
