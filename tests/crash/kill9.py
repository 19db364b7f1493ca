"""The same deaths for real: a process of its own tells the story, and ends itself with SIGKILL at a point.

What it was answered, and what its providers were told, is reported through a pipe as it happens.
"""

import os
import pickle
import signal
from typing import Any

from tests.crash.hall import Hall
from tests.crash.house import START
from tests.crash.outside import Outside
from tests.crash.points import Course
from tests.crash.scenarios.scenario import Scenario
from tests.crash.story import World, tell
from tests.crash.sweep import Ran, calm_of, go_on, pass_away

LENGTH = 4  # bytes that say how long a report is
LIVES_AT_MOST = 60  # seconds, whatever it hangs on


class NotKilled(Exception):
    """The process ended otherwise than it was to."""


def run_killed(hall: Hall, scenario: Scenario, dies_at: int) -> Ran:
    """Tells the story in a process that dies at this point, and goes on with it here. Raises NotKilled."""
    calm = calm_of(hall, scenario)
    hall.restore()
    hall.set_clock(START)
    known = hall.others()
    hall.close()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(hall, scenario, dies_at, writing)
    os.close(writing)
    reports = _read(reading)
    _, status = os.waitpid(child, 0)
    hall.open(known)
    hall.edited = True
    outside: Outside = reports[-2] if len(reports) > 1 else Outside(now=START)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        raise NotKilled(f"The process was to be killed, and ended with status {status}: {reports[-1:]}")
    pass_away(hall, outside)
    return go_on(hall, scenario, outside, died=(reports[-1],), calm=calm)


def _live(hall: Hall, scenario: Scenario, dies_at: int, writing: int) -> None:
    """The other process. It does not come back."""
    try:
        signal.alarm(LIVES_AT_MOST)
        outside = Outside(now=START)

        def report(what: object) -> None:
            body = pickle.dumps(what)
            os.write(writing, len(body).to_bytes(LENGTH) + body)

        def die() -> None:
            report(hall.course.end)
            os.kill(os.getpid(), signal.SIGKILL)

        hall.course = Course(dies_at, die)
        hall.open()
        report(outside)
        tell(World(hall, outside, scenario.channels, lambda: report(outside)), scenario.steps)
        report("It came to the end of the story.")
    except BaseException as fault:  # whatever it is, the parent's tests must not go on in here
        report(f"{type(fault).__name__}: {fault}")
    finally:
        os._exit(1)


def _read(reading: int) -> list[Any]:
    """All that was reported before the end."""
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    reports = []
    while said:
        length = int.from_bytes(said[:LENGTH])
        reports.append(pickle.loads(said[LENGTH : LENGTH + length]))
        said = said[LENGTH + length :]
    return reports
