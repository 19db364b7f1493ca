"""What the demo does, hop by hop. Each hop really happens, is timed, and has a limit that it must keep."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psycopg
from msgspec import Struct

from watchbill.cli.demo import proof
from watchbill.cli.demo.house import Broken, House
from watchbill.cli.demo.phone import Arrived, Phone
from watchbill.cli.demo.team import Keys, keys_in, load_team
from watchbill.cli.desk.sending import Event, NotSent, post, send
from watchbill.configuration.problems import BadFile
from watchbill.runtime.postgres import PostgresError
from watchbill.settings import BadSetting

T = TypeVar("T")


class Hop(Struct, frozen=True):
    """One step of the story. `ms`: what it took. `limit_ms`: what it may take. `says`: for people, why it is bad if so."""

    name: str
    ms: float
    limit_ms: float
    ok: bool
    says: str = ""


class Story:
    """One round in one house. `told`: gets every hop when it is over."""

    def __init__(self, house: House, phone: Phone, told: Callable[[Hop], None], *, began: float) -> None:
        self.hops: list[Hop] = []
        self.keys = Keys("", "")
        self.page: Arrived | None = None
        self.open_before = 0
        self._house = house
        self._phone = phone
        self._told = told
        self._began = began
        self._tag = secrets.token_hex(3)

    @property
    def title(self) -> str:
        """The alert's summary; no other round has the same."""
        return f"Customers cannot pay (round {self._tag})"

    @property
    def dedup_key(self) -> str:
        """The alert's key; a fresh one each time."""
        return f"demo-{self._tag}"

    def set_up(self, data_dir: Path) -> None:
        """Waits for the house and loads the team. Raises Broken or HouseFell."""
        self._hop("Watchbill and its PostgreSQL started", 30.0, lambda _: self._house.wait_until_ready(), self._began)
        self._hop("Ana, Bo and the service checkout loaded", 10.0, lambda _: self._load(data_dir))

    def alert(self) -> None:
        """Sends an alert by the front door, and waits until the page has come out at the provider. Raises Broken."""
        event = Event(
            key=self.keys.events,
            summary=self.title,
            severity="critical",
            source="demo",
            dedup_key=self.dedup_key,
            details={"dashboard": "none, this is a demo", "customers": "real ones would be waiting"},
        )
        began = time.monotonic()
        self._hop("Alert accepted: it is committed", 3.0, lambda _: send(self._house.url, event))
        self._hop("Page delivered to Ana's phone, since the alert was sent", 5.0, self._await_page, began)

    def answer(self) -> None:
        """Acknowledges by the link in the page, as a person would. Raises Broken."""
        self._hop("Link of the page opened: it asks once more", 3.0, lambda _: self._follow("GET"))
        self._hop("Acknowledged with one tap", 3.0, lambda _: self._follow("POST"))

    def end(self, data_dir: Path) -> None:
        """Ends the alert as its monitor would, and looks everything up in the journal. Raises Broken."""
        event = Event(key=self.keys.events, action="resolve", dedup_key=self.dedup_key)
        self._hop("Alert over: its monitor resolved it", 3.0, lambda _: send(self._house.url, event))
        self._hop("Everything found in the journal", 5.0, lambda limit: self._prove(data_dir, limit))

    def _hop(self, name: str, limit: float, work: Callable[[float], T], began: float | None = None) -> T:
        """Does one thing and tells how long it took. `limit`: seconds. `began`: when it counts from, else now."""
        began = time.monotonic() if began is None else began
        try:
            result = work(limit)
        except (NotSent, Broken) as fault:
            self._keep(Hop(name, _ms_since(began), limit * 1000, False, str(fault)))
            raise Broken(name) from None
        took = _ms_since(began)
        late = took > limit * 1000
        self._keep(Hop(name, took, limit * 1000, not late, "It took too long." if late else ""))
        if late:
            raise Broken(name)
        return result

    def _keep(self, hop: Hop) -> None:
        self.hops.append(hop)
        self._told(hop)

    def _load(self, data_dir: Path) -> None:
        try:
            self.keys = keys_in(data_dir)
            load_team(data_dir, self.keys, self._phone.url, str(self._phone.port))
            self.open_before = proof.open_before(data_dir)
        except (BadFile, BadSetting, PostgresError, psycopg.Error, OSError) as fault:
            raise Broken(str(fault)) from None

    def _await_page(self, limit: float) -> None:
        self.page = self._phone.wait_for(self.title, limit)
        if self.page is None:
            raise Broken("No page came.")

    def _follow(self, method: str) -> None:
        assert self.page is not None, "the page came before"
        answer = post(self.page.acknowledge, b"", method=method)
        if answer.status != 200:
            raise Broken(f"The link answered {answer.status}.")

    def _prove(self, data_dir: Path, limit: float) -> None:
        assert self.page is not None, "the page came before"
        absent = proof.missing(data_dir, proof.Round(self.page.number, self.dedup_key), limit)
        if absent:
            raise Broken("; ".join(absent).capitalize() + ".")


def _ms_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
