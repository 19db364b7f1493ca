"""How urgent an incident is."""

import pytest

from watchbill.engine.severity import is_raised, urgency_of, worse
from watchbill.engine.tests.build import CHECKOUT, HOUSE, with_service
from watchbill.engine.words import Severity, Urgency, UrgencyRule

HIGH, LOW = Urgency.HIGH, Urgency.LOW
CRITICAL, ERROR, WARNING, INFO = Severity


@pytest.mark.parametrize(
    ("rule", "urgencies"),
    [
        (UrgencyRule.BY_SEVERITY, [HIGH, HIGH, LOW, LOW]),  # of critical, error, warning, info
        (UrgencyRule.HIGH, [HIGH] * 4),
        (UrgencyRule.LOW, [LOW] * 4),
    ],
)
def test_urgency(rule, urgencies):
    service = with_service(HOUSE, urgency=rule).services[CHECKOUT]
    assert [urgency_of(service, severity) for severity in Severity] == urgencies


def test_the_worse_of_two():
    assert worse(WARNING, CRITICAL) is worse(CRITICAL, WARNING) is CRITICAL
    assert worse(INFO, INFO) is INFO
    assert [severity.rank for severity in (CRITICAL, ERROR, WARNING, INFO)] == [0, 1, 2, 3]


def test_only_from_low_to_high_is_raised():
    assert [is_raised(*pair) for pair in ((LOW, HIGH), (HIGH, LOW), (LOW, LOW), (HIGH, HIGH))] == [
        True,
        False,
        False,
        False,
    ]
