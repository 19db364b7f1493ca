"""How many examples the property tests of schedules take: DUTY_EXAMPLES says it for one run, which then draws other ones
each time."""

import os

from hypothesis import settings

from watchbill.engine.tests.profile import BOUNDED

_ASKED = int(os.environ.get("DUTY_EXAMPLES", "0"))


def examples(usually: int) -> settings:
    """So many, and the same each time, unless the environment asks for more."""
    return settings(BOUNDED, max_examples=_ASKED or usually, derandomize=not _ASKED)
