"""How one person is woken: the person's own rules."""

import pytest
from msgspec.structs import replace

from watchbill.engine.case import Paging
from watchbill.engine.directory import ContactMethod, NotificationRule, Person
from watchbill.engine.notification import pages_due, quiet_methods, reachable, rules_of
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import (
    ANA,
    HOUSE,
    at,
    begun,
    high,
    low,
    mail,
    paged,
    pages,
    person,
    phone,
    with_people,
    with_service,
)
from watchbill.engine.words import Urgency, UrgencyRule

CALL, WRITE = phone(ANA), mail(ANA)


@pytest.mark.parametrize(
    ("who", "urgency", "found"),
    [
        (person(ANA, high(0, CALL), low(60, WRITE)), Urgency.HIGH, [(0, CALL)]),
        (person(ANA, high(0, CALL), low(60, WRITE)), Urgency.LOW, [(60, WRITE)]),
        (person(ANA, high(0, WRITE), high(120, CALL)), Urgency.HIGH, [(0, WRITE), (120, CALL)]),
        # none for this urgency: those for the other serve
        (person(ANA, high(30, CALL)), Urgency.LOW, [(30, CALL)]),
        (person(ANA, low(30, CALL)), Urgency.HIGH, [(30, CALL)]),
        # none at all: every method at once
        (person(ANA), Urgency.LOW, [(0, CALL), (0, WRITE)]),
        (person(ANA, phone_on=False), Urgency.HIGH, [(0, WRITE)]),
        # a rule whose method is switched off does not count
        (person(ANA, high(0, CALL), high(60, WRITE), phone_on=False), Urgency.HIGH, [(60, WRITE)]),
        (person(ANA, high(0, CALL), phone_on=False), Urgency.HIGH, [(0, WRITE)]),
        (person(ANA, high(0, CALL), low(60, WRITE), phone_on=False), Urgency.HIGH, [(60, WRITE)]),
        # a rule for a method that is gone does not count
        (person(ANA, NotificationRule(Urgency.HIGH, 0, 99)), Urgency.HIGH, [(0, CALL), (0, WRITE)]),
        (person(ANA, phone_on=False, mail_on=False), Urgency.HIGH, []),
    ],
)
def test_which_rules(who, urgency, found):
    assert [(rule.delay, rule.method) for rule in rules_of(who, urgency)] == found


@pytest.mark.parametrize(
    ("who", "can_be"),
    [
        (person(ANA), True),
        (person(ANA, phone_on=False), True),  # one road is enough
        (person(ANA, phone_on=False, mail_on=False), False),
        (person(ANA, active=False), False),
        (person(ANA, methods=()), False),
        (None, False),
    ],
)
def test_who_can_be_reached(who, can_be):
    assert reachable(who) is can_be


RULES = person(ANA, high(0, CALL), high(60, WRITE), high(60, CALL), high(120, CALL))


@pytest.mark.parametrize(
    ("told_to", "seconds", "found", "then"),
    [
        (-1, 0, [(CALL, 0)], 0),
        (0, 0, [], 0),  # asked again, told nothing again
        (0, 59.999, [], 0),  # to the second
        (0, 60, [(WRITE, 0), (CALL, 0)], 60),
        (60, 120, [(CALL, 0)], 120),  # the same phone a second time
        (120, 9999, [], 120),
        (-1, 600, [(CALL, 600), (WRITE, 540)], 120),  # after an outage each road once, marked late
        (0, 121.9, [(WRITE, 61), (CALL, 61)], 120),  # whole seconds, rounded down
    ],
)
def test_when(told_to, seconds, found, then):
    incident = begun().incident
    moved, due = pages_due(Paging(ANA, at(0), told_to), RULES, incident, reason=Reason.FIRST_PAGE, now=at(seconds))
    assert [(page.method, page.late) for page in due] == found
    assert moved == Paging(ANA, at(0), then)


def test_a_dead_method_is_passed_over():
    paging = Paging(ANA, at(0), failed=(CALL,))
    moved, due = pages_due(paging, RULES, begun().incident, reason=Reason.FIRST_PAGE, now=at(60))
    assert ([page.method for page in due], moved.told_to) == ([WRITE], 60)


