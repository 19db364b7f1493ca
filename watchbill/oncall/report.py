"""Hours and pay as CSV, for whoever pays: one row a person and schedule."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from watchbill.engine.duty.pay import KINDS, Rates, Worked

COLUMNS = ("schedule", "name", "email", "time_zone", "from", "until", "hours", *(f"{kind}_hours" for kind in KINDS))
PAY = ("pay", "currency")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Who(Struct, frozen=True):
    """A person as the report names them."""

    name: str
    email: str
    zone: str


class Sheet(Struct, frozen=True):
    """The hours of one schedule."""

    schedule: str
    worked: tuple[Worked, ...]


def as_csv(
    sheets: Iterable[Sheet], people: Mapping[int, Who], since: datetime, until: datetime, rates: Rates | None
) -> str:
    """The report. Hours have two digits and a point. With rates it has what each row is worth. Text that a spreadsheet would
    reckon with begins with an apostrophe."""
    told = io.StringIO()
    rows = csv.writer(told, lineterminator="\r\n")
    rows.writerow((*COLUMNS, *(PAY if rates is not None else ())))
    for sheet in sheets:
        for one in sheet.worked:
            who = people.get(one.person, Who("?", "", "UTC"))
            hours = (f"{seconds / 3600:.2f}" for seconds in (one.total, *(one.seconds[kind] for kind in KINDS)))
            texts = map(_harmless, (sheet.schedule, who.name, who.email, who.zone))
            pay = (f"{one.pay(rates)}", _harmless(rates.currency)) if rates is not None else ()
            rows.writerow((*texts, since.isoformat(), until.isoformat(), *hours, *pay))
    return told.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
