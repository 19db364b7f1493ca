"""Makes text of strangers fit to stand in a header, on a terminal or on a phone, and puts times and figures into words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from watchbill.channels.contract import Message
from watchbill.engine.duty.spoken import abbreviation

# Control characters end lines and steer terminals; the marks of direction let a text pose as another. Letters that run
# from right to left, joiners in emoji and the rest of Unicode stay.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]+"
)
# Whole commands of a terminal, so that nothing of them is left: ESC [ 31 m, and ESC ] … up to BEL or ESC \.
_COMMANDS = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90-\x9f]*(?:\x07|\x1b\\\\|\x9c)|\x1b[ -/]+[0-~]"
)
_WEB = re.compile(r"https?://[^\s<>\"\\]{1,2000}", re.IGNORECASE)
_TOKEN = re.compile(r"(/a/)[A-Za-z0-9_-]{20,}")


class _Link(Struct):
    href: str = ""
    text: str = ""


def one_line(text: str, longest: int = 1024) -> str:
    """`text` on one line of at most `longest` characters, without anything that steers."""
    line = " ".join(_HARMFUL.sub(" ", _COMMANDS.sub("", text)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def fit(text: str, most: int) -> str:
    """`text` cut to at most `most` bytes of UTF-8, never in the middle of a character."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - 3].decode(errors="ignore").rstrip() + "…"


def said(text: str, secrets: Iterable[str] = (), longest: int = 200) -> str:
    """What a server said, fit for a receipt: one line, and neither secrets nor signed links in it."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return one_line(_TOKEN.sub(r"\1***", text), longest)


def headline(message: Message) -> str:
    """The page in one line, the same on every channel: `[#12] Critical: the title (the service)`."""
    title = one_line(message.title) or "(no title)"
    more = others(message)
    and_more = f" and {more} more" if more else ""
    return f"[#{message.incident}] {message.severity.capitalize()}: {title} ({one_line(message.service)}){and_more}"


def others(message: Message) -> int:
    """How many incidents the page stands for besides its own."""
    return max(message.bundle_total, len(message.bundle))


def instant(moment: datetime, zone: str = "UTC") -> str:
    """`2026-11-22 14:26:42 CET`: every instant names its zone. `zone`: by IANA name; one that is not known is UTC."""
    local = moment.astimezone(_zone(zone))
    return f"{local:%Y-%m-%d %H:%M:%S} {abbreviation(local)}"


def clock(moment: datetime, zone: str = "UTC") -> str:
    """`14:26:42 CET`, where the day goes without saying."""
    local = moment.astimezone(_zone(zone))
    return f"{local:%H:%M:%S} {abbreviation(local)}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there; no name at all; a folder of names
        return UTC


def runbook(links: str) -> str:
    """The one address that helps most, of an alert's links as they are stored: a runbook, else the first; "" for none."""
    try:
        known = msgspec.json.decode(links, type=list[_Link])
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return ""
    fit_ones = [link for link in known if _WEB.fullmatch(link.href) and not _HARMFUL.search(link.href)]
    named = [link for link in fit_ones if "runbook" in f"{link.text} {link.href}".lower()]
    return next((link.href for link in named + fit_ones), "")


def ago(seconds: float) -> str:
    """`5 min ago`: how long something has lasted, roughly."""
    if seconds < 10:
        return "just now"
    words = span(seconds).split()
    return f"{' '.join(words[:2] if seconds < 3600 else words)} ago"


def span(seconds: float) -> str:
    """`850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`: a length of time as one would say it."""
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    for large, small, unit, part in ((86400, 3600, "d", "h"), (3600, 60, "h", "min"), (60, 1, "min", "s")):
        if whole >= large:
            rest = whole % large // small
            return f"{whole // large} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"
