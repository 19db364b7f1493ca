"""How the values of many keys are read."""

from functools import partial

from watchbill.configuration import words
from watchbill.configuration.phrases import WINDOWS, in_order, read_hours
from watchbill.configuration.shapes import Several, Text

NAME = Text("one line, at most 200 characters", words.read_name)
EMAIL = Text("an e-mail address", words.read_email)
DURATION = Text("a duration: 90s, 5m, 1h30m, 2d", words.read_duration)
FLAG = Text("true or false", words.read_flag)
FREE_TEXT = Text("text", words.read_text, null="")
WAS = Text("the name it has now", words.read_name)
NO_TEAM = Text("the name of a team, or nothing", lambda text: words.read_name(text) if text else "", null="")
ZONE = Text("a zone of the IANA database", words.read_time_zone)
KEY = Text("20 to 256 characters, or ${NAME}", words.read_key, filled_in=True, hidden=True)
SHA256 = Text("64 digits of 0-9 and a-f", words.read_sha256)
STARTS = Text("a time with its zone: 2026-12-01 22:00 Europe/Madrid, 2026-12-01T21:00Z", words.read_moment)
ENDS = Text(STARTS.allowed, partial(words.read_moment, last=True))
NO_STARTS = Text(f"{STARTS.allowed}, or nothing", lambda text: words.read_moment(text) if text else None, null="")
NO_ENDS = Text(NO_STARTS.allowed, lambda text: words.read_moment(text, last=True) if text else None, null="")
HOURS = Several(Text(f"windows such as {WINDOWS}", read_hours), in_order)


def choice(*choices: str) -> Text:
    """One of these words."""
    return Text(" or ".join(choices) if len(choices) == 2 else ", ".join(choices), words.read_choice(choices))
