"""Whose shift an event of a team's calendar is: by attendees, by addresses in its title, by names in its title."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from msgspec import Struct

from watchbill.engine.duty.schedule import Fixed
from watchbill.oncall.calendars.parse import Occurrence

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_BESIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")  # "Ana (primary)", "[on call] Ana"
_BETWEEN = re.compile(r"\s*(?:,|;|:|/|&|\+|\band\b|\bund\b|\by\b|\bet\b)\s*", re.IGNORECASE)


class Unmatched(Struct, frozen=True):
    """An event that is nobody's. `since`: seconds since 1970. `why`: in words, for the middle of a sentence."""

    since: int
    summary: str
    why: str


class Names:
    """People by address and by name, whatever the capitals. `people`: (id, address, name)."""

    def __init__(self, people: Iterable[tuple[int, str, str]]) -> None:
        self._addresses: dict[str, int] = {}
        self._names: dict[str, set[int]] = {}
        for id_, address, name in people:
            self._addresses[address.casefold()] = id_
            for known in {_plain(name), _plain(name).split(" ")[0]} - {""}:
                self._names.setdefault(known, set()).add(id_)

    def at(self, address: str) -> int | None:
        """Who has this address."""
        return self._addresses.get(address.casefold())

    def called(self, name: str) -> frozenset[int]:
        """Everybody with this whole name or first name."""
        return frozenset(self._names.get(_plain(name), ()))


def shifts_of(occurrences: Iterable[Occurrence], names: Names) -> tuple[tuple[Fixed, ...], tuple[Unmatched, ...]]:
    """The shifts that a calendar says, and its events that are nobody's. An event that is marked as free time is a shift
    like any other: calendars mark whole days so."""
    shifts: list[Fixed] = []
    unmatched: list[Unmatched] = []
    for one in occurrences:
        people, why = _whose(one, names)
        if people:
            shifts.append(Fixed(one.since, one.until, people))
        else:
            unmatched.append(Unmatched(one.since, one.summary, why))
    return tuple(shifts), tuple(unmatched)


def _whose(one: Occurrence, names: Names) -> tuple[tuple[int, ...], str]:
    invited = [person for address in one.people if (person := names.at(address)) is not None]
    if invited:
        return tuple(dict.fromkeys(invited)), ""
    written = [person for address in _ADDRESS.findall(one.summary) if (person := names.at(address)) is not None]
    if written:
        return tuple(dict.fromkeys(written)), ""
    found: dict[int, None] = {}
    for name in _named(one.summary):
        people = names.called(name)
        if len(people) > 1:
            return (), f"{name!r} is more than one person; write the address"
        found.update(dict.fromkeys(people))
    return tuple(found), "it names nobody who is known here, by address or by name"


def _plain(name: str) -> str:
    """Without capitals, and with one way to write an accent: some programs write it as a character of its own."""
    return unicodedata.normalize("NFC", name).casefold()


def _named(summary: str) -> Iterator[str]:
    """The pieces of a title that may be names: the whole of it first. "On call: Ana", "Ana (primary)", "Ana and Bo"."""
    plain = _BESIDE.sub(" ", summary)
    for piece in (plain, *_BETWEEN.split(plain)):
        if name := " ".join(piece.split()).strip("-–: "):
            yield name
