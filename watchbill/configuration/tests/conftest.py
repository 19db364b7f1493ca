"""Watchbill with a real database, and channels that are small enough to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from watchbill.channels.contract import BadSettings, Capabilities, Field, Message, Receipt
from watchbill.configuration.asking import Request, request
from watchbill.configuration.diff import Plan
from watchbill.configuration.tests.rota import MONDAY, ROTA, WEDNESDAY
from watchbill.runtime.seal import Seal


class Mail:
    """A channel without secrets."""

    name = "email"
    capabilities = Capabilities(
        supports_acknowledge=True, per_minute=5, retry_for=60, fields=(Field("address", "Where mail goes."),)
    )

    def check(self, settings: Mapping[str, Any]) -> None:
        if "@" not in settings["address"]:
            raise BadSettings("`address` must have an @, such as ana@example.org.")

    async def send(self, message: Message) -> Receipt:
        raise NotImplementedError

    async def close(self) -> None:
        pass


class Push(Mail):
    """A channel with a secret."""

    name = "ntfy"
    capabilities = Capabilities(
        supports_acknowledge=True,
        per_minute=5,
        retry_for=60,
        fields=(
            Field("topic", "The topic that the phone listens to."),
            Field("server", "Address of the server.", required=False),
            Field("token", "Access token.", required=False, secret=True),
        ),
    )

    def check(self, settings: Mapping[str, Any]) -> None:
        if " " in settings["topic"]:
            raise BadSettings("`topic` must be one word.")
        if not settings.get("token", "tk_").startswith("tk_"):
            raise BadSettings("`token` must begin with tk_.")


__all__ = ["ask"]

CHANNELS = {"email": Mail(), "ntfy": Push()}
ENVIRON = {"ANA_TOKEN": "tk_secret_of_ana", "CHECKOUT_KEY": "R0123456789abcdef0123456789abcdef", "EMPTY": ""}


class House:
    """What a person does on the command line, in one line of a test. The file is given as text."""

    def __init__(self, database: Any, seal: Seal) -> None:
        self.database = database
        self.seal = seal
        self.environ: dict[str, str] = dict(ENVIRON)

    def asked(self, text: str, *, prune: bool = False) -> Request:
        return request(text.encode(), self.environ, CHANNELS, prune=prune)

    def plan(self, text: str, *, prune: bool = False) -> Plan:
        from watchbill.configuration import actions

        return actions.plan(self.asked(text, prune=prune), self.seal)

    def apply(self, text: str, *, prune: bool = False, **more: Any) -> Any:
        from watchbill.configuration import actions

        return actions.apply(self.asked(text, prune=prune), self.seal, **more)

    def export(self) -> str:
        from watchbill.configuration import actions

        return actions.export(CHANNELS)

    def version(self) -> int:
        return self.one("SELECT version FROM configuration")

    def one(self, query: str, *values: Any) -> Any:
        row = self.database.link.execute(query, values).fetchone()
        return row[0] if row else None

    def all(self, query: str, *values: Any) -> list[Any]:
        return self.database.link.execute(query, values).fetchall()

    def open_incident(self, service: str) -> int:
        """An incident that nobody has resolved."""
        return self.one(
            "INSERT INTO incident (service_id, policy_id, title, severity, urgency, status, opened_at, changed_at, "
            "acknowledged_by, snoozed, alerts_open, alerts_total, ladder) SELECT id, policy_id, 'down', 'critical', 'high', "
            "'triggered', app_now(), app_now(), 0, false, 1, 1, '{}' FROM service WHERE name = %s RETURNING id",
            service,
        )


@pytest.fixture
def house(database: Any) -> House:
    return House(database, Seal(("a key of the tests, of more than 32 characters",)))


@pytest.fixture
def rota(house: House) -> House:
    """Ana has the week; it is Wednesday."""
    house.database.set_clock(MONDAY)
    house.apply(ROTA)
    house.database.set_clock(WEDNESDAY)
    return house


@pytest.fixture(scope="session")
def example() -> str:
    """The complete example of the guide."""
    guide = Path(__file__).parents[3] / "docs" / "guide" / "configuration.md"
    return guide.read_text().split("<!-- the complete example -->\n```yaml\n")[1].split("```\n")[0]
