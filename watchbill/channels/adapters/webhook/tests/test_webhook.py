"""What a receiver of web hooks sees; its signatures are checked by the package of Standard Webhooks itself."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook as Oracle
from standardwebhooks.webhooks import WebhookVerificationError

from tests.fakes.http import HttpFake
from watchbill.channels.adapters.webhook.adapter import Webhook
from watchbill.channels.addresses import Walls
from watchbill.channels.contract import BadSettings, Outcome
from watchbill.channels.egress import Egress
from watchbill.channels.tests.messages import BUNDLE, notice, page

OLD = "whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWNyZXQ="
NEW = "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ="


@pytest.fixture
async def web() -> AsyncIterator[HttpFake]:
    async with HttpFake() as web:
        yield web


@pytest.fixture
async def hook(web: HttpFake) -> AsyncIterator[Webhook]:
    egress = Egress(Walls(allow_loopback=True), ports=frozenset({web.port, 443}))
    yield Webhook(egress, now=lambda: datetime.now(UTC))  # the oracle refuses a signature older than five minutes
    await egress.close()


async def test_the_signature_is_one_that_standard_webhooks_accepts(hook: Webhook, web: HttpFake) -> None:
    await hook.send(page({"url": web.url, "secret": OLD}))
    request = web.requests[0]
    told = Oracle(OLD).verify(request.body, dict(request.headers))
    assert told["data"]["incident"]["number"] == 12
    with pytest.raises(WebhookVerificationError):
        Oracle(NEW).verify(request.body, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Oracle(OLD).verify(request.body.replace(b"12", b"13"), dict(request.headers))


async def test_while_secrets_rotate_either_one_verifies(hook: Webhook, web: HttpFake) -> None:
    await hook.send(page({"url": web.url, "secret": f"{NEW} {OLD}"}))
    request = web.requests[0]
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for secret in (OLD, NEW):
        Oracle(secret).verify(request.body, dict(request.headers))


async def test_a_second_attempt_has_the_same_id_and_body(hook: Webhook, web: HttpFake) -> None:
    settings = {"url": web.url, "secret": OLD}
    await hook.send(page(settings))
    await hook.send(page(settings, attempt=2))
    first, second = web.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "page_812"
    assert (first.headers["watchbill-attempt"], second.headers["watchbill-attempt"]) == ("1", "2")
    assert first.body == second.body
    await hook.send(page(settings, page=813))
    assert web.requests[2].headers["webhook-id"] == "page_813"


async def test_the_body_is_as_the_set_up_page_says(hook: Webhook, web: HttpFake) -> None:
    message = page({"url": web.url}, bundle=BUNDLE, bundle_total=2, late=61)
    await hook.send(message)
    request = web.requests[0]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("Watchbill/")
    assert "webhook-signature" not in request.headers
    assert request.json() == {
        "type": "incident.paged",
        "timestamp": "2026-11-22T13:26:39.900000Z",
        "data": {
            "page": 812,
            "incident": {
                "number": 12,
                "title": "Card payments fail with 502 from the acquirer",
                "service": "payments-api",
                "severity": "critical",
                "urgency": "high",
                "status": "triggered",
                "opened_at": "2026-11-22T13:26:39.900000Z",
                "source": "lb-3.eu-west",
            },
            "person": "Ana Silva",
            "why": "The first step of the escalation policy pages.",
            "late_seconds": 61,
            "links": {
                "acknowledge": message.links.acknowledge,
                "resolve": message.links.resolve,
                "acknowledge_now": message.links.acknowledge_now,
                "resolve_now": message.links.resolve_now,
                "show": "https://watchbill.example/incidents/12",
            },
            "bundle": [
                {"number": 13, "title": "Checkout p99 above 4 s", "service": "checkout", "severity": "error"},
                {"number": 14, "title": "Disk 91 % full on db-2", "service": "payments-db", "severity": "warning"},
            ],
            "bundle_total": 2,
        },
    }


async def test_a_notice_is_a_body_of_its_own_type_signed_like_a_page(hook: Webhook, web: HttpFake) -> None:
    settings = {"url": web.url, "secret": OLD}
    await hook.tell(notice(settings))
    await hook.tell(notice(settings, attempt=2))
    first, second = web.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "notice_31"
    assert (first.headers["watchbill-attempt"], second.headers["watchbill-attempt"]) == ("1", "2")
    assert first.body == second.body
    assert Oracle(OLD).verify(first.body, dict(first.headers)) == {
        "type": "notice",
        "timestamp": "2026-11-22T13:26:42Z",
        "data": {
            "notice": 31,
            "kind": "starts",
            "subject": "Your duty in Primary begins at Mon 2026-11-30 09:00 CET",
            "body": "You take over from Bo.\nTimes are those of Europe/Berlin.",
            "person": "Ana Silva",
            "url": "",
        },
    }


@pytest.mark.parametrize(
    "secret", ["c2VjcmV0", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", f"{OLD} nonsense", "whsec_" + "A" * 200]
)
def test_a_secret_that_would_not_sign_is_refused_without_being_repeated(hook: Webhook, secret: str) -> None:
    with pytest.raises(BadSettings, match="`secret`") as refusal:
        hook.check({"url": "https://example.com/", "secret": secret})
    assert secret == "whsec_" or secret not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://127.0.0.2/", "ftp://example.com/", "https://example.com:22/", "nonsense", ""])
async def test_an_address_that_is_refused_is_refused_at_set_up_and_at_sending(url: str) -> None:
    hook = Webhook(Egress(), now=lambda: datetime.now(UTC))
    with pytest.raises(BadSettings, match="`url`"):
        hook.check({"url": url})
    receipt = await hook.send(page({"url": url}))
    assert receipt.outcome is Outcome.FAILED
    assert receipt.permanent


async def test_sends_share_their_connections(hook: Webhook, web: HttpFake) -> None:
    for number in range(20):
        await hook.send(page({"url": web.url}, page=number))
    assert web.connections == 1
