"""The timeline says what happened, in order, with its sentence."""

from tests.acceptance.story import Story
from tests.asking import Ask
from watchbill.engine.facts import Acknowledged
from watchbill.engine.reasons import Reason
from watchbill.journal.queries import sentence_of, timeline
from watchbill.people.models import Person


def test_a_story_is_told_in_its_order(story: Story, ask: Ask) -> None:
    story.cast().alert("db-1 is down")
    story.does("Ana", Acknowledged)
    story.alert_ends("db-1 is down")
    entries = ask(lambda link: timeline(link, 1))
    assert [(entry.kind, entry.what, entry.reason) for entry in entries] == [
        ("fact", "AlertTriggered", "first_alert"),
        ("page", "accepted", "page_sent"),
        ("fact", "Acknowledged", "acknowledged"),
        ("fact", "AlertResolved", "last_alert_resolved"),
    ]
    acknowledged = entries[2]
    assert acknowledged.by == Person.objects.get(name="Ana").id
    assert (acknowledged.via, acknowledged.sentence) == ("story", Reason.ACKNOWLEDGED.sentence)
    assert entries[0].data["dedup_key"] == "db-1 is down"


def test_of_a_long_story_the_newest_part_is_told_in_order(story: Story, ask: Ask) -> None:
    story.cast().alert("db-1 is down")
    for _ in range(5):
        story.alert("db-1 is down")
    entries = ask(lambda link: timeline(link, 1, limit=3))
    assert [entry.reason for entry in entries] == ["alert_repeated"] * 3
    assert [entry.id for entry in entries] == sorted(entry.id for entry in entries)


def test_a_reason_of_a_newer_watchbill_is_shown_by_its_name() -> None:
    assert sentence_of("paged_by_pigeon") == "paged by pigeon"
    assert sentence_of("first_alert") == Reason.FIRST_ALERT.sentence
