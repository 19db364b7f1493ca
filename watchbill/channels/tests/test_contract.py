"""The promises that every channel keeps, whatever it talks to (see contract.py)."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from watchbill.channels.contract import BadSettings, Message, Notice, Outcome, Receipt
from watchbill.channels.tests import messages
from watchbill.channels.tests.messages import AWKWARD, BUNDLE, notice, page
from watchbill.channels.tests.rigs import RIGS, TOTAL, Rig


@pytest.fixture(params=list(RIGS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with RIGS[request.param]() as rig:
        yield rig


@pytest.fixture(params=list(RIGS))
async def hasty(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with RIGS[request.param](hasty=True) as rig:
        yield rig


async def test_a_page_is_accepted(rig: Rig) -> None:
    receipt = await rig.channel.send(page(rig.settings))
    assert receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED)
    assert not receipt.permanent
    assert receipt.detail
    assert rig.heard() == 1


async def test_a_notice_is_accepted(rig: Rig) -> None:
    receipt = await rig.channel.tell(notice(rig.settings))
    assert receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED)
    assert receipt.detail
    assert rig.heard() == 1


@pytest.mark.parametrize("say", [page, notice], ids=["page", "notice"])
async def test_each_fault_gives_its_receipt_in_time_and_gives_no_secret_away(
    hasty: Rig, say: Callable[[dict[str, Any]], Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert hasty.faults
    wrong = []
    for name, (do, expected) in hasty.faults.items():
        do()
        receipt, took = await timed(said(hasty, say(hasty.settings)))
        got = (receipt.outcome, receipt.permanent, receipt.retry_after)
        if got != expected:
            wrong.append(f"{name}: {got} instead of {expected} ({receipt.detail})")
        if took > TOTAL + 1:
            wrong.append(f"{name}: took {took:.2f} s")
        if not receipt.detail or said_a_secret(hasty, repr(receipt)):
            wrong.append(f"{name}: {receipt.detail!r}")
    assert not wrong, "\n".join(wrong)
    assert not said_a_secret(hasty, caplog.text)


@pytest.mark.parametrize("say", [page, notice], ids=["page", "notice"])
async def test_a_channel_whose_other_side_is_gone_says_that_nothing_was_sent(
    rig: Rig, say: Callable[[dict[str, Any]], Any]
) -> None:
    if rig.stop is None:
        pytest.skip("there is no other side")
    await rig.stop()
    receipt, took = await timed(said(rig, say(rig.settings)))
    assert receipt.outcome is Outcome.FAILED
    assert not receipt.permanent
    assert took < 1


async def test_a_channel_works_again_after_each_fault(hasty: Rig) -> None:
    if hasty.mend is None:
        pytest.skip("there is no other side")
    for name, (do, _) in hasty.faults.items():
        do()
        await hasty.channel.send(page(hasty.settings))
        hasty.mend()
        receipt = await hasty.channel.send(page(hasty.settings))
        assert receipt.outcome is Outcome.ACCEPTED, f"after {name}: {receipt.detail}"


@pytest.mark.parametrize("title", AWKWARD.values(), ids=AWKWARD.keys())
async def test_whatever_the_title_a_page_is_sent(rig: Rig, title: str) -> None:
    message = page(rig.settings, title=title, service=title[:80], person=title[:80], source=title, why=title or "why")
    receipt = await rig.channel.send(message)
    assert receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED), receipt.detail
    assert rig.heard() == 1


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
async def test_whatever_its_words_a_notice_is_told(rig: Rig, text: str) -> None:
    receipt = await rig.channel.tell(notice(rig.settings, subject=text or "-", body=text, person=text[:80]))
    assert receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED), receipt.detail
    assert rig.heard() == 1


async def test_a_bundle_is_one_message(rig: Rig) -> None:
    receipt = await rig.channel.send(page(rig.settings, bundle=BUNDLE, bundle_total=41, late=200))
    assert receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED)
    assert rig.heard() == 1


async def test_many_at_once_are_all_sent(rig: Rig) -> None:
    receipts = await asyncio.gather(*(rig.channel.send(page(rig.settings, page=number)) for number in range(40)))
    assert all(each.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED) for each in receipts)
    assert rig.heard() == 40


async def test_good_settings_pass_and_bad_ones_are_named(rig: Rig) -> None:
    rig.channel.check(rig.settings)
    for field in rig.channel.capabilities.fields:
        if field.required:
            without = {name: value for name, value in rig.settings.items() if name != field.name}
            with pytest.raises(BadSettings, match=re.escape(field.name)):
                rig.channel.check(without)
        for bad in (7, ["x"], "line\nbreak", "x" * 5000):
            with pytest.raises(BadSettings) as refusal:
                rig.channel.check({**rig.settings, field.name: bad})
            assert not said_a_secret(rig, str(refusal.value))


async def test_capabilities_describe_the_channel(rig: Rig, request: pytest.FixtureRequest) -> None:
    capabilities = rig.channel.capabilities
    assert rig.channel.name == request.node.callspec.params["rig"]
    assert capabilities.retry_for > 0
    assert capabilities.per_minute is None or capabilities.per_minute > 0
    names = [field.name for field in capabilities.fields]
    assert len(set(names)) == len(names)
    assert all(field.help.endswith(".") for field in capabilities.fields)
    assert set(rig.settings) <= set(names)


async def test_closing_twice_does_no_harm(rig: Rig) -> None:
    await rig.channel.send(page(rig.settings))
    await rig.channel.close()
    await rig.channel.close()


def said(rig: Rig, what: Message | Notice) -> Awaitable[Receipt]:
    """A page is sent, a notice told."""
    return rig.channel.send(what) if isinstance(what, Message) else rig.channel.tell(what)


def said_a_secret(rig: Rig, text: str) -> bool:
    tokens = [link.rsplit("/a/")[1].split("/")[0] for link in links()]
    return any(secret in text for secret in (*rig.secrets, *tokens)) or any(
        secret in repr(vars(rig.channel)) for secret in rig.secrets
    )


def links() -> tuple[str, str]:
    made = messages.page({}).links
    return made.acknowledge, made.resolve


async def timed(sending: Awaitable[Any]) -> tuple[Any, float]:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    receipt = await sending
    return receipt, loop.time() - begun
