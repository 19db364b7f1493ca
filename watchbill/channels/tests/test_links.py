"""Nobody can make, change or outlive a link."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.channels.links import LASTS, Action, Grant, LinkExpired, LinkForged, LinkMaker, Signer
from watchbill.channels.tests.messages import ANA, KEY, NOW, SIGNER

GRANT = Grant(incident=12, person=ANA, action=Action.ACKNOWLEDGE, channel="email", ends_at=NOW + LASTS)

grants = st.builds(
    Grant,
    incident=st.integers(0, 2**63 - 1),
    person=st.integers(0, 2**63 - 1),
    action=st.sampled_from(Action),
    channel=st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=20),
    ends_at=st.integers(0, 2**35).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)


@given(grants)
def test_what_was_signed_is_read_back(grant: Grant) -> None:
    token = SIGNER.token(grant)
    assert SIGNER.read(token, now=grant.ends_at - timedelta(seconds=1)) == grant
    assert re.fullmatch(r"[A-Za-z0-9_-]{30,120}", token)


def test_a_text_message_can_carry_it() -> None:
    token = SIGNER.token(
        Grant(incident=999_999, person=500, action=Action.RESOLVE, channel="email", ends_at=GRANT.ends_at)
    )
    assert len(token) <= 45


@given(grants, st.data())
def test_a_token_that_was_changed_anywhere_is_forged(grant: Grant, data: st.DataObject) -> None:
    token = SIGNER.token(grant)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCDEFGHabcdefgh01234567-_").filter(lambda letter: letter != token[at]))
    with pytest.raises(LinkForged):
        SIGNER.read(token[:at] + other + token[at + 1 :], now=NOW)


@given(st.binary(max_size=90))
def test_bytes_that_nobody_signed_are_forged(raw: bytes) -> None:
    with pytest.raises(LinkForged):
        SIGNER.read(urlsafe_b64encode(raw).decode(), now=NOW)


@pytest.mark.parametrize(
    "token", ["", "x", "é" * 40, "a" * 100_000, "../" * 10, "A" * 43, "====", "a b" * 15, "\x00" * 40]
)
def test_text_that_is_no_token_is_forged(token: str) -> None:
    with pytest.raises(LinkForged):
        SIGNER.read(token, now=NOW)


def test_one_token_has_one_spelling() -> None:
    token = SIGNER.token(GRANT)
    for other in (
        token + "=",
        token + "==",
        token + "\n",
        " " + token,
        token.replace("-", "+").replace("_", "/") + "=",
    ):
        with pytest.raises(LinkForged):
            SIGNER.read(other, now=NOW)


def test_a_shorter_signature_is_not_enough() -> None:
    raw = urlsafe_b64decode(SIGNER.token(GRANT) + "==")
    for short in range(1, 17):
        with pytest.raises(LinkForged):
            SIGNER.read(urlsafe_b64encode(raw[:-short]).rstrip(b"=").decode(), now=NOW)


def test_a_link_ends_to_the_second() -> None:
    token = SIGNER.token(GRANT)
    SIGNER.read(token, now=GRANT.ends_at - timedelta(microseconds=1))
    with pytest.raises(LinkExpired, match="2026-11-29 at 13:26 UTC") as end:
        SIGNER.read(token, now=GRANT.ends_at)
    assert end.value.grant == GRANT


def test_a_forged_link_is_forged_even_when_it_has_ended() -> None:
    token = Signer(["another key"]).token(GRANT)
    with pytest.raises(LinkForged):
        SIGNER.read(token, now=GRANT.ends_at + timedelta(days=1))


def test_keys_rotate() -> None:
    old, new, gone = SIGNER, Signer(["new", KEY]), Signer(["newer", "new"])
    token = old.token(GRANT)
    assert new.read(token, now=NOW) == GRANT
    assert gone.read(new.token(GRANT), now=NOW) == GRANT
    with pytest.raises(LinkForged):
        gone.read(token, now=NOW)
    with pytest.raises(LinkForged):
        old.read(new.token(GRANT), now=NOW)


@pytest.mark.parametrize("keys", [[], [""], ["good", ""]])
def test_an_empty_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key"):
        Signer(keys)


def test_the_links_of_a_page() -> None:
    links = LinkMaker("https://watchbill.example/", SIGNER).links(incident=12, person=ANA, channel="ntfy", now=NOW)
    prefix = "https://watchbill.example/a/"
    assert links.acknowledge_now == links.acknowledge + "/now"
    assert links.resolve_now == links.resolve + "/now"
    assert links.show == "https://watchbill.example/incidents/12"
    acknowledge = SIGNER.read(links.acknowledge.removeprefix(prefix), now=NOW)
    assert acknowledge == Grant(incident=12, person=ANA, action=Action.ACKNOWLEDGE, channel="ntfy", ends_at=NOW + LASTS)
    assert SIGNER.read(links.resolve.removeprefix(prefix), now=NOW).action is Action.RESOLVE
