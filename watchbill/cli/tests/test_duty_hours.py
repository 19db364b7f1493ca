"""`schedule hours` and `schedule check`, on a real database."""

import csv
import io
import json

import pytest

from tests.acceptance.story import Story
from watchbill.cli.tests.conftest import Run, told
from watchbill.engine.duty.schedule import Hours
from watchbill.oncall.tests.house import House
from watchbill.people.models import Person

NOVEMBER = ("--from", "2026-11-01", "--until", "2026-12-01")


@pytest.fixture
def house(story: Story) -> House:
    """Ana and Bo take turns in Primary, day by day at 09:00 in Madrid; it is Sunday 2026-11-22, 03:00 there."""
    house = House(story.cast())
    house.rota(holidays=["ES"])
    Person.objects.filter(name="Bo").update(time_zone="America/New_York")
    Person.objects.filter(name="Ana").update(time_zone="Europe/Madrid")
    return house


def test_hours_are_of_each_persons_own_day(house: House, run: Run) -> None:
    told = json.loads(run("schedule", "hours", *NOVEMBER, "--json").stdout)
    people = {one["person"]["name"]: one for one in told["people"]}
    assert told["schedules"] == ["Primary"]
    assert {name: one["seconds"] // 3600 for name, one in people.items()} == {"Ana": 360, "Bo": 360}
    # A day from 09:00 in Madrid is a day from 03:00 in New York: as much sleep, at the other end of it.
    assert {name: one["sleep"] // 3600 for name, one in people.items()} == {"Ana": 135, "Bo": 135}
    assert all(one["business"] + one["off"] + one["sleep"] == one["seconds"] for one in people.values())


def test_holidays_of_the_schedule_are_counted(house: House, run: Run) -> None:
    christmas = ("--from", "2026-12-25", "--until", "2026-12-26")
    told = json.loads(run("schedule", "hours", *christmas, "--json").stdout)
    assert {one["person"]["name"]: one["holiday"] // 3600 for one in told["people"]} == {"Ana": 9, "Bo": 15}
    assert all(one["business"] == 0 for one in told["people"])


def test_the_table_fits_a_terminal_and_says_whose_hours_they_are(house: House, run: Run) -> None:
    text = run("schedule", "hours", *NOVEMBER).stdout
    assert max(len(line) for line in text.splitlines()) <= 80
    assert [line.split()[:2] for line in text.splitlines() if line.startswith(("Ana", "Bo"))] == [
        ["Ana", "360"],
        ["Bo", "360"],
    ]


def test_the_export_has_pay_for_given_rates(house: House, run: Run) -> None:
    result = run(
        "schedule", "hours", *NOVEMBER, "--csv", "--rate", "sleep=10", "--rate", "weekend=1.5", "--currency", "EUR"
    )
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    ana = rows["Ana"]
    assert (ana["schedule"], ana["email"], ana["currency"]) == ("Primary", "ana@example.org", "EUR")
    assert float(ana["pay"]) == pytest.approx(10 * float(ana["sleep_hours"]) + 1.5 * float(ana["weekend_hours"]))
    assert float(ana["hours"]) == 360


def test_what_an_override_moved_is_in_the_hours_also_when_it_is_over(house: House, run: Run, story: Story) -> None:
    house.add("replace", "2026-11-24 18:00", "2026-11-24 22:00", person="Bo", instead_of="Ana")
    story.at("2026-12-20 12:00")
    told = json.loads(run("schedule", "hours", *NOVEMBER, "--json").stdout)
    assert {one["person"]["name"]: one["seconds"] // 3600 for one in told["people"]} == {"Ana": 356, "Bo": 364}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--rate", "night=3", "--csv"), "'night=3' is not KIND=AMOUNT"),
        (("--rate", "sleep=much", "--csv"), "'much' is no amount"),
        (("--rate", "sleep=-1", "--csv"), "'-1' is no amount"),
        (("--rate", "sleep=3"), "go with --csv"),
        (("--schedule", "Primry"), "Did you mean Primary?"),
        (("--until", "2026-10-01"), "--until must be later than --from"),
    ],
)
def test_what_will_not_do_is_told(house: House, run: Run, words: tuple[str, ...], says: str) -> None:
    result = run("schedule", "hours", *NOVEMBER, *words)
    assert result.exit_code in (2, 3)
    assert says in " ".join(result.output.split())


def test_the_check_of_a_good_rota(house: House, run: Run) -> None:
    result = run("schedule", "check", "Primary")
    assert result.exit_code == 0
    assert "Primary 100 of 100" in " ".join(result.stdout.split())


def test_the_check_names_what_is_amiss(house: House, run: Run) -> None:
    house.rota("Secondary", ("Ana",))
    house.rota("Database", ("Cy",), team="Search", hours=(Hours(0, 5 * 1440),))
    primary = json.loads(run("schedule", "check", "Primary", "--json").stdout)
    assert {one["kind"] for one in primary["found"]} == {"double"}
    assert primary["found"][0]["person"]["name"] == "Ana"
    assert primary["score"] == 100 - sum(primary["cost"].values()) < 100
    text = " ".join(run("schedule", "check", "Database").stdout.split())
    assert "gap, 13" in text and "Nobody is on duty: no rotation has anybody on duty then." in text


def test_hours_of_somebody_who_has_left_are_still_hours(house: House, run: Run, story: Story) -> None:
    story.switch_off("Bo")
    people = {one["person"]["name"]: one for one in told(run, "schedule", "hours", *NOVEMBER)["people"]}
    assert people["Bo"]["seconds"] // 3600 == 360


def test_each_has_the_holidays_of_the_schedules_in_which_they_are(house: House, run: Run) -> None:
    house.rota("Database", ("Cy",), team="Search", holidays=["DE"])
    christmas = ("--from", "2026-12-26", "--until", "2026-12-27")  # a holiday in Germany, and not in Spain
    people = {one["person"]["name"]: one for one in told(run, "schedule", "hours", *christmas)["people"]}
    assert (people["Cy"]["holiday"] > 0, people["Ana"]["holiday"]) == (True, 0)
