"""People are found by their address, and named."""

from tests.acceptance.story import Story
from tests.asking import Ask
from watchbill.people.queries import by_email, everybody, method_names


def test_a_person_is_found_by_address_whatever_its_capitals(story: Story, ask: Ask) -> None:
    story.cast()
    found = ask(lambda link: by_email(link, "ANA@Example.org"))
    assert (found.name, found.email, found.active) == ("Ana", "ana@example.org", True)
    assert ask(lambda link: by_email(link, "zoe@example.org")) is None


def test_everybody_is_known_also_who_left(story: Story, ask: Ask) -> None:
    story.cast().switch_off("Bo")
    people = ask(everybody)
    assert {person.name: person.active for person in people.values()} == {"Ana": True, "Bo": False, "Cy": True}
    methods = ask(method_names)
    assert {(people[method.person].name, method.name, method.channel) for method in methods.values()} == {
        (name, "sms", "sms") for name in ("Ana", "Bo", "Cy")
    }
