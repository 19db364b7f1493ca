"""Decides over which contact methods a person who is being paged is told, and when: the person's own rules."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from watchbill.engine.case import Incident, Paging
from watchbill.engine.commands import SendPage
from watchbill.engine.directory import ContactMethod, NotificationRule, Person
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Urgency


def reachable(person: Person | None) -> bool:
    """Whether there is any way at all to page this person."""
    return person is not None and person.active and any(method.enabled for method in person.methods)


def rules_of(person: Person, urgency: Urgency) -> tuple[NotificationRule, ...]:
    """The person's rules for this urgency, by delay, without those whose contact method is switched off.

    Without rules for low urgency those for high urgency serve, and the other way round; without any, every contact
    method at once: a forgotten setting must not turn into silence.
    """
    usable = {method.id for method in person.methods if method.enabled}
    rules = [rule for rule in person.rules if rule.method in usable]
    of_urgency = tuple(rule for rule in rules if rule.urgency is urgency)
    if of_urgency or rules:
        return of_urgency or tuple(rules)
    return tuple(NotificationRule(urgency, 0, method.id) for method in person.methods if method.enabled)


def quiet_methods(person: Person) -> tuple[ContactMethod, ...]:
    """How a person is told something that wakes nobody, the best way first: as their rules for low urgency say, then by
    e-mail, then over whatever is switched on."""
    usable = {method.id: method for method in person.methods if method.enabled}
    wanted = [rule.method for rule in person.rules if rule.urgency is Urgency.LOW and rule.method in usable]
    mail = [method.id for method in usable.values() if method.channel == "email"]
    return tuple(usable[method] for method in dict.fromkeys((*wanted, *mail, *usable)))


def pages_due(
    paging: Paging, person: Person, incident: Incident, *, reason: Reason, now: datetime
) -> tuple[Paging, tuple[SendPage, ...]]:
    """The pages that fall due now for one person, each contact method at most once, and the paging moved on.

    After an outage several rules may be overdue: all are roads to the same person, so all are taken, once.
    """
    pages: list[SendPage] = []
    told: set[int] = set(paging.failed)
    told_to = paging.told_to
    for rule in rules_of(person, incident.urgency):
        due = paging.since + timedelta(seconds=rule.delay)
        if rule.delay <= paging.told_to or due > now:
            continue
        told_to = max(told_to, rule.delay)
        if rule.method not in told:
            told.add(rule.method)
            late = int((now - due).total_seconds())
            pages.append(SendPage(person.id, rule.method, incident.ladder.level, reason, late))
    return replace(paging, told_to=told_to) if told_to > paging.told_to else paging, tuple(pages)


def first_pages(
    paging: Paging, person: Person, incident: Incident, *, reason: Reason, now: datetime
) -> tuple[Paging, tuple[SendPage, ...]]:
    """The person's earliest rules, at once and not after their delay: for a step that would end before them."""
    rules = rules_of(person, incident.urgency)
    first = min((rule.delay for rule in rules), default=0)
    methods = dict.fromkeys(rule.method for rule in rules if rule.delay == first)
    pages = tuple(SendPage(person.id, method, incident.ladder.level, reason) for method in methods)
    return replace(paging, told_to=first), pages
