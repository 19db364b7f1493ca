"""What stands on the terminal."""

import io

import pytest

from watchbill.channels.adapters.console.adapter import Console
from watchbill.channels.contract import BadSettings
from watchbill.channels.tests.messages import AWKWARD, BUNDLE, notice, now, page
from watchbill.engine.words import Urgency


async def printed(**changes: object) -> str:
    stream = io.StringIO()
    await Console(stream, now=now).send(page({}, **changes))
    return stream.getvalue()


async def test_a_page_is_a_block_that_one_can_answer_from() -> None:
    message = page({})
    assert await printed() == (
        "13:26:42 UTC  PAGE  [#12] Critical: Card payments fail with 502 from the acquirer (payments-api) → Ana Silva\n"
        "             2.1 s after it began, on time. The first step of the escalation policy pages.\n"
        f"             acknowledge  {message.links.acknowledge}\n"
        f"             resolve      {message.links.resolve}\n"
    )


async def test_the_time_is_that_of_whoever_is_paged() -> None:
    assert (await printed(zone="Europe/Berlin")).startswith("14:26:42 CET  PAGE  [#12]")


async def test_a_late_page_says_so_and_a_bundle_is_listed() -> None:
    text = await printed(late=75, attempt=2, bundle=BUNDLE, bundle_total=5, urgency=Urgency.LOW)
    assert " page  [#12]" in text
    assert "1 min 15 s late, attempt 2." in text
    assert "also #13 Error: Checkout p99 above 4 s (checkout)" in text
    assert "and 3 more" in text


async def test_a_title_cannot_steer_the_terminal_or_the_markup() -> None:
    text = await printed(title=AWKWARD["terminal"], why=AWKWARD["two lines"])
    assert not any((sign < " " and sign != "\n") or "\x7f" <= sign < "\xa0" for sign in text)
    assert "Bcc: everyone@example.com owned" in text
    assert "Critical: red 31m" not in text and "Critical: red and nul (" in text
    assert "[bold]not bold[/bold]" in await printed(title=AWKWARD["markup"])


async def test_a_notice_is_quieter_than_a_page() -> None:
    stream = io.StringIO()
    await Console(stream, now=now).tell(notice({}, url="https://watchbill.example/incidents/12"))
    assert stream.getvalue() == (
        "14:26:42 CET  note  Your duty in Primary begins at Mon 2026-11-30 09:00 CET → Ana Silva\n"
        "             You take over from Bo.\n"
        "             Times are those of Europe/Berlin.\n"
        "             https://watchbill.example/incidents/12\n"
    )


async def test_a_notice_cannot_steer_the_terminal() -> None:
    stream = io.StringIO()
    await Console(stream, now=now).tell(notice({}, subject=AWKWARD["terminal"], body=AWKWARD["terminal"]))
    assert not any((sign < " " and sign != "\n") or "\x7f" <= sign < "\xa0" for sign in stream.getvalue())


async def test_settings_are_refused() -> None:
    with pytest.raises(BadSettings, match="colour"):
        Console(io.StringIO(), now=now).check({"colour": "red"})
