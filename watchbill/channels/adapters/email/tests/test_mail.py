"""What stands in a mail."""

import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, cast

import pytest

from watchbill.channels.adapters.email.config import SmtpConfig
from watchbill.channels.adapters.email.mail import Composer
from watchbill.channels.tests.messages import AWKWARD, BUNDLE, NOW, notice, page
from watchbill.engine.words import Urgency

CONFIG = SmtpConfig(host="127.0.0.1", sender="Watchbill <pager@example.com>")
ANA = {"address": "ana@example.com"}
KNOWN_HEADERS = {
    "Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "X-Priority", "Importance", "X-Watchbill-Page", "MIME-Version", "Content-Type",
}  # fmt: skip


def composed(**changes: Any) -> EmailMessage:
    raw = Composer(CONFIG).mail(page(ANA, **changes), now=NOW)
    return cast(EmailMessage, email.message_from_bytes(raw, policy=email.policy.default))


def noticed(**changes: Any) -> EmailMessage:
    raw = Composer(CONFIG).notice(notice(ANA, **changes), now=NOW)
    return cast(EmailMessage, email.message_from_bytes(raw, policy=email.policy.default))


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return cast(str, body.get_content())


def test_the_headers_of_a_page() -> None:
    mail = composed()
    assert mail["Subject"] == "[#12] Critical: Card payments fail with 502 from the acquirer (payments-api)"
    assert mail["From"] == "Watchbill <pager@example.com>"
    assert mail["To"] == "Ana Silva <ana@example.com>"
    assert mail["Date"] == "Sun, 22 Nov 2026 13:26:42 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert (mail["X-Priority"], mail["Importance"]) == ("1", "high")


def test_low_urgency_is_not_marked_important() -> None:
    mail = composed(urgency=Urgency.LOW)
    assert mail["X-Priority"] is None
    assert mail["Importance"] is None


def test_all_mails_of_an_incident_are_one_thread() -> None:
    first, again, other = composed(), composed(attempt=2), composed(page=900)
    assert first["In-Reply-To"] == again["In-Reply-To"] == other["In-Reply-To"] == "<incident-12@example.com>"
    assert first["References"] == other["References"] == "<incident-12@example.com>"
    assert composed(incident=13, page=901)["In-Reply-To"] == "<incident-13@example.com>"


def test_a_second_attempt_is_recognisably_the_same_page() -> None:
    assert composed()["Message-ID"] == composed()["Message-ID"] == "<page-812.1@example.com>"
    again = composed(attempt=2)
    assert again["Message-ID"] == "<page-812.2@example.com>"
    assert again["References"] == "<incident-12@example.com> <page-812.1@example.com>"
    assert again["X-Watchbill-Page"] == "812; attempt=2"


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_no_text_of_a_stranger_makes_a_header_or_a_tag(text: str) -> None:
    mail = composed(title=text, service=text, person=text, source=text or "-", why=text, bundle=BUNDLE, bundle_total=2)
    assert set(mail.keys()) <= KNOWN_HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == ["ana@example.com"]
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u200f]", mail["Subject"])
    seen = Tags(part(mail, "html"))
    assert seen.tags == Tags(part(composed(bundle=BUNDLE, bundle_total=2), "html")).tags
    assert "\x1b" not in part(mail, "plain")


def test_lines_are_short_enough_for_every_server() -> None:
    raw = Composer(CONFIG).mail(page(ANA, title=AWKWARD["long"], why=AWKWARD["one long word"]), now=NOW)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


def test_both_parts_carry_the_links_and_the_reason() -> None:
    message = page(ANA)
    mail = composed(late=200)
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert message.links.acknowledge in text
        assert message.links.resolve in text
        assert message.links.show not in text
        assert message.links.acknowledge_now not in text
        assert message.why in text
        assert "3 min 20 s late" in text
        assert "2026-11-22 13:26:39 UTC" in text


