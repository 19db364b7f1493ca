"""The list of rules, and the reasons that they give."""

import inspect
import re
from pathlib import Path

import msgspec
import pytest

import watchbill
from watchbill.engine import facts
from watchbill.engine.facts import Fact, OnIncident
from watchbill.engine.reasons import Reason
from watchbill.engine.step import RULES, step
from watchbill.engine.tests.build import HOUSE, Story, alert, begun

SOURCE = Path(watchbill.__file__).parent
BASES = {Fact, OnIncident}


def test_every_fact_has_its_rule():
    known = {one for _, one in inspect.getmembers(facts, inspect.isclass) if issubclass(one, Fact)}
    assert set(RULES) == known - BASES


def test_a_fact_of_no_rule_is_a_fault_of_ours():
    class Unheard(Fact, frozen=True):
        pass

    with pytest.raises(KeyError):
        step(Story().tell(alert()).case, Unheard(service=1), now=begun().incident.opened_at)


def test_every_reason_is_a_sentence_that_begins_large_and_ends():
    for reason in Reason:
        assert re.fullmatch(r"[A-Z].*[^ .]\.", reason.sentence), reason
        assert reason.value == reason.name.lower()


def test_no_two_reasons_say_the_same():
    assert len({reason.sentence for reason in Reason}) == len(Reason)


# Said of a page by the channels when they tell it in a bundle; nobody does yet.
NOT_YET_SAID = {Reason.PAGE_BUNDLED, Reason.PAGE_DIGESTED}


def test_every_reason_is_given_somewhere():
    text = "\n".join(path.read_text() for path in SOURCE.rglob("*.py") if "tests" not in path.parts)
    given = {reason for reason in Reason if re.search(rf"\bReason\.{reason.name}\b", text)}
    assert set(Reason) - given <= NOT_YET_SAID


def test_what_is_stored_comes_back_equal():
    incident = begun().incident
    for value in (incident, incident.ladder):
        assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value


@pytest.mark.parametrize("fact", [alert(), *(one for one in [facts.TimePassed(service=1, incident=1)])])
def test_facts_travel_as_json_with_their_name(fact):
    kinds = tuple(RULES)
    union = kinds[0]
    for kind in kinds[1:]:
        union = union | kind
    assert msgspec.json.decode(msgspec.json.encode(fact), type=union) == fact


def test_every_public_function_says_what_it_does():
    for path in (SOURCE / "engine").glob("*.py"):
        name = f"watchbill.engine.{path.stem}"
        module = __import__(name, fromlist=["x"])
        assert module.__doc__, name
        for word, one in inspect.getmembers(module):
            if word.startswith("_") or getattr(one, "__module__", "") != name:
                continue
            if inspect.isfunction(one) or inspect.isclass(one):
                assert one.__doc__ and not one.__doc__.startswith(f"{word}("), f"{name}.{word}"


def test_the_house_of_the_tests_is_what_build_says():
    assert [step.delay for step in HOUSE.policies[1].steps] == [300, 600]
