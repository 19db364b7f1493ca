"""The answer page: Ana is on duty, Bo is on her team, Cy has left."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, override_settings
from msgspec.structs import replace

from watchbill.channels import answers
from watchbill.channels.answers import Desk, IncidentGlance
from watchbill.channels.links import LASTS, Action, Grant, LinkMaker, Signer
from watchbill.channels.tests import django_for_tests
from watchbill.channels.tests.messages import ANA, BO, CY, NOW, SIGNER
from watchbill.engine.directory import Directory, Person
from watchbill.engine.facts import Acknowledged, Fact, OnIncident, Resolved
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity, Status
from watchbill.runtime import road
from watchbill.runtime.road import Decision, Unavailable

NAMES = {ANA: "Ana Silva", BO: "Bo Li", CY: "Cy Roux"}
GLANCE = IncidentGlance(12, "Card payments fail", "payments-api", Severity.CRITICAL, Status.TRIGGERED, NOW)


class SmallRoad:
    """One incident, number 12, and the rules as far as these pages need them."""

    def __init__(self) -> None:
        self.glance = GLANCE
        self.facts: list[Fact] = []
        self.broken: Unavailable | None = None
        self.moment = NOW
        people = {number: Person(number, name, active=number != CY) for number, name in NAMES.items()}
        self._people = Directory(people=people)
        self.directory = self._people

    async def fresh_directory(self) -> Directory:
        return self._people

    async def submit(self, facts: Sequence[Fact]) -> Sequence[Decision]:
        if self.broken:
            raise self.broken
        self.facts += facts
        return [Decision(self._decide(fact), 12) for fact in facts]

    def _decide(self, fact: Fact) -> Reason:
        assert isinstance(fact, OnIncident)
        if self.glance.status is Status.RESOLVED:
            return Reason.ALREADY_RESOLVED
        if isinstance(fact, Resolved):
            self.glance = replace(self.glance, status=Status.RESOLVED)
            return Reason.RESOLVED
        if self.glance.status is Status.ACKNOWLEDGED:
            return Reason.ALREADY_ACKNOWLEDGED
        self.glance = replace(self.glance, status=Status.ACKNOWLEDGED, holder=NAMES.get(fact.by, ""))
        return Reason.ACKNOWLEDGED

    async def about(self, incident: int, reader: int) -> IncidentGlance | None:
        return self.glance if incident == self.glance.number else None

    def now(self) -> datetime:
        return self.moment


@pytest.fixture(scope="module", autouse=True)
def _django() -> Iterator[None]:
    with django_for_tests.ready():
        yield


@pytest.fixture
async def house() -> AsyncIterator[SmallRoad]:
    house = SmallRoad()
    road.use(house)
    answers.use(Desk(SIGNER, now=house.now, about=house.about))
    yield house
    road.use(None)
    answers.use(None)


@pytest.fixture
def client() -> AsyncClient:
    return AsyncClient(enforce_csrf_checks=True)


def link(action: Action = Action.ACKNOWLEDGE, *, person: int = ANA, incident: int = 12, channel: str = "email") -> str:
    links = LinkMaker("", SIGNER).links(incident=incident, person=person, channel=channel, now=NOW)
    return links.acknowledge if action is Action.ACKNOWLEDGE else links.resolve


def text(response: Any) -> str:
    """What one reads on the page."""
    html = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("method", ["get", "head"])
async def test_looking_changes_nothing(house: SmallRoad, client: AsyncClient, method: str) -> None:
    for _ in range(3):
        response = await getattr(client, method)(link())
        assert response.status_code == 200
    assert house.facts == []
    assert house.glance.status is Status.TRIGGERED


async def test_the_page_says_what_and_who_and_offers_one_button(house: SmallRoad, client: AsyncClient) -> None:
    response = await client.get(link())
    assert "Card payments fail" in text(response)
    assert "Triggered Critical payments-api" in text(response)
    assert "Who has it Nobody yet" in text(response)
    assert "2026-11-22 13:26:42 UTC" in text(response)
    assert "You answer as Ana Silva" in text(response)
    assert response.content.count(b"<button") == 1
    assert text(response).endswith("Acknowledge #12")
    assert "Resolve #12" in text(await client.get(link(Action.RESOLVE)))


async def test_posting_acknowledges_as_the_person_of_the_link(house: SmallRoad, client: AsyncClient) -> None:
    response = await client.post(link())
    assert response.status_code == 200
    assert house.facts == [Acknowledged(service=0, incident=12, by=ANA, via="email link")]
    assert Reason.ACKNOWLEDGED.sentence in text(response)
    assert "Who has it Ana Silva" in text(response)
    assert b"<button" not in response.content


async def test_posting_resolves(house: SmallRoad, client: AsyncClient) -> None:
    response = await client.post(link(Action.RESOLVE, channel="ntfy"))
    assert house.facts == [Resolved(service=0, incident=12, by=ANA, via="ntfy link")]
    assert Reason.RESOLVED.sentence in text(response)


async def test_who_was_second_reads_who_was_first(house: SmallRoad, client: AsyncClient) -> None:
    page = await client.get(link(person=BO))
    assert b"<button" in page.content
    await client.post(link(person=ANA))
    response = await client.post(link(person=BO))
    assert Reason.ALREADY_ACKNOWLEDGED.sentence in text(response)
    assert "Who has it Ana Silva" in text(response)
    page = await client.get(link(person=BO))
    assert b"<button" not in page.content
    assert "It was acknowledged before this link was opened." in text(page)
    assert b"<button" in (await client.get(link(Action.RESOLVE, person=BO))).content


async def test_after_the_end_there_is_nothing_to_press(house: SmallRoad, client: AsyncClient) -> None:
    house.glance = replace(GLANCE, status=Status.RESOLVED)
    for action in Action:
        page = await client.get(link(action))
        assert b"<button" not in page.content
        assert "It was resolved before this link was opened." in text(page)
    assert Reason.ALREADY_RESOLVED.sentence in text(await client.post(link()))


async def test_acknowledged_by_a_monitor(house: SmallRoad, client: AsyncClient) -> None:
    house.glance = replace(GLANCE, status=Status.ACKNOWLEDGED, holder="", by_monitor=True)
    assert "Who has it Somebody, says the monitor" in text(await client.get(link()))


async def test_acknowledged_by_somebody_without_a_name(house: SmallRoad, client: AsyncClient) -> None:
    await client.post(link(person=0))
    assert "Who has it Somebody, who gave no name" in text(await client.get(link()))


async def test_who_acknowledged_reads_how_it_ends(house: SmallRoad, client: AsyncClient) -> None:
    hint = "To resolve it, use the other link of your page."
    assert hint not in text(await client.get(link()))
    assert hint in text(await client.post(link()))
    assert text(await client.get(link())).endswith(f"It was acknowledged before this link was opened. {hint}")
    assert hint not in text(await client.post(link(Action.RESOLVE)))
    assert text(await client.get(link())).endswith("There is nothing left to do here.")


async def test_the_instant_is_told_in_the_time_of_whoever_looks_with_its_age(
    house: SmallRoad, client: AsyncClient
) -> None:
    house.glance = replace(GLANCE, zone="Europe/Berlin", opened_at=NOW - timedelta(minutes=5, seconds=20))
    assert "Since 2026-11-22 14:21:22 CET 5 min ago" in text(await client.get(link()))
    assert "14:21:22 CET 5 min ago" in text(await client.post(link()))


async def test_what_is_broken_and_where_to_look_are_shown_where_they_are_known(
    house: SmallRoad, client: AsyncClient
) -> None:
    assert "Source" not in text(await client.get(link()))
    assert "Where to look" not in text(await client.get(link()))
    house.glance = replace(GLANCE, source="lb-3.eu-west", runbook='https://wiki.example/?a=1&b="<i>')
    page = await client.get(link())
    assert "Source lb-3.eu-west Where to look https://wiki.example/?a=1&amp;b=&#34;&lt;i&gt;" in text(page)
    assert b'<a href="https://wiki.example/?a=1&amp;b=&#34;&lt;i&gt;" rel="noreferrer noopener">' in page.content


async def test_a_long_address_is_shown_in_part_and_leads_where_it_should(house: SmallRoad, client: AsyncClient) -> None:
    address = "https://graph.example/" + "x" * 1900
    house.glance = replace(GLANCE, runbook=address)
    page = await client.get(link())
    assert f'href="{address}"' in page.content.decode()
    assert address[:119] + "…" in text(page)


async def test_nothing_of_a_stranger_steers_whoever_reads_the_page(house: SmallRoad, client: AsyncClient) -> None:
    wild = "\x1b[31mred\x07 \x9b1m\u202egpj.exe\x00"
    house.glance = replace(GLANCE, title=wild, service=wild, holder=wild, source=wild, status=Status.ACKNOWLEDGED)
    person = Person(ANA, wild)
    house.directory = Directory(people={ANA: person})
    seen = [(await getattr(client, way)(link(Action.RESOLVE))).content.decode() for way in ("get", "post")]
    seen.append((await client.post(link() + "/now")).json()["holder"])
    for shown in seen:
        assert "red gpj.exe" in shown
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]|\[31m|\b1m", shown)
    assert "<title>#12 red gpj.exe ·" in seen[0]


async def test_without_a_title_there_is_still_something_to_read(house: SmallRoad, client: AsyncClient) -> None:
    house.glance = replace(GLANCE, title="\u202e")
    assert "(no title)" in text(await client.get(link()))


@pytest.mark.parametrize("suffix", ["", "/now"])
@pytest.mark.parametrize("case", ["expired", "forged", "cut", "gone", "stranger", "no incident"])
async def test_a_link_that_is_not_good_does_nothing(
    house: SmallRoad, client: AsyncClient, case: str, suffix: str
) -> None:
    address, status = {
        "expired": (link(), 410),
        "forged": ("/a/" + Signer(["x"]).token(grant()), 404),
        "cut": (link()[:-3], 404),
        "gone": (link(person=CY), 403),
        "stranger": (link(person=99), 403),
        "no incident": (link(incident=13), 404),
    }[case]
    if case == "expired":
        house.moment = NOW + LASTS
    response = await client.post(address + suffix)
    assert response.status_code == status
    assert house.facts == []
    assert "Card payments" not in response.content.decode()
    if suffix:
        told = response.json()
        assert told["done"] is False
        assert told["sentence"].endswith(".")
    else:
        assert (await client.get(address)).status_code == status
        assert "This link" in text(response)


def grant() -> Grant:
    return Grant(incident=12, person=ANA, action=Action.ACKNOWLEDGE, channel="email", ends_at=NOW + timedelta(days=1))


async def test_a_page_to_no_person_is_answered_by_nobody(house: SmallRoad, client: AsyncClient) -> None:
    page = await client.get(link(person=0))
    assert "You answer as" not in text(page)
    await client.post(link(person=0))
    assert house.facts == [Acknowledged(service=0, incident=12, by=0, via="email link")]


async def test_somebody_who_was_added_a_moment_ago_is_known(house: SmallRoad, client: AsyncClient) -> None:
    house.directory = Directory()
    assert "You answer as Ana Silva" in text(await client.get(link()))


async def test_the_form_for_machines(house: SmallRoad, client: AsyncClient) -> None:
    response = await client.post(link(channel="ntfy") + "/now")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "done": True,
        "reason": "acknowledged",
        "sentence": Reason.ACKNOWLEDGED.sentence,
        "incident": 12,
        "status": "acknowledged",
        "holder": "Ana Silva",
    }
    assert house.facts == [Acknowledged(service=0, incident=12, by=ANA, via="ntfy")]
    again = (await client.post(link(channel="ntfy", person=BO) + "/now")).json()
    assert (again["done"], again["reason"], again["holder"]) == (False, "already_acknowledged", "Ana Silva")


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
async def test_the_form_for_machines_acts_on_post_only(house: SmallRoad, client: AsyncClient, method: str) -> None:
    assert (await getattr(client, method)(link() + "/now")).status_code == 405
    assert house.facts == []


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
async def test_the_page_knows_no_other_methods(house: SmallRoad, client: AsyncClient, method: str) -> None:
    assert (await getattr(client, method)(link())).status_code == 405


async def test_while_the_database_is_away_it_says_so_and_when_to_come_back(
    house: SmallRoad, client: AsyncClient
) -> None:
    house.broken = Unavailable("no database", retry_after=7)
    page, told = await client.post(link()), await client.post(link() + "/now")
    assert (page.status_code, told.status_code) == (503, 503)
    assert (page.headers["Retry-After"], told.headers["Retry-After"]) == ("7", "7")
    assert "Nothing was changed" in text(page)
    assert "Nothing was changed" in told.json()["sentence"]


async def test_before_the_node_runs_it_says_so(client: AsyncClient) -> None:
    assert (await client.get(link())).status_code == 503


async def test_the_address_is_kept_to_itself(house: SmallRoad, client: AsyncClient) -> None:
    for response in (await client.get(link()), await client.post(link() + "/now"), await client.get("/a/nonsense")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert not response.cookies


async def test_nothing_of_the_page_runs_or_comes_from_elsewhere(house: SmallRoad, client: AsyncClient) -> None:
    response = await client.get(link())
    html = response.content.decode()
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"<script|<link|<img|\bstyle=|\bon\w+=|https?://", html)
    assert len(response.content) < 10_000


async def test_a_title_is_text(house: SmallRoad, client: AsyncClient) -> None:
    house.glance = replace(
        GLANCE, title="<script>alert(1)</script>", service="<b>", holder="<i>", status=Status.ACKNOWLEDGED
    )
    for response in (await client.get(link()), await client.post(link())):
        html = response.content.decode()
        assert "&lt;script&gt;" in html
        assert not re.search(r"<script|<b>|<i>", html)


async def test_a_hundred_presses_at_once_are_one_acknowledgement(house: SmallRoad, client: AsyncClient) -> None:
    responses: list[HttpResponse] = await asyncio.gather(*(client.post(link() + "/now") for _ in range(100)))
    assert sum(response.json()["done"] for response in responses) == 1  # type: ignore[attr-defined]  # the test client adds it


@override_settings(ROOT_URLCONF="watchbill.channels.urls")
async def test_a_path_that_goes_on_is_none_of_ours(house: SmallRoad, client: AsyncClient) -> None:
    assert (await client.get(link() + "/x")).status_code == 404
    assert (await client.get("/a/")).status_code == 404
