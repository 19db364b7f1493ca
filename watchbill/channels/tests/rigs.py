"""Every channel with the fake that it talks to, so that one list of promises holds all of them. A hasty rig gives up
soon, for tests of faults; the others wait as long as in production, so that a slow machine fails no test."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import http
from tests.fakes.http import HttpFake
from tests.fakes.smtp import Smtp, SmtpFake
from watchbill.channels.adapters.console.adapter import Console
from watchbill.channels.adapters.email import post
from watchbill.channels.adapters.email.adapter import Email
from watchbill.channels.adapters.email.config import SmtpConfig, Tls
from watchbill.channels.adapters.ntfy.adapter import Ntfy, NtfyConfig
from watchbill.channels.adapters.webhook.adapter import Webhook
from watchbill.channels.addresses import Walls
from watchbill.channels.contract import Channel, Outcome
from watchbill.channels.egress import Egress, Limits
from watchbill.channels.tests.messages import now

CONNECT, TOTAL = 0.25, 0.5
WALLS = Walls(allow_loopback=True)

# What a test looks for in everything that is said: it must never be there.
HOOK_SECRET = "whsec_c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWUtMTIz"
NTFY_TOKEN = "tk_secretthatnobodymaysee"
NTFY_TOPIC = "topic-that-nobody-may-see"


@dataclass
class Rig:
    """A channel at its fake. `faults`: a name, what makes the fault, and the receipt that it must give: outcome,
    permanent, retry_after. `stop` takes the other side away, `mend` makes it well again."""

    channel: Channel
    settings: dict[str, Any]
    secrets: tuple[str, ...] = ()
    faults: dict[str, tuple[Callable[[], Any], tuple[Outcome, bool, float | None]]] = field(default_factory=dict)
    stop: Callable[[], Any] | None = None
    mend: Callable[[], Any] | None = None
    heard: Callable[[], int] = lambda: 0


FAILED = (Outcome.FAILED, False, None)
REFUSED = (Outcome.FAILED, True, None)
UNKNOWN = (Outcome.UNKNOWN, False, None)


def _http_faults(web: HttpFake) -> dict[str, Any]:
    def do(behaviour: http.Behaviour) -> Callable[[], None]:
        return lambda: web.behave(behaviour)

    echo = f"no: {HOOK_SECRET} {NTFY_TOKEN} {NTFY_TOPIC}".encode()
    return {
        "400": (do(http.status(400, echo)), REFUSED),
        "401": (do(http.status(401, b'{"error": "' + echo + b'"}')), REFUSED),
        "404": (do(http.status(404)), REFUSED),
        "410": (do(http.status(410)), REFUSED),
        "408": (do(http.status(408)), FAILED),
        "425": (do(http.status(425)), FAILED),
        "429": (do(http.status(429)), FAILED),
        "429 with seconds": (do(http.status(429, Retry_After="7")), (Outcome.FAILED, False, 7.0)),
        "429 with a date": (
            do(http.status(429, Retry_After="Sun, 22 Nov 2026 13:00:30 GMT", Date="Sun, 22 Nov 2026 13:00:00 GMT")),
            (Outcome.FAILED, False, 30.0),
        ),
        "429 with nonsense": (do(http.status(429, Retry_After="soon")), FAILED),
        "429 with years": (do(http.status(429, Retry_After="99999999999")), (Outcome.FAILED, False, 3600.0)),
        "500": (do(http.status(500, echo)), UNKNOWN),
        "503 with seconds": (do(http.status(503, Retry_After="3")), (Outcome.UNKNOWN, False, 3.0)),
        "599": (do(http.status(599)), UNKNOWN),
        "moved for good": (do(http.redirect("http://169.254.169.254/", 301)), REFUSED),
        "moved": (do(http.redirect(web.url + "/elsewhere", 302)), FAILED),
        "hangs": (do(http.hang()), UNKNOWN),
        "slower than we wait": (do(http.slow(5)), UNKNOWN),
        "closes": (do(http.close_after_reading()), UNKNOWN),
        "resets": (do(http.reset_after_reading()), UNKNOWN),
        "garbage": (do(http.garbage()), UNKNOWN),
    }


@asynccontextmanager
async def webhook(hasty: bool = False) -> AsyncIterator[Rig]:
    async with HttpFake() as web:
        egress = _egress(web, hasty)
        settings = {"url": web.url + "/hook", "secret": HOOK_SECRET}
        rig = Rig(Webhook(egress, now=now), settings, (HOOK_SECRET,), _http_faults(web), web.stop)
        rig.heard = lambda: len(web.requests)
        rig.mend = lambda: web.behave(http.ok())
        # The status has come, so the page has arrived; what becomes of the rest of the answer is of no weight.
        rig.faults["half an answer"] = (lambda: web.behave(http.half_an_answer()), (Outcome.ACCEPTED, False, None))
        rig.faults["endless answer"] = (lambda: web.behave(http.endless()), (Outcome.ACCEPTED, False, None))
        yield rig
        await egress.close()


@asynccontextmanager
async def ntfy(hasty: bool = False) -> AsyncIterator[Rig]:
    async with HttpFake(http.ok(b'{"id": "sPs71M8A2T"}')) as web:
        egress = _egress(web, hasty)
        settings = {"topic": NTFY_TOPIC, "token": NTFY_TOKEN}
        secrets = (NTFY_TOKEN, NTFY_TOPIC)
        rig = Rig(Ntfy(egress, NtfyConfig(web.url)), settings, secrets, _http_faults(web), web.stop)
        rig.heard = lambda: len(web.requests)
        rig.mend = lambda: web.behave(http.ok(b'{"id": "sPs71M8A2T"}'))
        rig.faults["a page of a captive portal"] = (lambda: web.behave(http.ok(b"<html>sign in</html>")), UNKNOWN)
        rig.faults["half an answer"] = (lambda: web.behave(http.half_an_answer()), UNKNOWN)
        yield rig
        await egress.close()


@asynccontextmanager
async def email(hasty: bool = False) -> AsyncIterator[Rig]:
    async with SmtpFake(users={"pager": "a-password-nobody-may-see"}) as smtp:

        def do(way: Smtp) -> Callable[[], None]:
            return lambda: smtp.behave(way)

        config = SmtpConfig(
            host=smtp.host,
            port=smtp.port,
            sender="Watchbill <pager@example.com>",
            tls=Tls.NONE,
            username="pager",
            password="a-password-nobody-may-see",
        )
        channel = Email(config, now=now, limits=post.Limits(CONNECT, TOTAL) if hasty else post.Limits())
        rig = Rig(channel, {"address": "ana@example.com"}, (config.password,), stop=smtp.stop)
        rig.heard = lambda: len(smtp.mails)
        rig.mend = lambda: smtp.behave(Smtp.NORMAL)
        rig.faults = {
            "hangs at the greeting": (do(Smtp.HANG_AT_GREETING), FAILED),
            "busy": (do(Smtp.BUSY_AT_GREETING), FAILED),
            "is no mail server": (do(Smtp.GARBAGE_AT_GREETING), FAILED),
            "closes at the greeting": (do(Smtp.CLOSE_AT_GREETING), FAILED),
            "refuses the login": (do(Smtp.REFUSE_LOGIN), REFUSED),
            "450 at RCPT": (do(Smtp.REFUSE_LATER_AT_RCPT), FAILED),
            "550 at RCPT": (do(Smtp.REFUSE_AT_RCPT), REFUSED),
            "451 at DATA": (do(Smtp.REFUSE_LATER_AT_DATA), FAILED),
            "554 at DATA": (do(Smtp.REFUSE_AT_DATA), REFUSED),
            "452 after DATA": (do(Smtp.REFUSE_LATER_AFTER_DATA), FAILED),
            "552 after DATA": (do(Smtp.REFUSE_AFTER_DATA), REFUSED),
            "closes before DATA": (do(Smtp.CLOSE_BEFORE_DATA), FAILED),
            "closes in the middle of DATA": (do(Smtp.CLOSE_AT_DATA), FAILED),
            "closes after DATA": (do(Smtp.CLOSE_AFTER_DATA), UNKNOWN),
            "hangs after DATA": (do(Smtp.HANG_AFTER_DATA), UNKNOWN),
        }
        yield rig
        await channel.close()


@asynccontextmanager
async def console(hasty: bool = False) -> AsyncIterator[Rig]:
    stream = io.StringIO()
    rig = Rig(Console(stream, now=now), {})
    rig.faults = {"its stream was closed": (stream.close, FAILED)}
    rig.heard = lambda: stream.getvalue().count("PAGE") + stream.getvalue().count(" note ")
    yield rig


def _egress(web: HttpFake, hasty: bool) -> Egress:
    return Egress(WALLS, ports=frozenset({web.port}), limits=Limits(CONNECT, TOTAL) if hasty else Limits())


RIGS = {"console": console, "email": email, "ntfy": ntfy, "webhook": webhook}
