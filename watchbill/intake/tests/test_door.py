"""The door, driven as an ASGI application with a fake road behind it."""

import asyncio
import json

import pytest

from watchbill.engine.facts import AlertResolved, AlertTriggered, ChangeReported
from watchbill.intake.budget import GUESSES_BURST
from watchbill.intake.door import Door
from watchbill.intake.tests.fakes import (
    ANAS,
    ANAS_KEY,
    BOS_KEY,
    CYS_KEY,
    Sender,
    bearer,
    directory_of,
    event,
    message,
)
from watchbill.runtime.road import Unavailable

# what is taken


async def test_a_trigger_is_answered_as_pagerduty_does(sender, road, counts):
    answer = await sender.send("/v2/enqueue", event())
    assert answer.status == 202
    assert answer.json == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "k",
    }
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.body)
    ((fact,),) = road.taken
    assert isinstance(fact, AlertTriggered)
    assert (fact.service, fact.integration) == (3, 7)
    assert counts == [("accepted", "events_v2")]


async def test_every_trigger_without_a_key_gets_its_own(sender, road):
    answers = [await sender.send("/v2/enqueue", event(dedup_key="")) for _ in range(2)]
    keys = [answer.json["dedup_key"] for answer in answers]
    assert len(set(keys)) == 2
    assert [facts[0].dedup_key for facts in road.taken] == keys


async def test_nothing_is_answered_before_the_commit(sender, road):
    road.gate.clear()
    sending = asyncio.create_task(sender.send("/v2/enqueue", event()))
    await road.waiting.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not sending.done()
    road.gate.set()
    assert (await sending).status == 202


async def test_a_change_event(sender, road):
    body = json.dumps({"routing_key": ANAS_KEY, "payload": {"summary": "deploy"}}).encode()
    answer = await sender.send("/v2/change/enqueue", body)
    assert (answer.status, answer.json["message"]) == (202, "Change event processed")
    assert isinstance(road.taken[0][0], ChangeReported)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/v1/alertmanager/{BOS_KEY}", {}),
        ("/v1/alertmanager", bearer(BOS_KEY)),
        (
            "/v1/alertmanager",
            {"Authorization": "Basic YW55Ym9keTpiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYg=="},
        ),
        (f"/v1/alertmanager/{BOS_KEY}", bearer("of a proxy")),
    ],
)
async def test_an_alertmanager_message_is_one_submit(sender, road, path, headers):
    answer = await sender.send(path, message("one", "two"), headers=headers)
    assert (answer.status, answer.json) == (200, {"accepted": 2})
    ((one, two),) = road.taken
    assert (one.dedup_key, one.integration, two.dedup_key) == ("one", 8, "two")


async def test_a_batch_answers_its_bad_lines(sender, road, counts):
    body = event() + b"\nrubbish\n" + event(event_action="resolve")
    answer = await sender.send("/v1/events", body, headers=bearer(ANAS_KEY))
    assert answer.status == 202
    assert (answer.json["accepted"], answer.json["rejected"][0]["line"]) == (2, 2)
    assert [type(fact) for fact in road.taken[0]] == [AlertTriggered, AlertResolved]
    assert counts == [("accepted", "native")] * 2 + [("invalid", "native")]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "said"),
    [
        (
            "/v2/enqueue",
            event(),
            {},
            202,
            {
                "status": "success",
                "message": "Event kept on this node's disk; it is processed when the database is back",
                "dedup_key": "k",
            },
        ),
        (
            "/v2/change/enqueue",
            json.dumps({"routing_key": ANAS_KEY, "payload": {"summary": "deploy"}}).encode(),
            {},
            202,
            {
                "status": "success",
                "message": "Change event kept on this node's disk; it is processed when the database is back",
            },
        ),
        ("/v1/alertmanager", message("one"), bearer(BOS_KEY), 200, {"accepted": 1, "spooled": True}),
        ("/v1/events", event(), bearer(ANAS_KEY), 202, {"accepted": 1, "rejected": [], "spooled": True}),
    ],
)
async def test_what_is_only_on_the_nodes_disk_is_said_on_every_wire(
    sender, road, counts, path, body, headers, status, said
):
    committed = await sender.send(path, body, headers=headers)
    assert "watchbill-spooled" not in committed.headers and "spooled" not in committed.json
    road.spooling = True
    answer = await sender.send(path, body, headers=headers)
    assert (answer.status, answer.json, answer.headers["watchbill-spooled"]) == (status, said, "true")
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert [outcome for outcome, _ in counts] == ["accepted", "spooled"]


