"""The small words of a file: durations, times, names, keys. Each is read from text and written back the same."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from watchbill.configuration.problems import Refused, did_you_mean, one_of, quoted

LONGEST_NAME = 200
LONGEST_TEXT = 10_000
LONGEST_DURATION = 365 * 86400
SHORTEST_KEY, LONGEST_KEY = 20, 256

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?\Z")
_NEARLY = re.compile(r"(\d{1,9})\s*([dhms])[a-z]*\.?\Z", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
_KEY = re.compile(r"[\x21-\x7e]+\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_VARIABLE = re.compile(r"\$(\$?)\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def read_duration(text: str) -> int:
    """Seconds. A number without a unit is refused but 0: other tools count minutes, and a guess is wrong 60 times over."""
    if text == "0":
        return 0
    found = _DURATION.match(text)
    if not text or found is None:
        raise Refused(f"{quoted(text)} is no duration. Write it as 90s, 5m, 1h30m or 2d.{_meant(text)}")
    seconds = sum(int(count) * unit for count, unit in zip(found.groups(), _UNITS.values(), strict=True) if count)
    if seconds > LONGEST_DURATION:
        raise Refused(f"{quoted(text)} is longer than 365d, which is the most.")
    return seconds


def _meant(text: str) -> str:
    if text.isdecimal():
        return f" Did you mean {text}s or {text}m?"
    near = _NEARLY.match(text)
    return f" Did you mean {near[1]}{near[2].lower()}?" if near else ""


def write_duration(seconds: int) -> str:
    """`1h30m`, the shortest that `read_duration` reads as the same."""
    parts = []
    for name, unit in _UNITS.items():
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"


def read_name(text: str) -> str:
    """What people call something: one line, at most 200 characters."""
    if not text.strip():
        raise Refused("It is empty; give it a name.")
    if len(text) > LONGEST_NAME:
        raise Refused(f"{quoted(text)} has {len(text)} characters; {LONGEST_NAME} are the most.")
    if text != text.strip() or any(character < " " or character == "\x7f" for character in text):
        raise Refused(f"{quoted(text)} must be one line without blanks around it.")
    return text


def read_text(text: str) -> str:
    """Free text."""
    if len(text) > LONGEST_TEXT:
        raise Refused(f"It has {len(text):,} characters; {LONGEST_TEXT:,} are the most.")
    return text


def read_email(text: str) -> str:
    """An e-mail address, which is how a person is known."""
    if not _EMAIL.match(read_name(text)):
        raise Refused(f"{quoted(text)} is no e-mail address, such as ana@example.org.")
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_time_zone(text: str) -> str:
    """A zone of the IANA database."""
    if text not in _zones():
        raise Refused(f"{quoted(text)} is no time zone such as Europe/Madrid or UTC.{_near_zone(text)}")
    return text


def _near_zone(text: str) -> str:
    cities: dict[str, str] = {}
    for zone in sorted(_zones()):  # "Madrid" alone is near to Europe/Madrid
        cities.setdefault(zone.rpartition("/")[2].casefold(), zone)
    found = cities.get(text.casefold().replace(" ", "_"))
    return f" Did you mean {found}?" if found else did_you_mean(text, _zones())


def read_choice(choices: tuple[str, ...]) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text not in choices:
            raise Refused(f"{quoted(text)} is not {one_of(choices)}.{did_you_mean(text, choices)}")
        return text

    return read


def read_flag(text: str) -> bool:
    """true or false."""
    if text.lower() not in ("true", "false"):
        raise Refused(f"{quoted(text)} is not true or false.")
    return text.lower() == "true"


def read_number(most: int) -> Callable[[str], int]:
    """A reader of a whole number from 0 to `most`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) > most:
            raise Refused(f"{quoted(text)} is not a whole number from 0 to {most}.")
        return int(text)

    return read


def read_key(text: str) -> str:
    """An integration key. Its value is never told."""
    if not SHORTEST_KEY <= len(text) <= LONGEST_KEY or not _KEY.match(text):
        raise Refused(
            f"A key must be {SHORTEST_KEY} to {LONGEST_KEY} letters, digits or signs without blanks; this one has "
            f"{len(text)} characters. Leave `key` out, and one is made."
        )
    return text


def read_sha256(text: str) -> str:
    """The SHA-256 of a key, as `export` writes it."""
    if not _SHA256.match(text):
        raise Refused(f"{quoted(text)} is not a SHA-256: 64 digits of 0-9 and a-f.")
    return text