def test_methods_that_begin_at_once_are_told_the_same_reason():
    story = begun()
    (_, decision) = story.wait()
    assert {page.reason for page in pages(decision)} == {Reason.STEP_TIMED_OUT}


def slow_ana() -> object:
    return with_people(HOUSE, person(ANA, high(0, CALL), high(60, WRITE), high(200, CALL)))


def test_the_rules_of_ana_one_after_the_other():
    story = begun(slow_ana())
    told = [(seconds, paged(decision), decision.reason) for seconds, decision in (story.wait(), story.wait())]
    assert told == [
        (60, ["Ana by mail"], Reason.NEXT_RULE_DUE),
        (200, ["Ana by phone"], Reason.NEXT_RULE_DUE),
    ]
    assert story.due == 300


def test_low_urgency_goes_by_its_own_rules():
    house = with_people(HOUSE, person(ANA, high(0, CALL), low(120, WRITE)))
    story = begun(with_service(house, urgency=UrgencyRule.LOW))
    assert story.due == 120
    assert paged(story.wait()[1]) == ["Ana by mail"]


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        # the phone that was told first is switched off: the mail that follows is not passed over with it
        (person(ANA, high(0, CALL), high(60, WRITE), phone_on=False), (60, ["Ana by mail"])),
        # the first rule is taken away
        (person(ANA, high(60, WRITE)), (60, ["Ana by mail"])),
        # a rule is put before it: what is past is past
        (person(ANA, high(0, WRITE), high(0, CALL), high(60, WRITE)), (60, ["Ana by mail"])),
        # later than it was: looked at once in between
        (person(ANA, high(0, CALL), high(90, WRITE)), (90, ["Ana by mail"])),
    ],
)
def test_rules_edited_while_they_run(edited, told):
    story = begun(with_people(HOUSE, person(ANA, high(0, CALL), high(60, WRITE))))
    story.house = with_people(HOUSE, edited)
    seconds, decision = story.wait()
    if not paged(decision):
        assert decision.reason is Reason.STEP_STILL_RUNNING
        seconds, decision = story.wait()
    assert (seconds, paged(decision)) == told


def test_rules_all_taken_away_while_they_run_leave_the_step_to_end():
    story = begun(slow_ana())
    story.house = with_people(HOUSE, person(ANA, high(0, CALL)))
    story.wait()
    assert story.due == 300


def test_a_delay_longer_than_the_step_is_overtaken_by_the_next_step():
    story = begun(with_people(HOUSE, person(ANA, high(0, CALL), high(301, WRITE))))
    seconds, decision = story.wait()
    assert (seconds, paged(decision)) == (300, ["Bo by phone", "Bo by mail"])
    assert replace(story.incident.ladder.paging[0], person=ANA).since == at(300)


@pytest.mark.parametrize(
    ("rules", "off", "found"),
    [
        ((), (), ["email", "sms", "chat"]),  # e-mail is quiet, then in the order in which they were entered
        ((low(0, 3),), (), ["chat", "email", "sms"]),
        ((low(0, 1), low(60, 3)), (), ["sms", "chat", "email"]),
        ((high(0, 1),), (), ["email", "sms", "chat"]),  # what wakes for an urgent page is no wish for a quiet one
        ((low(0, 3),), (3,), ["email", "sms"]),
        ((), (2,), ["sms", "chat"]),
        ((low(0, 99),), (), ["email", "sms", "chat"]),  # a rule for a method that is gone
        ((), (1, 2, 3), []),
    ],
)
def test_what_can_wait_is_told_the_quietest_way(
    rules: tuple[NotificationRule, ...], off: tuple[int, ...], found: list[str]
) -> None:
    channels = {1: "sms", 2: "email", 3: "chat"}
    methods = tuple(ContactMethod(id_, channel, id_ not in off) for id_, channel in channels.items())
    assert [method.channel for method in quiet_methods(Person(ANA, "Ana", methods, rules))] == found
