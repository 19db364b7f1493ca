"""Whether a new alert joins the open incident of its service."""

import pytest
from msgspec.structs import replace

from watchbill.engine.case import Case
from watchbill.engine.grouping import incident_to_join
from watchbill.engine.tests.build import CHECKOUT, HOUSE, at, begun, with_service
from watchbill.engine.words import Grouping, Status


@pytest.mark.parametrize(
    ("grouping", "window", "seconds", "joins"),
    [
        (Grouping.OFF, 0, 1, False),  # each alert its own incident
        (Grouping.OPEN, 0, 1, True),
        (Grouping.OPEN, 0, 10**8, True),  # however old it is
        (Grouping.WINDOW, 60, 0, True),  # the same instant
        (Grouping.WINDOW, 60, 59.999999, True),  # the last instant
        (Grouping.WINDOW, 60, 60, False),  # the window is over
        (Grouping.WINDOW, 60, -1, True),  # another node's clock was behind
    ],
)
def test_joining(grouping, window, seconds, joins):
    open_one = begun().incident
    house = with_service(HOUSE, grouping=grouping, grouping_window=window)
    case = Case(house.services[CHECKOUT], house, joinable=open_one)
    assert (incident_to_join(case, now=at(seconds)) is open_one) is joins


@pytest.mark.parametrize(
    ("status", "joins"), [(Status.TRIGGERED, True), (Status.ACKNOWLEDGED, True), (Status.RESOLVED, False)]
)
def test_only_what_is_open_takes_alerts_in(status, joins):
    house = with_service(HOUSE, grouping=Grouping.OPEN)
    case = Case(house.services[CHECKOUT], house, joinable=replace(begun().incident, status=status))
    assert (incident_to_join(case, now=at(1)) is not None) is joins


def test_nothing_open_is_nothing_to_join():
    assert incident_to_join(Case(HOUSE.services[CHECKOUT], HOUSE), now=at(0)) is None
