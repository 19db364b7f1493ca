"""Hours and pay as CSV."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

from watchbill.engine.duty.pay import Rates, Worked
from watchbill.oncall.report import Sheet, Who, as_csv

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
HOURS = {"holiday": 0, "weekend": 3600, "sleep": 7200, "business": 5400, "off": 60}
PEOPLE = {1: Who("Ana, the first", "ana@example.org", "Europe/Madrid"), 2: Who("=cmd()", "+bo@example.org", "UTC")}


def rows(rates: Rates | None = None) -> list[dict[str, str]]:
    text = as_csv([Sheet("Primary", (Worked(1, HOURS), Worked(2, HOURS)))], PEOPLE, SINCE, UNTIL, rates)
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_has_a_persons_hours_by_what_they_are():
    row = rows()[0]
    assert (row["schedule"], row["name"], row["email"], row["time_zone"]) == (
        "Primary", "Ana, the first", "ana@example.org", "Europe/Madrid",
    )  # fmt: skip
    assert (row["from"], row["until"]) == ("2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00")
    assert [row[f"{kind}_hours"] for kind in HOURS] == ["0.00", "1.00", "2.00", "1.50", "0.02"]
    assert row["hours"] == "4.52"
    assert "pay" not in row


def test_with_rates_it_says_what_the_hours_are_worth():
    row = rows(Rates({"weekend": Decimal(30), "business": Decimal("7.5")}, "EUR"))[0]
    assert (row["pay"], row["currency"]) == ("41.25", "EUR")


def test_a_name_that_a_spreadsheet_would_reckon_with_is_defused():
    assert (rows()[1]["name"], rows()[1]["email"]) == ("'=cmd()", "'+bo@example.org")