def read_moment(text: str, *, last: bool = False) -> datetime:
    """An instant: an ISO time that ends in Z, an offset or the name of a zone. A wall time that comes twice, when
    clocks go back, is the first of the two, or the last."""
    words, _, zone = text.rpartition(" ")
    named = words and zone in _zones()
    if words and zone[:1].isalpha() and not named and zone not in ("Z", "z"):
        raise Refused(f"{quoted(zone)} is no time zone such as Europe/Madrid or UTC.{_near_zone(zone)}")
    try:
        moment = datetime.fromisoformat(words if named else text.replace(" Z", "Z"))
    except ValueError:
        raise Refused(
            f"{quoted(text)} is no time. Write it as 2026-12-01 22:00 Europe/Madrid or 2026-12-01T21:00Z."
        ) from None
    if named and moment.tzinfo is not None:
        raise Refused(f"{quoted(text)} has both an offset and a zone; leave one.")
    if named:
        moment = moment.replace(tzinfo=ZoneInfo(zone), fold=int(last))
        if moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None):
            raise Refused(f"{quoted(text)} does not exist: clocks go forward there over that hour.")
    if moment.tzinfo is None:
        raise Refused(
            f"{quoted(text)} does not say which zone. Put Z, an offset or a name behind it: {text} Europe/Madrid."
        )
    try:
        moment = moment.astimezone(UTC)
        _ = moment + timedelta(days=2)
    except OverflowError:
        raise Refused(f"{quoted(text)} is too far away.") from None
    return moment


def write_moment(moment: datetime) -> str:
    """`2026-12-01 21:00Z`; seconds only where there are some."""
    moment = moment.astimezone(UTC)
    unit = "microseconds" if moment.microsecond else "seconds" if moment.second else "minutes"
    return moment.isoformat(sep=" ", timespec=unit).removesuffix("+00:00") + "Z"


@cache
def _countries() -> Mapping[str, list[str]]:
    from holidays import list_supported_countries  # takes a while, and few files ask for it

    return list_supported_countries()


def read_holidays(text: str) -> str:
    """A country whose holidays are known, or a part of one: `ES`, `US-CA`."""
    country, dash, part = text.partition("-")
    if country not in _countries():
        near = f" Did you mean {text.upper()}?" if country.upper() in _countries() else ""
        raise Refused(
            f"{quoted(text)} is no country whose holidays are known. Write ES, or US-CA for a part of one.{near}"
        )
    known = _countries()[country]
    if dash and part not in known:
        said = (
            f"Known are {', '.join(known[:8])}{' and more' if len(known) > 8 else ''}." if known else "None are known."
        )
        raise Refused(f"{country} has no part {quoted(part)} whose holidays are known. {said}")
    return text


def each_once(read: list[str]) -> tuple[str, ...]:
    """What was read, in order."""
    return tuple(dict.fromkeys(read))


def read_address(text: str) -> str:
    """The address of a calendar. It lets whoever has it read the calendar, so its value is never told."""
    try:
        split = urlsplit(text)
    except ValueError:
        split = urlsplit("")
    if split.scheme == "webcal":
        raise Refused("The address begins with webcal://. Write https:// in its place.")
    if split.scheme not in ("http", "https") or not split.hostname or not _KEY.match(text):
        raise Refused("This is no address of a calendar, which begins with https:// or http:// and has no blanks.")
    return text


def fill_in(text: str, environ: Mapping[str, str]) -> str:
    """The text with each `${NAME}` taken from the environment; `$${NAME}` stands for itself."""

    def value(found: re.Match[str]) -> str:
        escaped, name = found.groups()
        if escaped:
            return f"${{{name}}}"
        if not _VARIABLE_NAME.match(name):
            raise Refused(f"{quoted(found[0])} is no name of a variable. Write $${{…}} for the text itself.")
        if not environ.get(name):
            state = "empty" if name in environ else "not set"
            near = did_you_mean(name, (known for known in environ if environ[known])) if state == "not set" else ""
            raise Refused(f"The variable {name} is {state} in the environment.{near}")
        return environ[name]

    return _VARIABLE.sub(value, text)


def escape_variables(text: str) -> str:
    """The text that `fill_in` leaves as it was."""
    return _VARIABLE.sub(lambda found: f"${found[0]}", text)


def looks_like_duration(text: str) -> bool:
    """Whether it is a duration, or nearly one."""
    return text.isdecimal() or bool(text and _DURATION.match(text)) or _NEARLY.match(text) is not None
