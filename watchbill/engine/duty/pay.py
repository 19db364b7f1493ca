"""What hours on duty are worth. Each second is paid by one rate: of those that apply, the one named first here.

Holiday, weekend, sleep, business, off.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from watchbill.engine.duty.burden import Day, parts_of, seconds, stretch_of
from watchbill.engine.duty.hours import merged, without
from watchbill.engine.duty.shifts import Shift

KINDS = ("holiday", "weekend", "sleep", "business", "off")


class Rates(Struct, frozen=True):
    """What an hour is worth, by kind; a kind that is not there is worth nothing. `currency`: shown, and never reckoned with."""

    by_kind: Mapping[str, Decimal]
    currency: str = ""


class Worked(Struct, frozen=True):
    """A person's hours in one schedule. `seconds`: by kind, each second in one of them."""

    person: int
    seconds: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.seconds.values())

    def pay(self, rates: Rates) -> Decimal:
        """What they are worth, to the cent."""
        worth = sum((rates.by_kind.get(kind, Decimal()) * self.seconds[kind] / 3600 for kind in KINDS), start=Decimal())
        return worth.quantize(Decimal("0.01"))


def worked(shifts: Iterable[Shift], days: Mapping[int, Day]) -> tuple[Worked, ...]:
    """The hours of everybody on duty in one schedule, by person. Shadows are not paid."""
    by_person: dict[int, list[Shift]] = {}
    for shift in shifts:
        if not shift.shadow:
            by_person.setdefault(shift.person, []).append(shift)
    return tuple(_worked(person, mine, days.get(person, Day())) for person, mine in sorted(by_person.items()))


def _worked(person: int, shifts: list[Shift], day: Day) -> Worked:
    duty = merged(map(stretch_of, shifts))
    parts = parts_of(duty, day)
    weekend = without(parts.weekend, parts.holiday)
    special = merged((*parts.holiday, *weekend))
    plain = {"sleep": parts.sleep, "business": parts.business, "off": parts.off}
    found = {"holiday": seconds(parts.holiday), "weekend": seconds(weekend)}
    found |= {kind: seconds(without(stretches, special)) for kind, stretches in plain.items()}
    return Worked(person, found)
