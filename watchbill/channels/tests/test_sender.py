"""What a page is told with, from the rows to the channel."""

from collections.abc import Iterator

import pytest
from msgspec import Raw

from tests.acceptance.story import Story
from tests.database import Database
from watchbill.channels.contract import Message
from watchbill.engine.facts import AlertTriggered
from watchbill.engine.words import Severity
from watchbill.people.models import Person

LINKS = b'{"links": [{"href": "https://graph.example", "text": "Source"}, {"href": "https://wiki.example/lb", "text": "Runbook"}]}'


@pytest.fixture
def story(database: Database) -> Iterator[Story]:
    told = Story(database)
    told.at("2026-11-22 02:00")
    yield told.cast()
    told.close()


def paged(story: Story) -> Message:
    return story.phones["sms"].told[-1]


def happens(story: Story, key: str, *, source: str, body: bytes = b"{}") -> None:
    service = story._service("checkout")
    fact = AlertTriggered(
        service=service, dedup_key=key, summary=key, severity=Severity.CRITICAL, source=source, body=Raw(body)
    )
    story.happens(fact)


def test_a_page_says_what_is_broken_where_to_look_and_in_whose_time(story: Story) -> None:
    Person.objects.filter(name="Ana").update(time_zone="Europe/Berlin")
    happens(story, "lb", source="lb-3.eu-west", body=LINKS)
    message = paged(story)
    assert (message.source, message.runbook) == ("lb-3.eu-west", "https://wiki.example/lb")
    assert message.zone == "Europe/Berlin"


def test_where_nothing_is_known_nothing_is_said(story: Story) -> None:
    happens(story, "lb", source="")
    message = paged(story)
    assert (message.source, message.runbook, message.zone) == ("", "", "UTC")


def test_of_several_alerts_the_first_is_told(story: Story) -> None:
    story.set_service("checkout", grouping="window", grouping_window=600)
    happens(story, "a", source="lb-1", body=LINKS)
    happens(story, "b", source="lb-2")
    story.fast_forward(seconds=300)
    message = paged(story)
    assert (message.person, message.source, message.runbook) == ("Bo", "lb-1", "https://wiki.example/lb")
