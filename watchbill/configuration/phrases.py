"""Phrases for schedules: when a rotation hands off, and hours of duty. Each has one parser and one writer, and what is
written reads as the same."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from watchbill.configuration.problems import Refused, did_you_mean, quoted
from watchbill.engine.duty.schedule import DAY, WEEK, HandOff, Hours, Unit

# Stands for the anchor of a phrase that counts from no day.
NO_DAY = date.min
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HAND_OFFS = "every week on monday at 09:00, every 3 days at 09:00 or every 12 hours from 08:00"
WINDOWS = "mon-fri 09:00-17:00, sat,sun 00:00-24:00, daily 22:00-06:00 or fri 20:00-mon 08:00"

_EXAMPLES = {
    Unit.HOUR: "every 12 hours from 08:00",
    Unit.DAY: "every day at 09:00",
    Unit.WEEK: "every week on monday at 09:00",
    Unit.MONTH: "every month on day 1 at 09:00",
}
_SHORT = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
_MOST = 1000  # units in a turn
_COUNTED = " counted from "
_TIME = re.compile(r"(\d{1,2}):(\d{2})\Z")
_DAYS_AND_TIMES = re.compile(r"(\S+(?: *, *\S+)*) +(\S+)\Z")
_DAY = re.compile(r"[a-z]+\Z")
_ACROSS = re.compile(r"(\S+) +(\d{1,2}:\d{2}) *- *([a-z]+) +(\d{1,2}:\d{2})\Z")


def read_hand_off(text: str) -> HandOff:
    """`every 2 weeks on monday and thursday at 09:00 counted from 2026-11-23`. The anchor is NO_DAY where the phrase counts
    from no day. Raises Refused."""
    words = " ".join(text.casefold().split())
    rule, _, day = words.partition(_COUNTED)
    unit, every, rest = _turn(rule, text)
    example = _EXAMPLES[unit]
    on, how, clock = rest.rpartition(" from " if " from " in rest else " at ")
    if not how:
        raise Refused(f"{quoted(text)} does not say at what time. Write it as {example}.")
    found = HandOff(unit, _day_of(day) if day else NO_DAY, every, time_of(clock))
    days = on.strip().removeprefix("on ").strip()
    if unit is Unit.WEEK:
        if not days:
            raise Refused(f"{quoted(text)} does not say on which weekday. Write it as {example}.")
        return replace(found, weekdays=_weekdays(re.split(r" *, *and +| *, *| +and +", days)))
    if unit is Unit.MONTH:
        return replace(found, day=_day_of_month(days, example))
    if days:
        raise Refused(f"{quoted(text)} names days, which only weeks and months have. Write it as {example}.")
    return found


def write_hand_off(rule: HandOff) -> str:
    """The phrase that `read_hand_off` reads as the same."""
    turn = rule.unit.value if rule.every == 1 else f"{rule.every} {rule.unit.value}s"
    on = ""
    if rule.unit is Unit.WEEK:
        *most, name = (WEEKDAYS[day] for day in rule.weekdays)
        on = f" on {', '.join(most)} and {name}" if most else f" on {name}"
    elif rule.unit is Unit.MONTH:
        on = f" on day {rule.day}"
    counted = "" if rule.anchor == NO_DAY else f"{_COUNTED}{rule.anchor.isoformat()}"
    return f"every {turn}{on} {'from' if rule.unit is Unit.HOUR else 'at'} {clock(rule.at)}{counted}"


def without_anchor(rule: HandOff) -> HandOff:
    """The rule as a phrase that counts from no day."""
    return replace(rule, anchor=NO_DAY)


def anchor_matters(rule: HandOff) -> bool:
    """Whether hand-offs move when turns are counted from another day."""
    return 24 % rule.every != 0 if rule.unit is Unit.HOUR else rule.every > 1


def same_turns(one: HandOff, other: HandOff) -> bool:
    """Whether two rules hand off at the same times, although they count from different days."""
    if without_anchor(one) != without_anchor(other):
        return False
    return not anchor_matters(one) or _apart(one, other.anchor) % one.every == 0


def _apart(rule: HandOff, other: date) -> int:
    """How many units of the rule lie between its anchor and another."""
    days = other.toordinal() - rule.anchor.toordinal()
    if rule.unit is Unit.HOUR:
        return 24 * days
    if rule.unit is Unit.DAY:
        return days
    if rule.unit is Unit.WEEK:
        return (days + rule.anchor.weekday() - other.weekday()) // 7
    return (other.year - rule.anchor.year) * 12 + other.month - rule.anchor.month


def read_hours(text: str) -> tuple[Hours, ...]:
    """`mon-fri 09:00-17:00`, `sat,sun 00:00-24:00`, `fri 20:00-mon 08:00`, `daily 22:00-06:00`: a window for each day on
    which one begins. From a time to the same is 24 hours. Raises Refused."""
    words = " ".join(text.casefold().split())
    if across := _ACROSS.match(words):
        first, begins, last, ends = across.groups()
        start = _weekday(first) * DAY + time_of(begins)
        return (Hours(start, (_weekday(last) * DAY + time_of(ends, last=True) - start - 1) % WEEK + 1),)
    found = _DAYS_AND_TIMES.match(words.replace(" - ", "-"))
    begins, dash, ends = found[2].partition("-") if found else ("", "", "")
    if found is None or not dash:
        torn = " Between [ and ], put what holds a comma into quotes." if _DAY.match(words) else ""
        raise Refused(f"{quoted(text)} are no hours of duty. Write them as {WINDOWS}.{torn}")
    start, end = time_of(begins), time_of(ends, last=True)
    length = (end - start - 1) % DAY + 1
    return tuple(Hours(day * DAY + start, length) for day in _days(found[1]))


def write_hours(hours: Iterable[Hours]) -> list[str]:
    """The fewest phrases that read as these windows, by their beginning."""
    alike: dict[tuple[int, int], list[int]] = {}
    written: list[tuple[int, str]] = []
    for window in sorted(set(hours), key=lambda one: (one.begins, one.length)):
        day, start = divmod(window.begins, DAY)
        if window.length <= DAY:
            alike.setdefault((start, window.length), []).append(day)
        else:
            last, end = divmod((window.begins + window.length) % WEEK, DAY)
            across = f"{WEEKDAYS[day][:3]} {clock(start)}-{WEEKDAYS[last][:3]} {clock(end)}"
            written.append((window.begins, across))
    for (start, length), days in alike.items():
        until = "24:00" if start + length == DAY else clock((start + length) % DAY)
        written.append((days[0] * DAY + start, f"{_named(days)} {clock(start)}-{until}"))
    return [phrase for _, phrase in sorted(written)]


def in_order(windows: Iterable[Sequence[Hours]]) -> tuple[Hours, ...]:
    """Windows of several phrases as they are kept: by their beginning, each once."""
    return tuple(sorted({one for some in windows for one in some}, key=lambda one: (one.begins, one.length)))


def time_of(text: str, *, last: bool = False) -> int:
    """Minutes after midnight of `09:00`. `last`: 24:00 will do too. Raises Refused."""
    found = _TIME.match(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else -1
    if not 0 <= minutes < DAY + last:
        raise Refused(f"{quoted(text)} is no time of day, which is 00:00 to {'24:00' if last else '23:59'}.")
    return minutes


def _turn(rule: str, text: str) -> tuple[Unit, int, str]:
    """The unit, how many of it a turn has, and the rest of the phrase, with a blank before it."""
    first, _, rest = rule.partition(" ")
    if first in _SHORT:
        return Unit(_SHORT[first]), 1, f" {rest}"
    if first != "every" or not rest:
        raise Refused(f"{quoted(text)} is no hand-off. Write it as {HAND_OFFS}.")
    count, _, more = rest.partition(" ")
    if not count.lstrip("-").isdecimal():
        count, more = "1", rest
    name, _, rest = more.partition(" ")
    units = {unit.value: unit for unit in Unit}
    unit = units.get(name.removesuffix("s"))
    if unit is None:
        near = did_you_mean(name, (*units, *(f"{word}s" for word in units))) if name not in WEEKDAYS else ""
        raise Refused(f"{quoted(name)} is not hours, days, weeks or months.{near or f' Write it as {HAND_OFFS}.'}")
    if not 1 <= int(count) <= _MOST:
        wrong = "would be a turn of no length" if int(count) < 1 else f"is longer than {_MOST}, which is the most"
        raise Refused(f"'every {count} {name}' {wrong}. Write it as {_EXAMPLES[unit]}.")
    return unit, int(count), f" {rest}"


def _weekdays(names: list[str]) -> tuple[int, ...]:
    found = [_weekday(name) for name in names]
    for name, day in zip(names, found, strict=True):
        if found.count(day) > 1:
            raise Refused(f"{quoted(name)} stands here twice. Leave one.")
    return tuple(sorted(found))


def _days(text: str) -> list[int]:
    """Days of the week: `daily`, `mon-fri`, `sat,sun`; a range may pass the end of the week."""
    if text in ("daily", "every day"):
        return list(range(7))
    found: dict[int, None] = {}
    for part in re.split(r" *, *", text):
        first, dash, last = part.partition("-")
        begin = _weekday(first)
        end = _weekday(last) if dash else begin
        found.update(dict.fromkeys((begin + step) % 7 for step in range((end - begin) % 7 + 1)))
    return sorted(found)


def _weekday(name: str) -> int:
    for number, day in enumerate(WEEKDAYS):
        if name == day or name == day[:3] or (len(name) > 3 and day.startswith(name)):
            return number
    raise Refused(f"{quoted(name)} is no weekday.{did_you_mean(name, WEEKDAYS) or ' Write monday, or mon.'}")


def _named(days: Sequence[int]) -> str:
    """`daily`, `mon-fri`, `sat,sun`."""
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = (
        [f"{WEEKDAYS[run[0]][:3]}-{WEEKDAYS[run[-1]][:3]}"] if len(run) > 2 else [WEEKDAYS[day][:3] for day in run]
        for run in runs
    )
    return ",".join(name for some in names for name in some)


def _day_of(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{quoted(text)} is no day. Write it as 2026-11-23.") from None
    if not 1970 <= day.year < 2100:
        raise Refused(f"{quoted(text)} is too far away: count from a day of 1970 to 2099.")
    return day


def _day_of_month(text: str, example: str) -> int:
    day = text.removeprefix("day ").strip() if text.startswith("day ") else ""
    if not (day.isascii() and day.isdecimal()) or not 1 <= int(day) <= 31:
        raise Refused(f"It does not say on which day of the month, 1 to 31. Write it as {example}.")
    return int(day)


def clock(minutes: int) -> str:
    """`09:00`, of minutes after midnight."""
    return "{:02}:{:02}".format(*divmod(minutes, 60))
