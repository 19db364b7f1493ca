"""What is foreseen is what then happens."""

from datetime import timedelta

from tests.acceptance.story import Story
from tests.asking import Ask
from watchbill import wiring
from watchbill.engine.facts import Acknowledged, Resolved, Snoozed
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity
from watchbill.incidents.foresight import foresee, rehearse
from watchbill.incidents.load import by_number
from watchbill.people.models import Person
from watchbill.runtime.submit import round_robins


def seen(ask: Ask, number: int = 1):
    """The incident, the directory and the turns as the database has them."""

    async def question(link):
        (incident,) = await by_number(link, [number])
        directory = await wiring.directory(link, 0)
        return incident, directory, await wiring.ROAD.turns(link, round_robins(directory))

    return ask(question)


def names(coming):
    people = {person.id: person.name for person in Person.objects.all()}
    return [people[page.person] for page in coming.pages]


def test_the_next_steps_are_foreseen_with_their_times_and_people(story: Story, ask: Ask) -> None:
    story.cast().alert("db-1 is down")
    began = story.now
    coming = foresee(*seen(ask))
    assert [(one.at - began, names(one), one.reason) for one in coming] == [
        (timedelta(minutes=5), ["Bo"], Reason.STEP_TIMED_OUT),
        (timedelta(minutes=10), ["Ana", "Bo"], Reason.LADDER_EXHAUSTED),
    ]


def test_what_was_foreseen_happens(story: Story, ask: Ask) -> None:
    story.cast(repeat=1).alert("db-1 is down")
    story.expect_page("Ana")
    coming = foresee(*seen(ask))
    foreseen = [(one.at, name) for one in coming for name in names(one)]
    story.fast_forward(hours=2)
    happened = [(when, message.person) for when, _, message in story._told[1:]]
    assert happened == foreseen


def test_a_second_rule_of_the_same_person_is_foreseen(story: Story, ask: Ask) -> None:
    story.cast()
    story.rule("Ana", "email", 120)
    story.alert("db-1 is down")
    first = foresee(*seen(ask))[0]
    assert (first.reason, names(first)) == (Reason.NEXT_RULE_DUE, ["Ana"])


def test_an_acknowledged_incident_waits_and_a_snoozed_one_comes_back(story: Story, ask: Ask) -> None:
    story.cast().alert("db-1 is down")
    story.does("Ana", Acknowledged)
    assert foresee(*seen(ask)) == []
    until = story.now + timedelta(minutes=30)
    story.does("Ana", Snoozed, until=until)
    first = foresee(*seen(ask))[0]
    assert (first.at, first.reason, names(first)) == (until, Reason.SNOOZE_OVER, ["Ana"])


def test_nothing_comes_of_a_resolved_incident(story: Story, ask: Ask) -> None:
    story.cast().alert("db-1 is down")
    story.does("Ana", Resolved)
    assert foresee(*seen(ask)) == []


def test_a_rehearsal_tells_the_ladder_and_writes_nothing(story: Story, ask: Ask) -> None:
    story.cast()
    directory = ask(lambda link: wiring.directory(link, 0))
    (checkout,) = (service for service in directory.services.values() if service.name == "checkout")
    coming = rehearse(checkout.id, directory, Severity.CRITICAL, {}, now=story.now)
    assert [names(one) for one in coming] == [["Ana"], ["Bo"], ["Ana", "Bo"]]
    assert coming[0].at == story.now
    assert story.database.link.execute("SELECT count(*) FROM incident").fetchone() == (0,)


def test_where_nobody_can_be_reached_it_says_so_once(story: Story, ask: Ask) -> None:
    story.cast()
    for name in ("Ana", "Bo", "Cy"):
        story.switch_off(name)
    directory = ask(lambda link: wiring.directory(link, 0))
    service = next(iter(directory.services))
    reasons = [one.reason for one in rehearse(service, directory, Severity.CRITICAL, {}, now=story.now)]
    assert set(reasons) == {Reason.NOBODY_AT_ALL}
    assert len(reasons) <= 2
