"""The page that the tests of channels send: Ana is on duty, card payments fail."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from watchbill.channels.contract import Bundled, Message, Notice
from watchbill.channels.links import LinkMaker, Signer
from watchbill.engine.words import Severity, Status, Urgency

NOW = datetime(2026, 11, 22, 13, 26, 42, tzinfo=UTC)
KEY = "a key for tests only, long enough to be one"
SIGNER = Signer([KEY])
ANA, BO, CY = 1, 2, 3


def now() -> datetime:
    return NOW


def page(settings: dict[str, Any], *, channel: str = "email", **changes: Any) -> Message:
    """The page, with `changes`."""
    maker = LinkMaker("https://watchbill.example", SIGNER)
    message = Message(
        page=812,
        attempt=1,
        incident=12,
        title="Card payments fail with 502 from the acquirer",
        service="payments-api",
        severity=Severity.CRITICAL,
        urgency=Urgency.HIGH,
        status=Status.TRIGGERED,
        opened_at=NOW - timedelta(seconds=2.1),
        person="Ana Silva",
        settings=settings,
        why="The first step of the escalation policy pages.",
        links=maker.links(incident=12, person=ANA, channel=channel, now=NOW),
        source="lb-3.eu-west",
    )
    return replace(message, **changes)


def notice(settings: dict[str, Any], **changes: Any) -> Notice:
    """The notice that Ana's duty begins, with `changes`."""
    told = Notice(
        id=31,
        attempt=1,
        kind="starts",
        subject="Your duty in Primary begins at Mon 2026-11-30 09:00 CET",
        body="You take over from Bo.\nTimes are those of Europe/Berlin.",
        at=NOW,
        person="Ana Silva",
        settings=settings,
        zone="Europe/Berlin",
    )
    return replace(told, **changes)


BUNDLE = (
    Bundled(13, "Checkout p99 above 4 s", "checkout", Severity.ERROR),
    Bundled(14, "Disk 91 % full on db-2", "payments-db", Severity.WARNING),
)

# Titles that came from strangers, and what must still be found of them.
AWKWARD = {
    "empty": "",
    "two lines": "db-1 is down\r\nBcc: everyone@example.com\r\n\r\nowned",
    "right to left": "\u202egpj.exe \u05e9\u05dc\u05d5\u05dd \u200f db \u0645\u0631\u062d\u0628\u0627",
    "long": "Störung an der Zahlungsschnittstelle 支払いが失敗しました 💥 " * 30,
    "markup": "<script>alert(1)</script> [bold]not bold[/bold] {{ 7 * 7 }} &amp; \"quotes\" 'and' more",
    "terminal": "\x1b]0;owned\x07\x1b[31mred\x1b[0m \x9b31m and \x00 nul",
    "joined": "👩‍🚒 fire, نمی‌خواهم",
    "one long word": "x" * 1024,
}
