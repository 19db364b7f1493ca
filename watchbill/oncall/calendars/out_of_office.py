"""When a person is away, by the person's own calendar."""

import re
from collections.abc import Iterable

from msgspec import Struct

from watchbill.oncall.calendars.parse import Occurrence

# Whole words, in the languages of those who asked. An event counts by its title, or as the program marks it.
WORDS = (
    "out of office", "ooo", "vacation", "holiday", "holidays", "pto", "annual leave", "parental leave", "sick", "sick leave",
    "away", "day off", "urlaub", "abwesend", "krank", "elternzeit", "vacaciones", "ausente", "baja", "congé", "congés",
    "vacances", "absent", "absente", "malade", "ferie", "malattia", "férias", "afwezig", "vakantie", "ziek", "urlop",
)  # fmt: skip
AWAY = frozenset({"oof"})
_TITLE = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in WORDS)})(?!\w)", re.IGNORECASE)


class Absence(Struct, frozen=True):
    """Time for which a person is away: instants in seconds since 1970, half-open. `summary`: of its first event. `uid`:
    what it is known by, so that it is asked for once."""

    since: int
    until: int
    summary: str
    uid: str


def absences(occurrences: Iterable[Occurrence]) -> tuple[Absence, ...]:
    """Absences by their beginning; those that touch are one."""
    found: list[Absence] = []
    for one in sorted(occurrences, key=lambda one: (one.since, one.until)):
        if not _away(one):
            continue
        if found and one.since <= found[-1].until:
            before = found[-1]
            found[-1] = Absence(before.since, max(before.until, one.until), before.summary, before.uid)
        else:
            found.append(Absence(one.since, one.until, one.summary, f"{one.uid} {one.since}"))
    return tuple(found)


def _away(one: Occurrence) -> bool:
    # A program makes whole days free by itself; whoever made one busy meant it.
    whole_day = one.all_day and one.busy == "busy"
    return one.busy in AWAY or whole_day or _TITLE.search(one.summary) is not None
