"""The few words that every rule shares: severity, urgency and the state of an incident."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad an alert is, in the four words of PagerDuty's Events v2."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return _RANK[self]


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Urgency(StrEnum):
    """Whether a person may be woken (high) or may wait for the morning (low)."""

    HIGH = "high"
    LOW = "low"


class Status(StrEnum):
    """Where an incident stands. triggered: nobody has it; acknowledged: somebody has it; resolved: over."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Grouping(StrEnum):
    """How a service gathers different alerts into incidents."""

    OFF = "off"  # an incident for each alert
    WINDOW = "window"  # into the open incident, if that began less than `grouping_window` ago
    OPEN = "open"  # into the open incident, however old it is


class UrgencyRule(StrEnum):
    """How a service turns severity into urgency."""

    BY_SEVERITY = "by_severity"  # critical and error wake people, warning and info wait
    HIGH = "high"
    LOW = "low"


class Role(StrEnum):
    """What a person is to a team."""

    OWNER = "owner"
    MANAGER = "manager"
    RESPONDER = "responder"
    OBSERVER = "observer"


class TargetKind(StrEnum):
    """Whom a step of an escalation policy may page."""

    USER = "user"
    TEAM = "team"
    SCHEDULE = "schedule"


class Whom(StrEnum):
    """Which of those behind its targets a step pages."""

    ON_DUTY = "on_duty"  # all of them; of a schedule, whoever is on duty
    EVERYONE = "everyone"  # all of them; of a schedule, all who have turns in it
    ROUND_ROBIN = "round_robin"  # one of those, by turns
