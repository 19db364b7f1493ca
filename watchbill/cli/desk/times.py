"""Times that a command is given, and the zone whose clock they are told by."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from watchbill.cli.desk.reach import USAGE, Refused
from watchbill.configuration import problems, words
from watchbill.engine.duty.schedule import Schedule
from watchbill.oncall.when import Unclear, When, parse_when


def zone_meant(text: str) -> str:
    """An IANA name that exists. Raises Refused."""
    try:
        return words.read_time_zone(text)
    except problems.Refused as fault:
        raise Refused(str(fault), USAGE) from None


def moment_meant(text: str | None, zone: str, now: datetime) -> When:
    """The instant that somebody means on a clock in this zone; without a text, now. Raises Refused."""
    try:
        return parse_when(text or "now", zone=zone, now=now)
    except Unclear as fault:
        raise Refused(str(fault), USAGE) from None


def common_zone(schedules: Iterable[Schedule]) -> str:
    """The zone that most of these schedules are told by, UTC without any."""
    counted = Counter(schedule.zone for schedule in schedules).most_common(1)
    return counted[0][0] if counted else "UTC"
