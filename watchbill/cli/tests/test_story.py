"""The demo's story proves nothing that did not happen."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.story import Story as Told
from tests.fakes.http import HttpFake, answer
from watchbill.cli.demo import proof, watch
from watchbill.cli.demo.house import Broken
from watchbill.cli.demo.paper import distinct
from watchbill.cli.demo.phone import Phone
from watchbill.cli.demo.story import Hop, Story
from watchbill.cli.desk.sending import post
from watchbill.engine.facts import Acknowledged, Resolved

TAKEN = answer(202, b'{"status":"success","message":"Event processed","dedup_key":"k1"}')


class Facade:
    """A house of which only the front door is there."""

    def __init__(self, url: str) -> None:
        self.url = url


@pytest.fixture
def node() -> Iterator[HttpFake]:
    with HttpFake() as web:
        yield web


@pytest.fixture
def phone() -> Iterator[Phone]:
    with Phone() as listening:
        yield listening


def a_story(node: HttpFake, phone: Phone) -> Story:
    house: Any = Facade(node.url)
    return Story(house, phone, lambda hop: None, began=0)


def page(phone: Phone, title: str, link: str) -> int:
    """A page comes; answers what the phone says."""
    told = {"data": {"incident": {"number": 1, "title": title}, "links": {"acknowledge": link}}}
    return post(phone.url, json.dumps(told).encode()).status


def last(story: Story) -> Hop:
    return story.hops[-1]


def test_an_alert_that_is_refused_ends_the_story(node: HttpFake, phone: Phone) -> None:
    node.behave(answer(503, b'{"errors":["The event was not taken; try again"]}'))
    story = a_story(node, phone)
    with pytest.raises(Broken):
        story.alert()
    assert (last(story).ok, last(story).says) == (False, "Not taken (503): The event was not taken; try again")


def test_a_link_that_does_not_work_ends_the_story(node: HttpFake, phone: Phone) -> None:
    node.behave(TAKEN, then=answer(404))
    story = a_story(node, phone)
    assert page(phone, "another incident", node.url + "/wrong") == 200
    assert page(phone, story.title, node.url + "/a/link") == 200
    story.alert()
    with pytest.raises(Broken):
        story.answer()
    assert [hop.ok for hop in story.hops] == [True, True, False]
    assert last(story).says == "The link answered 404."
    assert node.requests[-1].path == "/a/link"


def test_what_is_no_page_is_not_taken_for_one(phone: Phone) -> None:
    assert post(phone.url, b"hello").status == 400
    assert post(phone.url, b'{"data":{}}').status == 400
    assert phone.wait_for("anything", 0) is None


def test_two_rounds_never_share_an_alert(node: HttpFake, phone: Phone) -> None:
    one, other = a_story(node, phone), a_story(node, phone)
    assert one.title != other.title
    assert one.dedup_key != other.dedup_key


def test_what_people_do_with_incidents_is_told_once_and_by_name(story: Told) -> None:
    story.cast().alert("db-1 is down")
    story.alert("db-2 is down")
    story.does("Ana", Acknowledged, 1)
    with psycopg.connect(story.database.url, autocommit=True) as link:
        (taken,) = watch.look(link, 0)
        story.does("Bo", Resolved, 1)
        (over,) = watch.look(link, taken.id)
    assert str(watch.line(taken)).endswith("  ACK  [#1] Ana has it; paging stopped.")
    assert str(watch.line(over)).endswith("  OVER  [#1] Bo resolved it.")


def test_a_watch_over_nothing_tells_nothing(tmp_path: Path) -> None:
    assert list(watch.Watch(tmp_path).look()) == []


def test_the_end_of_a_log_tells_each_matter_once() -> None:
    fault = [{"exc_type": "OSError", "exc_value": "[Errno 98] address already in use", "frames": []}]
    lines = [
        json.dumps({"event": "node.failed", "level": "error", "timestamp": at, "exception": fault}) for at in range(12)
    ]
    assert distinct([*lines, "plain", "", '{"event": "other", "port": 1, "why": "so"}', "plain"]) == [
        ("error: node.failed OSError: [Errno 98] address already in use", 12),
        ("plain", 2),
        ("other why=so", 1),
    ]


def test_the_proof_names_what_the_journal_does_not_say(story: Told) -> None:
    story.cast().alert("db-1 is down")
    asked = proof._missing(story.database.url, proof.Round(1, "db-1 is down"), 0)
    assert asyncio.run(asked) == [
        "no line says that the phone's provider took the page",
        "no line says that Ana acknowledged by the link",
        "no line says that the end of the alert resolved the incident",
        "the incident is triggered, not resolved",
    ]
