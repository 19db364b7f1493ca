"""Bodies: in pieces, too large, too slow, and not what was promised."""

import pytest

from watchbill.intake.formats.events_v2.wire import WIRE as EVENTS_V2
from watchbill.intake.tests.fakes import ANAS_KEY, bearer, event

LIMIT = EVENTS_V2.limit


async def test_a_body_in_pieces(sender):
    body = event()
    headers = {"Content-Length": str(len(body))}
    answer = await sender.send("/v2/enqueue", body[:10], b"", body[10:50], body[50:], headers=headers)
    assert answer.status == 202


async def test_the_largest_body_is_taken_and_one_byte_more_is_not(sender):
    body = event(client="x" * (LIMIT - len(event(client=""))))
    assert len(body) == LIMIT
    assert (await sender.send("/v2/enqueue", body)).status == 202
    answer = await sender.send("/v2/enqueue", body, b" ")
    assert answer.status == 413
    assert answer.json["errors"] == ["The body is larger than 524288 bytes."]


async def test_a_declared_giant_is_read_to_its_end_and_thrown_away(sender):
    headers = {"Content-Length": str(3 * LIMIT)}
    answer = await sender.send("/v2/enqueue", *[b"x" * LIMIT] * 3, headers=headers)
    assert answer.status == 413
    assert sender.pieces_read == 4


@pytest.mark.parametrize(
    "headers",
    [{"Content-Length": str(10**12)}, {"Content-Length": str(LIMIT + 1), "Expect": "100-continue"}],
)
async def test_what_is_far_too_much_is_not_even_begun(sender, headers):
    answer = await sender.send("/v2/enqueue", b"x", headers=headers)
    assert answer.status == 413
    assert sender.pieces_read == 0


async def test_a_stream_without_end_is_answered(sender):
    answer = await sender.send("/v2/enqueue", *[b"x" * LIMIT] * 100)
    assert answer.status == 413
    assert sender.pieces_read < 40


@pytest.mark.parametrize("pieces", [(), (b"",), (b"  \n",)])
async def test_no_body_is_refused(sender, pieces):
    answer = await sender.send("/v2/enqueue", *pieces)
    assert (answer.status, answer.json["errors"]) == (400, ["The body is empty."])


async def test_a_body_that_stalls_is_503_so_that_it_is_sent_again(sender, road):
    answer = await sender.send("/v2/enqueue", event()[:20], stalls=True)
    assert answer.status == 503
    answer = await sender.send("/v2/enqueue", stalls=True)
    assert answer.status == 503
    assert road.taken == []


async def test_a_sender_that_leaves_in_its_body_gets_nothing(sender, road, counts):
    for pieces in ((), (event(),)):
        answer = await sender.send("/v2/enqueue", *pieces, leaves=True)
        assert answer.status == 0
    assert road.taken == []
    assert counts == [("gone", "events_v2")] * 2


@pytest.mark.parametrize("claimed", [-5, 5])
async def test_a_body_of_another_length_than_claimed_is_not_taken(sender, road, claimed):
    batch = event() + b"\n" + event()
    headers = {**bearer(ANAS_KEY), "Content-Length": str(len(batch) + claimed)}
    answer = await sender.send("/v1/events", batch, headers=headers)
    assert answer.status == 0
    assert road.taken == []


async def test_a_sender_that_left_before_the_answer_changes_nothing(sender, road):
    await sender.send("/v2/enqueue", event(), deaf=True)
    assert len(road.taken) == 1
