"""Tells a story again and again, and lets the node die once at each of its points, or twice."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from sim.evidence import Violation
from tests.crash.checks import Outcomes, judge
from tests.crash.hall import Hall
from tests.crash.house import START, build
from tests.crash.outside import SOON, Outside
from tests.crash.points import Course, Point
from tests.crash.scenarios.scenario import Scenario
from tests.crash.story import Restless, World, tell
from watchbill.configuration.problems import Collided
from watchbill.runtime.road import Unavailable

UNDER_WAY = "SELECT id, attempts FROM page WHERE state = 'leased'"


class Ran(Struct, frozen=True):
    """One story, told to its end. `ways`: the points that each node passed, one node after the other. `died`: the names
    of the points at which nodes died, or their connections tore."""

    ways: tuple[tuple[Point, ...], ...]
    died: tuple[str, ...]
    outcomes: Outcomes
    violations: tuple[Violation, ...]


def furnish(url: str) -> Hall:
    """The hall of an empty, migrated database: everybody is in it, and nothing has happened."""
    build()
    hall = Hall(url)
    hall.keep()
    return hall


def run(hall: Hall, scenario: Scenario, dies_at: Sequence[int] = (), *, tears_at: int = 0) -> Ran:
    """Tells the story; the first node dies at the first of these points, the second at the second, the last never.
    `tears_at`: at this point the connections of the first one tear, and it lives on."""
    calm = calm_of(hall, scenario) if dies_at or tears_at else None
    hall.restore()
    hall.set_clock(START)
    return go_on(hall, scenario, Outside(now=START), dies_at, tears_at=tears_at, calm=calm)


def calm_of(hall: Hall, scenario: Scenario) -> Outcomes:
    """What comes of the story when nobody dies."""
    if scenario.name not in hall.calm:
        hall.calm[scenario.name] = run(hall, scenario).outcomes
    return hall.calm[scenario.name]


def go_on(
    hall: Hall,
    scenario: Scenario,
    outside: Outside,
    dies_at: Sequence[int] = (),
    *,
    died: Sequence[str] = (),
    tears_at: int = 0,
    calm: Outcomes | None = None,
) -> Ran:
    """Goes on with a story from where it stands."""
    ways: list[tuple[Point, ...]] = []
    ends = list(died)
    fault: Violation | None = None
    for death in (*dies_at, 0):
        hall.course = Course(death, hall.cut, tears_at=0 if ways else tears_at)
        try:
            _tell(World(hall, outside, scenario.channels), scenario)
        except BaseException as raised:
            if not hall.course.dead:
                fault = _fault(raised)
        ways.append(tuple(hall.course.points))
        ends.extend(filter(None, (hall.course.torn,)))
        if not hall.course.dead:
            break
        ends.append(hall.course.end)
        hall.bury()
        pass_away(hall, outside)
    hall.course = Course()
    outcomes = judge(hall, outside, scenario, at_rest=fault is None, calm=calm)
    violations = (fault, *outcomes.violations) if fault is not None else outcomes.violations
    return Ran(tuple(ways), tuple(ends), outcomes, violations)


def pass_away(hall: Hall, outside: Outside) -> None:
    """A node is dead, and with it what it had heard and not written. Another one comes up soon."""
    unwritten = {(page, attempt) for page, attempt in hall.link.execute(UNDER_WAY).fetchall()}
    for place, told in enumerate(outside.told):
        if (told.page, told.attempt) in unwritten:
            outside.told[place] = replace(told, outcome="")
    outside.deaths += 1
    _a_moment_later(hall, outside)


def _tell(world: World, scenario: Scenario) -> None:
    """Tells the story, and once more from the step at which the wire tore: nobody was answered."""
    try:
        tell(world, scenario.steps)
    except (Unavailable, Collided):
        if not world.hall.course.torn:
            raise
        world.hall.bury()
        world.outside.tears += 1
        _a_moment_later(world.hall, world.outside)
        tell(world, scenario.steps)


def _a_moment_later(hall: Hall, outside: Outside) -> None:
    outside.now += SOON
    hall.set_clock(outside.now)


def _fault(raised: BaseException) -> Violation:
    if isinstance(raised, KeyboardInterrupt | SystemExit):
        raise raised
    if isinstance(raised, Restless):
        return Violation("comes_to_rest", str(raised))
    return Violation("goes_on", f"The story broke off with {type(raised).__name__}: {raised}")