def test_a_bundle_is_a_list_with_its_count() -> None:
    mail = composed(bundle=BUNDLE, bundle_total=41)
    assert mail["Subject"].endswith("(payments-api) and 41 more")
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert "This mail stands for 41 more" in text
        assert "#13" in text
        assert "Checkout p99 above 4 s" in text
        assert "and 39 more" in text


def test_the_buttons_of_a_bundle_name_the_incident_that_they_answer_for() -> None:
    mail = composed(bundle=BUNDLE, bundle_total=2)
    assert ">Acknowledge #12</a>" in part(mail, "html") and ">Resolve #12</a>" in part(mail, "html")
    assert "Acknowledge #12: https" in part(mail, "plain") and "Resolve #12: https" in part(mail, "plain")
    alone = composed()
    assert ">Acknowledge</a>" in part(alone, "html") and "Resolve: https" in part(alone, "plain")


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Berlin", "2026-11-22 14:26:39 CET"),
        ("America/Sao_Paulo", "2026-11-22 10:26:39 UTC-03"),
        ("Mars/Olympus", "2026-11-22 13:26:39 UTC"),
    ],
)
def test_times_are_told_in_the_time_of_whoever_is_paged(zone: str, told: str) -> None:
    mail = composed(zone=zone)
    assert told in part(mail, "plain")
    assert told in part(mail, "html")


def test_what_is_broken_and_where_to_look() -> None:
    mail = composed(runbook="https://wiki.example/?a=1&b=<i>")
    lines = part(mail, "plain").splitlines()
    assert lines[lines.index("Source: lb-3.eu-west") + 1] == "Where to look: https://wiki.example/?a=1&b=<i>"
    html = part(mail, "html")
    assert "lb-3.eu-west</bdi>" in html
    assert '<a class="ink" href="https://wiki.example/?a=1&amp;b=&lt;i&gt;"' in html
    for kind in ("plain", "html"):
        text = part(composed(source=""), kind)
        assert "Source" not in text and "Where to look" not in text


def test_a_notice_is_a_mail_without_buttons_importance_or_thread() -> None:
    mail = noticed()
    assert mail["Subject"] == "Your duty in Primary begins at Mon 2026-11-30 09:00 CET"
    assert mail["To"] == "Ana Silva <ana@example.com>"
    assert mail["Message-ID"] == "<notice-31.1@example.com>"
    assert mail["X-Watchbill-Notice"] == "31; attempt=1"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert [mail[name] for name in ("X-Priority", "Importance", "In-Reply-To", "References")] == [None] * 4
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert "You take over from Bo." in text and "Times are those of Europe/Berlin." in text
        assert "nothing needs an answer" in text
        assert "http" not in text
    assert "https://watchbill.example/incidents/12" in part(
        noticed(url="https://watchbill.example/incidents/12"), "html"
    )


def test_a_second_attempt_of_a_notice_points_at_the_first() -> None:
    again = noticed(attempt=2)
    assert (again["Message-ID"], again["References"]) == ("<notice-31.2@example.com>", "<notice-31.1@example.com>")


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_no_text_of_a_stranger_makes_a_header_or_a_tag_in_a_notice(text: str) -> None:
    mail = noticed(subject=text, body=text or "-", person=text)
    assert set(mail.keys()) <= KNOWN_HEADERS | {"X-Watchbill-Notice"}
    assert [address.addr_spec for address in mail["To"].addresses] == ["ana@example.com"]
    lines = len((text or "-").splitlines())
    assert Tags(part(mail, "html")).tags == Tags(part(noticed(body="line\n" * lines), "html")).tags
    assert "\x1b" not in part(mail, "plain")


def test_nothing_in_the_html_comes_from_elsewhere() -> None:
    html = part(composed(), "html")
    assert not re.search(r"<(img|script|link|iframe|form|input)\b|url\(|@import", html)


class Tags(HTMLParser):
    """The tags of a page in their order, with the names of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
