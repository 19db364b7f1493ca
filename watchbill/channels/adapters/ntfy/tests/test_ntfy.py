"""What an ntfy server sees."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.http import HttpFake, ok, status
from watchbill.channels.adapters.ntfy.adapter import Ntfy, NtfyConfig
from watchbill.channels.addresses import Walls
from watchbill.channels.contract import BadSettings, Bundled
from watchbill.channels.egress import Egress
from watchbill.channels.tests.messages import BUNDLE, notice, page
from watchbill.engine.words import Severity, Urgency


@pytest.fixture
async def server() -> AsyncIterator[HttpFake]:
    async with HttpFake(ok(b'{"id":"sPs71M8A2T","time":1,"event":"message"}')) as server:
        yield server


@pytest.fixture
async def ntfy(server: HttpFake) -> AsyncIterator[Ntfy]:
    egress = Egress(Walls(allow_loopback=True), ports=frozenset({server.port, 443}))
    yield Ntfy(egress, NtfyConfig(server.url))
    await egress.close()


async def test_a_page_is_published_with_its_buttons(ntfy: Ntfy, server: HttpFake) -> None:
    message = page({"topic": "ana-pages", "token": "tk_abc"})
    receipt = await ntfy.send(message)
    assert receipt.provider_id == "sPs71M8A2T"
    request = server.requests[0]
    assert (request.method, request.path) == ("POST", "/")
    assert request.headers["authorization"] == "Bearer tk_abc"
    assert request.json() == {
        "topic": "ana-pages",
        "title": "[#12] Critical: Card payments fail with 502 from the acquirer (payments-api)",
        "message": "The first step of the escalation policy pages.\nSource: lb-3.eu-west",
        "priority": 5,
        "tags": ["rotating_light"],
        "click": message.links.acknowledge,
        "actions": [
            {
                "action": "http",
                "label": "Acknowledge",
                "url": message.links.acknowledge_now,
                "method": "POST",
                "clear": True,
            },
            {"action": "http", "label": "Resolve", "url": message.links.resolve_now, "method": "POST", "clear": True},
        ],
    }


async def test_without_a_token_none_is_sent_and_low_urgency_does_not_ring(ntfy: Ntfy, server: HttpFake) -> None:
    await ntfy.send(page({"topic": "ana"}, urgency=Urgency.LOW, severity=Severity.WARNING))
    request = server.requests[0]
    assert "authorization" not in request.headers
    assert request.json()["priority"] == 3
    assert request.json()["tags"] == ["warning"]


async def test_a_notice_makes_no_sound_and_has_no_buttons(ntfy: Ntfy, server: HttpFake) -> None:
    settings = {"topic": "ana-pages", "token": "tk_abc"}
    receipt = await ntfy.tell(notice(settings, url="https://watchbill.example/incidents/12"))
    assert receipt.provider_id == "sPs71M8A2T"
    request = server.requests[0]
    assert request.headers["authorization"] == "Bearer tk_abc"
    assert request.json() == {
        "topic": "ana-pages",
        "title": "Your duty in Primary begins at Mon 2026-11-30 09:00 CET",
        "message": "You take over from Bo.\nTimes are those of Europe/Berlin.",
        "priority": 2,
        "tags": ["calendar"],
        "click": "https://watchbill.example/incidents/12",
    }


async def test_the_limits_of_ntfy_hold_for_the_longest_notice(ntfy: Ntfy, server: HttpFake) -> None:
    await ntfy.tell(notice({"topic": "ana"}, subject="💥" * 1024, body="支払い\n" * 3000))
    told = server.requests[0].json()
    assert len(told["message"].encode()) <= 4096
    assert len(told["title"]) <= 250
    assert "click" not in told


async def test_a_bundle_says_how_many_it_stands_for(ntfy: Ntfy, server: HttpFake) -> None:
    await ntfy.send(page({"topic": "ana"}, bundle=BUNDLE, bundle_total=41, late=200))
    told = server.requests[0].json()
    assert told["title"].endswith("(payments-api) and 41 more")
    assert "It stands for 41 more:\n#13 Checkout p99 above 4 s (checkout)" in told["message"]
    assert "This page is 3 min 20 s late." in told["message"]


async def test_the_buttons_of_a_bundle_name_the_incident_that_they_answer_for(ntfy: Ntfy, server: HttpFake) -> None:
    await ntfy.send(page({"topic": "ana"}, bundle=BUNDLE, bundle_total=2))
    labels = [action["label"] for action in server.requests[0].json()["actions"]]
    assert labels == ["Acknowledge #12", "Resolve #12"]


async def test_where_to_look_is_said_where_it_is_known(ntfy: Ntfy, server: HttpFake) -> None:
    await ntfy.send(page({"topic": "ana"}, runbook="https://wiki.example/lb"))
    told = server.requests[0].json()["message"]
    assert told.endswith("Source: lb-3.eu-west\nWhere to look: https://wiki.example/lb")


async def test_the_limits_of_ntfy_hold_for_the_longest_page(ntfy: Ntfy, server: HttpFake) -> None:
    many = tuple(Bundled(number, "支払い" * 300, "サービス" * 60, Severity.ERROR) for number in range(200))
    await ntfy.send(page({"topic": "ana"}, title="💥" * 1024, bundle=many, bundle_total=200))
    told = server.requests[0].json()
    assert len(told["message"].encode()) <= 4096
    assert told["message"].endswith("…")
    assert len(told["actions"]) <= 3
    assert len(told["title"]) <= 250


async def test_what_the_server_says_is_told_without_token_and_topic(ntfy: Ntfy, server: HttpFake) -> None:
    server.behave(status(403, b'{"code":40301,"http":403,"error":"forbidden for ana-pages with tk_abc"}'))
    receipt = await ntfy.send(page({"topic": "ana-pages", "token": "tk_abc"}))
    assert receipt.detail == "The server answered 403 Forbidden. It says: forbidden for *** with ***"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "topic"),
        ({"topic": "with space"}, "topic"),
        ({"topic": "x" * 65}, "topic"),
        ({"topic": "a/b"}, "topic"),
        ({"topic": "ana\n"}, "topic"),
        ({"topic": "ana", "token": "tk_a\r\nX-Evil: 1"}, "token"),
        ({"topic": "ana", "server": "http://10.0.0.1"}, "server"),
        ({"topic": "ana", "server": "ntfy.sh"}, "server"),
    ],
)
def test_bad_settings_are_named(ntfy: Ntfy, settings: dict[str, str], named: str) -> None:
    with pytest.raises(BadSettings, match=f"`{named}`"):
        ntfy.check(settings)


def test_good_settings_pass(ntfy: Ntfy) -> None:
    ntfy.check({"topic": "ana_pages-1"})
    ntfy.check({"topic": "ana", "server": "https://ntfy.example.com/", "token": "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"})