async def test_an_empty_alertmanager_message_submits_nothing(sender, road):
    answer = await sender.send("/v1/alertmanager", message(), headers=bearer(BOS_KEY))
    assert answer.status == 200
    assert road.taken == []


async def test_a_key_opens_its_service_on_every_wire(sender, road):
    await sender.send("/v1/alertmanager", message("x"), headers=bearer(ANAS_KEY))
    await sender.send("/v2/enqueue", event(BOS_KEY))
    assert [facts[0].integration for facts in road.taken] == [7, 8]


@pytest.mark.parametrize("path", ["/v2/enqueue/", "//v2/enqueue", "/v2//enqueue"])
async def test_careless_slashes_are_no_redirect(sender, path):
    assert sender.door.handles(path)
    assert (await sender.send(path, event())).status == 202


@pytest.mark.parametrize(
    "path", ["/", "", "/v2", "/v2/enqueue/x", "/v1/alertmanager/k/x", "/v1/events/k", "/V2/enqueue"]
)
async def test_other_paths_are_not_the_doors(sender, path):
    assert not sender.door.handles(path)


@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/plain; charset=UTF-8", "application/x-www-form-urlencoded", ""],
)
async def test_json_is_taken_whatever_it_is_called(sender, kind):
    assert (await sender.send("/v2/enqueue", event(), headers={"Content-Type": kind})).status == 202


# what is refused


async def test_a_real_form_is_told_to_send_json(sender):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await sender.send("/v2/enqueue", b"--x\r\n", headers=headers)
    assert answer.status == 400
    assert answer.json["status"] == "Unrecognized object"
    assert answer.json["errors"][0].endswith("The Content-Type is multipart/form-data; send application/json.")


