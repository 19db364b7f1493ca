"""Text of strangers, made fit; times and addresses, put into words."""

from datetime import UTC, datetime

import pytest

from watchbill.channels.wording import ago, clock, instant, one_line, runbook

WINTER, SUMMER = datetime(2026, 1, 2, 23, 30, 1, tzinfo=UTC), datetime(2026, 7, 2, 23, 30, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wild", "tame"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b38;5;1mred\x9b0m", "red"),
        ("\x1b]0;owned\x07db is down", "db is down"),
        ("\x1b]8;;https://evil.example\x1b\\db\x1b]8;;\x1b\\ is down", "db is down"),
        ("\x9d0;owned\x9cdb", "db"),
        ("\x1bPq#0\x1b\\db", "db"),
        ("\x1b(Bdb", "db"),
        ("db \x1b[?25", "db [?25"),  # cut short: it steers nothing once its first byte is gone
        ("db \x1b]0;no end", "db ]0;no end"),
        ("a\x00b\tc\r\nd", "a b c d"),
        ("disk [91m] full", "disk [91m] full"),
    ],
)
def test_whole_commands_of_a_terminal_are_dropped(wild: str, tame: str) -> None:
    assert one_line(wild) == tame


@pytest.mark.parametrize("piece", ["\x1b]", "\x1b[0", "\x9d", "\x1b", "\x1bP\x9d"])
def test_many_beginnings_take_no_long_time(piece: str) -> None:
    assert len(one_line(piece * 100_000)) <= 1024


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("UTC", "2026-01-02 23:30:01 UTC"),
        ("Europe/Berlin", "2026-01-03 00:30:01 CET"),
        ("Asia/Kolkata", "2026-01-03 05:00:01 IST"),
        ("America/Sao_Paulo", "2026-01-02 20:30:01 UTC-03"),
        ("", "2026-01-02 23:30:01 UTC"),
        ("Europe", "2026-01-02 23:30:01 UTC"),
        ("../../etc/passwd", "2026-01-02 23:30:01 UTC"),
        ("Nowhere/At\x00All", "2026-01-02 23:30:01 UTC"),
    ],
)
def test_an_instant_names_its_zone(zone: str, told: str) -> None:
    assert instant(WINTER, zone) == told


def test_the_zone_is_named_as_it_is_at_that_instant() -> None:
    assert clock(WINTER, "Europe/Berlin") == "00:30:01 CET"
    assert clock(SUMMER, "Europe/Berlin") == "01:30:01 CEST"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "just now"),
        (9, "just now"),
        (45, "45 s ago"),
        (320, "5 min ago"),
        (7500, "2 h 5 min ago"),
        (90000, "1 d 1 h ago"),
    ],
)
def test_an_age_is_told_roughly(seconds: float, told: str) -> None:
    assert ago(seconds) == told


@pytest.mark.parametrize(
    ("links", "told"),
    [
        ("", ""),
        ("null", ""),
        ("{}", ""),
        ("[]", ""),
        ('[{"href": 7}]', ""),
        ('["https://a.example"]', ""),
        ('[{"href": "javascript:alert(1)"}, {"href": "https://a.example/"}]', "https://a.example/"),
        ('[{"href": "https://a.example"}, {"href": "https://b.example", "text": "Runbook"}]', "https://b.example"),
        ('[{"href": "https://a.example"}, {"href": "https://b.example/runbooks/1"}]', "https://b.example/runbooks/1"),
        ('[{"href": "https://a.example/\\r\\nBcc: x"}, {"href": "HTTP://b.example"}]', "HTTP://b.example"),
        ('[{"href": "https://a.example/\\u202egpj"}]', ""),
        ('[{"href": "https://a.example/\\u001b[31m"}]', ""),
        ('[{"href": "https://' + "a" * 2001 + '"}]', ""),
    ],
)
def test_one_address_of_an_alert_is_told(links: str, told: str) -> None:
    assert runbook(links) == told
