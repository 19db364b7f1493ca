"""Every rule of the house: first against its own examples, then against the tree."""

import pytest

from tests.architecture.rule import Rule
from tests.architecture.rules import RULES_OF_CODE, RULES_OF_TEXT
from tests.architecture.source import all_sources, python_sources

RULES = RULES_OF_CODE + RULES_OF_TEXT

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@each_rule
def test_a_rule_refuses_its_bad_examples_and_lets_its_good_ones_pass(rule: Rule):
    for text in rule.bad:
        assert rule.broken_by(rule.example(text)), f"should be refused: {text}"
    for text in rule.good:
        assert not rule.broken_by(rule.example(text)), f"should pass: {text}"


@each_rule
def test_a_rule_says_why_and_what_to_do_instead(rule: Rule):
    assert rule.bad
    assert rule.good
    assert len(rule.why.split()) > 5
    assert len(rule.instead.split()) > 5


@each_rule
def test_the_tree_keeps_the_rule(rule: Rule):
    sources = python_sources() if rule in RULES_OF_CODE else all_sources()
    complaints = list(rule.complaints(sources))
    assert not complaints, rule.explain(complaints)