@pytest.mark.parametrize(
    "body", [b'{"a":1,"a":2}', b'{"a":"\\u0000"}', b'{"a":"\\ud800"}', b"[1]", b'{"a":' + b"9" * 5000 + b"}"]
)
async def test_the_content_type_is_not_to_blame_for_json_that_will_not_do(sender, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await sender.send("/v2/enqueue", body, headers=headers)
    assert answer.status == 400
    assert "Content-Type" not in answer.json["errors"][0]


async def test_a_compressed_body_is_told_so(sender):
    answer = await sender.send("/v2/enqueue", b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert answer.status == 400
    assert "compressed (gzip)" in answer.json["errors"][0]


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", ["/v2/enqueue", "/v1/alertmanager/" + BOS_KEY, "/v1/events"])
async def test_only_post(sender, method, path):
    answer = await sender.send(path, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


async def test_an_unknown_key_is_refused_only_after_the_database_said_so(sender, road, counts):
    answer = await sender.send("/v2/enqueue", event(CYS_KEY))
    assert answer.status == 400
    assert answer.json == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["Invalid routing key"],
    }
    assert road.refreshed == 1
    assert counts == [("unknown_key", "events_v2")]


async def test_a_key_of_another_length_is_told_so_as_pagerduty_does(sender):
    answer = await sender.send("/v2/enqueue", event("short"))
    assert answer.json["errors"] == ["Length of 'routing_key' is incorrect (should be 32 characters)"]


async def test_a_key_that_was_made_this_second_works(sender, road):
    road.fresh = directory_of(**{CYS_KEY: ANAS})
    assert (await sender.send("/v2/enqueue", event(CYS_KEY))).status == 202


async def test_an_unknown_key_while_the_database_is_away_is_our_fault(sender, road):
    road.away = Unavailable("away", retry_after=4)
    for path, body in (("/v2/enqueue", event(CYS_KEY)), ("/v1/alertmanager/" + CYS_KEY, b"{}")):
        answer = await sender.send(path, body)
        assert answer.status == 503
        assert 4 <= int(answer.headers["retry-after"]) <= 6


@pytest.mark.parametrize("path", ["/v1/alertmanager", "/v1/events"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic !!!"}, bearer(CYS_KEY)])
async def test_header_wires_answer_401(sender, road, path, headers):
    answer = await sender.send(path, message("x"), headers=headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert road.taken == []


async def test_the_body_of_an_unknown_sender_is_read_but_not_kept(sender):
    await sender.send("/v1/events", b"x", b"y", b"z", headers=bearer(CYS_KEY))
    assert sender.pieces_read == 4


async def test_nobody_guesses_keys_for_long_and_known_keys_do_not_mind(road):
    sender = Sender(Door(road))
    statuses = [(await sender.send("/v2/enqueue", event(f"{n:032}"))).status for n in range(int(GUESSES_BURST) + 3)]
    assert statuses == [400] * int(GUESSES_BURST) + [429] * 3
    assert road.refreshed == GUESSES_BURST
    assert (await sender.send("/v2/enqueue", event())).status == 202
    assert (await Sender(sender.door, "192.0.2.2").send("/v2/enqueue", event(CYS_KEY))).status == 400


async def test_a_huge_key_is_unknown_and_not_remembered(sender):
    assert (await sender.send("/v2/enqueue", event("k" * 400_000))).status == 400


# budgets


async def test_over_budget_is_429_for_pagerduty_and_503_for_alertmanager(sender, road):
    for _ in range(10):
        assert (await sender.send("/v2/enqueue", event())).status == 202
    answer = await sender.send("/v2/enqueue", event())
    assert answer.status == 429
    assert answer.json["status"] == "throttle exceeded"
    assert int(answer.headers["retry-after"]) >= 1
    answer = await sender.send("/v1/alertmanager", message("x"), headers=bearer(ANAS_KEY))
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert len(road.taken) == 10


async def test_resolves_still_pass_when_triggers_no_longer_do(sender):
    while (await sender.send("/v2/enqueue", event())).status == 202:
        pass
    resolve = event(event_action="resolve")
    statuses = [(await sender.send("/v2/enqueue", resolve)).status for _ in range(41)]
    assert statuses == [202] * 40 + [429]


async def test_an_outage_of_ours_costs_no_sender_its_budget(sender, road):
    road.away = Unavailable("away")
    for action in ("trigger", "resolve"):
        for _ in range(50):
            answer = await sender.send("/v2/enqueue", event(event_action=action))
            assert answer.status == 503
    road.away = None
    for _ in range(10):
        assert (await sender.send("/v2/enqueue", event())).status == 202
    assert (await sender.send("/v2/enqueue", event())).status == 429


async def test_one_integrations_storm_is_not_anothers(sender):
    while (await sender.send("/v2/enqueue", event())).status == 202:
        pass
    assert (await sender.send("/v2/enqueue", event(BOS_KEY))).status == 202


# our own faults


ROADS = [
    ("/v2/enqueue", event(), {}),
    ("/v2/change/enqueue", event(), {}),
    ("/v1/alertmanager", message("x"), bearer(ANAS_KEY)),
    ("/v1/events", event(), bearer(ANAS_KEY)),
]


@pytest.mark.parametrize(("path", "body", "headers"), ROADS)
async def test_the_database_away_is_503_in_the_wires_own_shape(sender, road, path, body, headers):
    road.away = Unavailable("The database cannot be reached.", retry_after=10)
    answer = await sender.send(path, body, headers=headers)
    assert answer.status == 503
    assert answer.json["errors"] == ["The database cannot be reached."]
    assert 10 <= int(answer.headers["retry-after"]) <= 15


@pytest.mark.parametrize(("path", "body", "headers"), ROADS)
async def test_a_mistake_of_ours_is_503_and_tells_nothing(sender, road, path, body, headers, counts):
    road.broken = ZeroDivisionError("secret of the house")
    answer = await sender.send(path, body, headers=headers)
    assert answer.status == 503
    assert "retry-after" in answer.headers
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert counts[-1][0] == "failed"


async def test_a_counter_that_fails_does_not_make_an_event_look_lost(road):
    def observe(outcome: str, wire: str, events: int) -> None:
        raise ZeroDivisionError

    answer = await Sender(Door(road, observe=observe)).send("/v2/enqueue", event())
    assert answer.status == 202
    assert len(road.taken) == 1


async def test_senders_do_not_come_back_in_step(sender, road):
    road.away = Unavailable("away", retry_after=30)
    waits = {int((await sender.send("/v2/enqueue", event())).headers["retry-after"]) for _ in range(50)}
    assert len(waits) > 3
    assert min(waits) >= 30
    assert max(waits) <= 45
