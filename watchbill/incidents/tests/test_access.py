"""Ana is on duty, Bo is on her team, Cy is outside and must see nothing."""

import pytest

from tests.acceptance.story import Story
from tests.asking import Ask
from watchbill import wiring
from watchbill.engine.facts import Reassigned
from watchbill.engine.words import Status
from watchbill.incidents.access import EVERYTHING, Sight, find, listed, sight_of
from watchbill.incidents.queries import Wanted
from watchbill.people.models import Person


def sight(ask: Ask, name: str) -> Sight:
    """What somebody sees."""
    directory = ask(lambda link: wiring.directory(link, 0))
    return sight_of(Person.objects.get(name=name).id, directory)


def numbers(ask: Ask, who: Sight, wanted: Wanted | None = None) -> list[int]:
    return [incident.id for incident in ask(lambda link: listed(link, who, wanted or Wanted()))]


@pytest.mark.parametrize(("name", "sees"), [("Ana", [1]), ("Bo", [1]), ("Cy", [])])
def test_a_team_sees_its_own_incidents_only(story: Story, ask: Ask, name: str, sees: list[int]) -> None:
    story.cast().alert("db-1 is down")
    who = sight(ask, name)
    assert numbers(ask, who) == sees
    assert list(ask(lambda link: find(link, who, [1, 2]))) == sees


def test_whoever_keeps_the_machine_sees_everything(story: Story, ask: Ask) -> None:
    story.cast().alert("db-1 is down")
    story.alert("index is stale", service="search")
    assert sorted(numbers(ask, EVERYTHING)) == [1, 2]


def test_cy_sees_an_incident_that_is_handed_to_cy_and_no_other(story: Story, ask: Ask) -> None:
    story.cast().alert("db-1 is down")
    story.alert("db-2 is down")
    story.does("Ana", Reassigned, people=(Person.objects.get(name="Cy").id,))
    cy = sight(ask, "Cy")
    assert numbers(ask, cy) == numbers(ask, cy, Wanted(resolved_too=True)) == [1]
    assert list(ask(lambda link: find(link, cy, [1, 2]))) == [1]


def test_somebody_whom_the_policy_may_page_sees_the_service(story: Story, ask: Ask) -> None:
    story.cast(steps=(("Ana", 300), ("Cy", 300))).alert("db-1 is down")
    assert numbers(ask, sight(ask, "Cy")) == [1]


def test_the_list_is_narrowed_and_ordered(story: Story, ask: Ask) -> None:
    story.cast().alert("can wait", severity="warning")
    story.alert("db-1 is down", severity="error")
    story.alert("db-2 is down", severity="critical")
    story.alert("search is slow", service="search")
    story.alert_ends("search is slow", service="search")
    assert numbers(ask, EVERYTHING) == [3, 2, 1]
    assert numbers(ask, EVERYTHING, Wanted(limit=1)) == [3]
    assert numbers(ask, EVERYTHING, Wanted(resolved_too=True)) == [4, 3, 2, 1]
    assert numbers(ask, EVERYTHING, Wanted(status=Status.RESOLVED)) == [4]
    assert numbers(ask, EVERYTHING, Wanted(services=frozenset())) == []
