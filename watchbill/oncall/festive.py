"""Which days are holidays where, for a schedule to show. Nothing is decided by them."""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct


class Holiday(Struct, frozen=True):
    """A day on which people are off. `where`: the code, "ES" or "US-CA". `name`: in English where it has one."""

    date: date
    where: str
    name: str


def holidays_between(codes: Iterable[str], first: date, last: date) -> list[Holiday]:
    """Those of these places from one day to another, both included, by day. A code that nothing is known of has none."""
    import holidays  # it takes a while, and most schedules have none

    found = []
    for code in codes:
        country, _, part = code.partition("-")
        try:
            known = holidays.country_holidays(
                country, subdiv=part or None, years=range(first.year, last.year + 1), language="en_US"
            )
        except NotImplementedError:  # an older file, or a newer package
            continue
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        found += [Holiday(day, code, name) for day in days if (name := known.get(day))]
    return sorted(found, key=lambda holiday: (holiday.date, holiday.where))
