"""How wild a world is: how much breaks in it, and how much is alerted."""

from msgspec import Struct

HOUR = 3600.0
DAY = 24 * HOUR


class Profile(Struct, frozen=True, kw_only=True):
    """`troubles_a_day`: incidents of each service. `storms_a_day`: bursts of many alerts on one service, for every three services.
    `faults_a_day`: episodes of something broken. `edits_a_day`: changes of the configuration,
    `duty_changes_a_day`: of schedules, with overrides and cover.
    `lossy`: share of requests whose answer, or which themselves, get lost."""

    name: str
    troubles_a_day: float
    storms_a_day: float
    faults_a_day: float
    edits_a_day: float
    duty_changes_a_day: float
    lossy: float


CALM = Profile(
    name="calm",
    troubles_a_day=0.5,
    storms_a_day=0.0,
    faults_a_day=0.3,
    edits_a_day=0.3,
    duty_changes_a_day=2.0,
    lossy=0.002,
)
STORM = Profile(
    name="storm",
    troubles_a_day=0.5,
    storms_a_day=1.0,
    faults_a_day=1.0,
    edits_a_day=0.5,
    duty_changes_a_day=3.0,
    lossy=0.01,
)
CHAOS = Profile(
    name="chaos",
    troubles_a_day=0.45,
    storms_a_day=0.06,
    faults_a_day=7.0,
    edits_a_day=2.0,
    duty_changes_a_day=8.0,
    lossy=0.03,
)

PROFILES = {profile.name: profile for profile in (CALM, STORM, CHAOS)}
