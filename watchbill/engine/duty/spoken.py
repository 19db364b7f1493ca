"""Times and lengths of duty as one would say them, in the zone of whoever reads them."""

from datetime import datetime

from watchbill.engine.duty.walls import zone_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def moment(instant: int, zone: str) -> str:
    """`Mon 2026-11-30 09:00 CET`. `instant`: seconds since 1970. `zone`: IANA name."""
    local = datetime.fromtimestamp(instant, zone_of(zone))
    return f"{_day(local)} {_time(local)} {abbreviation(local)}"


def stretch(since: int, until: int, zone: str) -> str:
    """`Mon 2026-11-30 09:00–17:00 CET`; the second day only where it is another, and the zone's name twice where it changes
    its clocks in between."""
    start, end = (datetime.fromtimestamp(instant, zone_of(zone)) for instant in (since, until))
    begins = f"{_day(start)} {_time(start)}"
    if abbreviation(start) != abbreviation(end):
        begins += f" {abbreviation(start)}"
    if start.date() == end.date():
        return f"{begins}–{_time(end)} {abbreviation(end)}"
    return f"{begins} – {moment(until, zone)}"


def length(seconds: int) -> str:
    """`7 d`, `12 h 30 min`, `45 min`: its two largest parts. A day is 24 hours."""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (rest // 60, "min")) if count]
    return " ".join(parts[:2]) or "less than a minute"


def listed(names: list[str]) -> str:
    """`Ana`, `Ana and Bo`, `Ana, Bo and Cy`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def abbreviation(local: datetime) -> str:
    """`CET`; `UTC-03` where people have no name for it. `local`: aware."""
    name = local.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"


def _day(local: datetime) -> str:
    return f"{_DAYS[local.weekday()]} {local:%Y-%m-%d}"


def _time(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
