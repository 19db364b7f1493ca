"""Decides how urgent an incident is, from how bad its alerts are and what its service asks for."""

from watchbill.engine.directory import Service
from watchbill.engine.words import Severity, Urgency, UrgencyRule

WAKES = frozenset({Severity.CRITICAL, Severity.ERROR})


def urgency_of(service: Service, severity: Severity) -> Urgency:
    """Whether an alert of this severity may wake somebody."""
    if service.urgency is UrgencyRule.HIGH:
        return Urgency.HIGH
    if service.urgency is UrgencyRule.LOW:
        return Urgency.LOW
    return Urgency.HIGH if severity in WAKES else Urgency.LOW


def worse(one: Severity, other: Severity) -> Severity:
    """The worse of the two."""
    return one if one.rank <= other.rank else other


def is_raised(before: Urgency, after: Urgency) -> bool:
    """Whether what could wait now wakes people."""
    return before is Urgency.LOW and after is Urgency.HIGH
