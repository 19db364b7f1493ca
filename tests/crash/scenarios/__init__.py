"""The stories in which a node dies at every point."""

from tests.crash.scenarios import alerts, duty, outages, sending, setup, taking, waiting
from tests.crash.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for chapter in (alerts, taking, waiting, sending, setup, duty, outages)
    for scenario in chapter.SCENARIOS
}
