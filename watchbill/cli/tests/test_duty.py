"""The commands about who is on duty, on a real database: what they print, their JSON, their exit status, and who may."""

import pytest
from rich.cells import cell_len

from tests.acceptance.story import Story
from watchbill.cli.tests.conftest import Run, told
from watchbill.engine.duty.schedule import Hours
from watchbill.oncall.models import Override, Schedule
from watchbill.oncall.tests.house import House
from watchbill.people.models import Person

ANA, BO, CY = "ana@example.org", "bo@example.org", "cy@example.org"
TUESDAY = ("--from", "Tue 18:00", "--until", "22:00")


@pytest.fixture
def house(story: Story) -> House:
    """Ana and Bo take turns in Primary; it is Sunday 2026-11-22, 03:00 in Madrid, and Bo's turn."""
    house = House(story.cast())
    house.rota()
    return house


def said(run: Run, *words: str) -> str:
    """What it prints, on one line."""
    return " ".join(run(*words).output.split())


def test_the_list_says_who_is_on_duty_and_where_the_next_gap_is(house: House, run: Run) -> None:
    house.rota("Database", ("Cy",), team="Search", hours=(Hours(0, 5 * 1440),))
    result = run("schedule", "list")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[2] == "Database nobody ▲ 3, the next now"
    assert lines[4:] == ["Primary Bo none", "Payments · Europe/Madrid"]
    assert told(run, "schedule", "list")["schedules"][1] == {
        "name": "Primary",
        "team": "Payments",
        "zone": "Europe/Madrid",
        "rotations": ["Daily"],
        "on_duty": [{"name": "Bo", "email": BO}],
        "next_gap": None,
        "gaps": 0,
    }


def test_without_a_schedule_it_says_what_to_do(story: Story, run: Run) -> None:
    story.cast()
    assert said(run, "schedule", "list").startswith("There is no schedule yet.")


def test_days_are_shown_with_their_source_overrides_shadows_and_gaps(house: House, run: Run) -> None:
    house.rota(people=("Cy",), rotation="Learning", shadow=True)
    house.add("replace", "2026-11-24 18:00", "2026-11-24 22:00", by="Bo", person="Bo", instead_of="Ana", note="dentist")
    house.add("remove", "2026-11-25 20:00", "2026-11-26 09:00", instead_of="Bo")
    result = run("schedule", "show", "primary", "--days", "4")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and max(map(cell_len, lines)) <= 80
    assert lines[0] == "Primary  team Payments  Sun 22 Nov – Wed 25 Nov 2026, 4 days, in Europe/Madrid"
    assert lines[1] == "▶ 03:00 CET now: Bo until Sun 22 Nov 09:00 CET"
    assert lines[4] == "▶ Sun 22 Nov → 09:00     ━━━━━━━━━                  Bo      Daily"
    assert lines[5] == "             09:00 →              ━━━━━━━━━━━━━━━   Ana     Daily"
    assert lines[6] == "             all day     ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ ◌ Cy      Learning"
    assert "             18:00–22:00                   ════   ⇄ Bo      override by Bo" in lines
    assert "             20:00 →                         ×××× ▲ NOBODY  override takes Bo" in lines
    assert "⇄ override or cover   ◌ shadow: told, not paged   ▲ gap: nobody is on duty" in lines
    assert "▲ 1 gap, 4 h in all" in lines
    assert "  Wed 2026-11-25 20:00 – Thu 2026-11-26 00:00 CET  override takes Bo off duty" in lines
    assert "  #1  Tue 2026-11-24 18:00–22:00 CET  Bo instead of Ana" in lines


def test_without_a_gap_it_says_so(house: House, run: Run) -> None:
    assert "✓ No gaps." in run("schedule", "show", "Primary").stdout


def test_a_gap_now_is_shouted(house: House, run: Run) -> None:
    house.add("remove", "2026-11-22 03:00", "2026-11-22 04:00", instead_of="Bo")
    assert run("schedule", "show", "Primary").stdout.splitlines()[1] == "▶ 03:00 CET now: NOBODY is on duty"


@pytest.mark.parametrize("columns", [40, 60, 75, 76, 80, 111, 112, 120, 200])
def test_any_terminal_is_wide_enough(house: House, run: Run, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    Person.objects.filter(name="Ana").update(name="Ana Sofía de la Fuente y Mendizábal")
    house.add("take", "2026-11-24 18:00", "2026-11-24 22:00", person="Bo", note="a long note " * 30)
    for command in (("schedule", "list"), ("schedule", "show", "Primary"), ("override", "list", "Primary")):
        lines = run(*command).stdout.splitlines()
        assert max(map(cell_len, lines)) <= columns
        assert [line for line in lines if line != line.rstrip()] == []
    bars = [line.count("━") for line in run("schedule", "show", "Primary").stdout.splitlines() if "→ 09:00" in line]
    assert set(bars) == ({18} if columns >= 112 else {9} if columns >= 76 else {0})


def test_the_days_on_which_clocks_change_and_holidays_are_named(house: House, run: Run) -> None:
    Schedule.objects.update(holidays=["ES", "US-CA", "XX"])
    text = said(run, "schedule", "show", "Primary", "--from", "2026-10-23", "--days", "12")
    assert "Sun 25 Oct * 25 h: at 03:00 CEST the clock goes back to 02:00 CET" in text
    text = said(run, "schedule", "show", "Primary", "--from", "2026-12-24", "--days", "3")
    assert "Fri 25 Dec * Christmas Day (ES), Christmas Day (US-CA)" in text
    shown = told(run, "schedule", "show", "Primary", "--from", "2027-03-28", "--days", "1")
    assert shown["short_or_long_days"] == {"2027-03-28": 23.0}


def test_another_zone_moves_the_days(house: House, run: Run) -> None:
    lines = run("schedule", "show", "Primary", "--days", "1", "--zone", "America/New_York").stdout.splitlines()
    assert lines[0] == "Primary  team Payments  Sat 21 Nov 2026, in America/New_York"
    assert lines[1] == "▶ 21:00 EST now: Bo until Sun 22 Nov 03:00 EST"
    assert [line[13:20].rstrip() for line in lines[4:6]] == ["→ 03:00", "03:00 →"]
    result = run("schedule", "show", "Primary", "--zone", "Madrid")
    assert (result.exit_code, result.stderr.count("Did you mean Europe/Madrid?")) == (2, 1)


def test_the_past_is_shown_as_it_was(house: House, story: Story, run: Run) -> None:
    number = house.add("replace", "2026-11-24 18:00", "2026-11-24 22:00", person="Bo", instead_of="Ana").number
    story.at("2026-11-24 20:00", zone="Europe/Madrid")
    run("override", "remove", str(number))
    story.at("2026-12-24 20:00", zone="Europe/Madrid")
    shown = told(run, "schedule", "show", "Primary", "--from", "2026-11-24", "--days", "1")
    mine = [(one["since"], one["until"]) for one in shown["shifts"] if one["override"] == number]
    assert mine == [("2026-11-24T17:00:00Z", "2026-11-24T19:00:00Z")]


def test_what_is_not_there_is_named_with_what_is(house: House, run: Run) -> None:
    result = run("schedule", "show", "Primery")
    assert (result.exit_code, result.stderr) == (
        3,
        "watchbill: There is no schedule called Primery. Did you mean Primary?\n",
    )
    result = run("override", "add", "Primary", "--person", CY, *TUESDAY, "--rotation", "Dayly")
    assert (result.exit_code, "Did you mean Daily?" in result.stderr) == (3, True)
    assert run("override", "add", "Primary", "--person", "nobody@example.org", *TUESDAY).exit_code == 3
    assert run("override", "remove", "9").exit_code == run("cover", "take", "9", "--as", BO).exit_code == 3


def test_an_override_is_made_listed_and_taken_back(house: House, run: Run) -> None:
    result = run("override", "add", "Primary", "--person", BO, "--instead-of", ANA, *TUESDAY, "--as", BO, "--note", "x")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "✓ Override 1: Bo instead of Ana in Primary, Tue 2026-11-24 18:00–22:00 CET."
    assert lines[2:4] == ["  - Ana  Tue 2026-11-24 18:00–22:00 CET", "  + Bo   Tue 2026-11-24 18:00–22:00 CET"]
    assert "! Bo has only 9 h of rest" in result.stdout
    (listed,) = told(run, "override", "list", "Primary")
    assert listed == {
        "number": 1,
        "kind": "replace",
        "person": {"name": "Bo", "email": BO},
        "instead_of": {"name": "Ana", "email": ANA},
        "rotation": None,
        "since": "2026-11-24T17:00:00Z",
        "until": "2026-11-24T21:00:00Z",
        "by": {"name": "Bo", "email": BO},
        "via": "cli",
        "note": "x",
        "cover": False,
    }
    result = run("override", "remove", "1", "--as", ANA)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "✓ Override 1 is taken back before it began.")
    result = run("override", "remove", "1")
    assert (result.exit_code, "was taken back already" in result.stderr) == (4, True)
    assert said(run, "override", "list", "Primary") == "Primary has no override now or to come."


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("--person", CY), "take"),
        (("--person", CY, "--also"), "add"),
        (("--person", CY, "--instead-of", ANA), "replace"),
        (("--remove", ANA), "remove"),
    ],
)
def test_the_options_say_together_what_it_does(house: House, run: Run, options: tuple[str, ...], kind: str) -> None:
    done = told(run, "override", "add", "Primary", *options, "--from", "Tue 18:00", "--for", "4h")
    assert Override.objects.get(id=done["number"]).kind == kind


def test_a_dry_run_does_nothing_and_says_the_same(house: House, run: Run) -> None:
    add = ("override", "add", "Primary", "--remove", ANA, *TUESDAY)
    dry = told(run, *add, "--dry-run")
    assert (dry["changed"], dry["number"], Override.objects.count()) == (False, None, 0)
    assert said(run, *add, "--dry-run").startswith("– Nothing was changed. It would be: without Ana in Primary, ")
    assert dry["effects"] == told(run, *add)["effects"]
    (effect,) = dry["effects"]
    assert [(one["person"] and one["person"]["name"], one["gains"]) for one in effect["moves"]] == [
        ("Ana", False),
        (None, True),
    ]
    assert [one["care"] for one in effect["cautions"]] == ["gap"]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--person", CY, "--remove", ANA),
        ("--person", CY, "--also", "--instead-of", ANA),
        ("--remove", ANA, "--also"),
        ("--person", CY, "--for", "4h"),  # and --until
    ],
)
def test_options_that_contradict_each_other_are_refused(house: House, run: Run, options: tuple[str, ...]) -> None:
    assert run("override", "add", "Primary", *options, *TUESDAY).exit_code == 2
    assert Override.objects.count() == 0


def test_times_that_are_none_or_that_are_twice_are_told(house: House, run: Run) -> None:
    result = run("override", "add", "Primary", "--person", CY, "--from", "Tuesdy 18:00", "--for", "4h")
    assert (result.exit_code, "Did you mean Tuesday?" in result.stderr) == (2, True)
    result = run("override", "add", "Primary", "--person", CY, "--from", "2027-03-28 02:30", "--for", "1h", "--dry-run")
    assert "--from: 02:30 does not exist on 2027-03-28 in Europe/Madrid; 03:00 is meant." in result.stdout
    assert run("override", "add", "Primary", "--person", CY, "--from", "Tue 18:00", "--for", "4").exit_code == 2


def test_a_refusal_changes_nothing_and_says_so_by_its_status(house: House, run: Run) -> None:
    result = run("override", "add", "Primary", "--person", ANA, "--instead-of", BO, *TUESDAY)
    assert result.exit_code == 4
    assert result.stderr == (
        "watchbill: Bo has no duty in Primary at any time Tue 2026-11-24 18:00–22:00 CET. "
        "Bo next is on duty in Primary from Wed 2026-11-25 09:00 CET.\n"
    )
    result = run("override", "add", "Primary", "--person", CY, *TUESDAY, "--as", CY)
    assert (result.exit_code, "Cy may not change Primary" in result.stderr) == (4, True)
    assert Override.objects.count() == 0


def test_cover_is_asked_for_taken_in_parts_and_withdrawn(house: House, run: Run) -> None:
    result = run("cover", "ask", "--as", ANA, *TUESDAY, "--note", "concert")
    assert result.stdout.replace("\n", " ").startswith(
        "✓ Cover request 1: Tue 2026-11-24 18:00–22:00 CET. It stays yours"
    )
    assert "Bo until" in run("schedule", "show", "Primary").stdout
    done = told(run, "cover", "take", "1", "--as", BO, "--from", "19:00", "--until", "20:00")
    assert done["cover"]["state"] == "part taken"
    assert done["cover"]["taken"] == [
        {"person": {"name": "Bo", "email": BO}, "since": "2026-11-24T18:00:00Z", "until": "2026-11-24T19:00:00Z"}
    ]
    assert [one["since"] for one in done["cover"]["left"]] == ["2026-11-24T17:00:00Z", "2026-11-24T19:00:00Z"]
    text = said(run, "cover", "list")
    assert text.startswith("#1 Tue 2026-11-24 18:00–22:00 CET Ana asks for cover (concert) Part taken: Bo has")
    assert "#1 Tue 2026-11-24 18:00–22:00 CET Ana asks for cover" in said(run, "schedule", "show", "Primary")
    result = run("cover", "take", "1", "--as", BO, "--from", "19:30")
    assert (result.exit_code, "Bo was quicker" in result.stderr) == (4, True)
    assert run("cover", "decline", "1", "--as", CY).exit_code == 4
    assert said(run, "cover", "withdraw", "1", "--as", ANA).startswith(
        "✓ Cover request 1: Withdrawn by Ana; Bo has Tue"
    )
    assert said(run, "cover", "list") == "✓ Nobody asks for cover."


def test_cover_wants_to_know_who_you_are(house: House, run: Run) -> None:
    assert run("cover", "ask", *TUESDAY).exit_code == 2
    assert run("cover", "ask", "--as", BO, *TUESDAY).exit_code == 4
    Person.objects.filter(name="Ana").update(active=False)
    assert run("cover", "ask", "--as", ANA, *TUESDAY).exit_code == 3


def test_what_strangers_wrote_steers_no_terminal(house: House, run: Run) -> None:
    Person.objects.filter(name="Ana").update(name="Ana\x1b[31m\nroot")
    house.add("take", "2026-11-24 18:00", "2026-11-24 22:00", person="Bo", note="\x1b]0;x\x07 \u202egnp")
    for command in (("schedule", "list"), ("schedule", "show", "Primary"), ("override", "list", "Primary")):
        assert not set("\x1b\x07\u202e") & set(run(*command).stdout)
    result = run("override", "add", "Primary", "--remove", ANA, "--from", "Tue 18:00", "--for", "1h")
    assert "\x1b" not in result.output


def test_a_temporary_schedule_is_all_there_is_in_its_time(house: House, run: Run) -> None:
    window = ("--from", "Sat 00:00", "--until", "Mon 00:00")
    shifts = ("--shift", f"{BO}, Sat 00:00, Sat 20:00", "--shift", f"{CY}, Sat 20:00, Mon 00:00")
    result = run("override", "add", "Primary", *window, *shifts, "--note", "moving house")
    assert result.exit_code == 0, result.output
    assert "Override 1: a temporary schedule in Primary, Sat 2026-11-28 00:00 – Mon 2026-11-30 00:00 CET." in " ".join(
        result.output.split()
    )
    assert [house.duty(f"2026-11-{time}") for time in ("27 23:59", "28 12:00", "28 20:00", "29 23:59", "30 00:00")] == [
        ["Bo"], ["Bo"], ["Cy"], ["Cy"], ["Bo"],
    ]  # fmt: skip
    assert "temporary schedule" in said(run, "schedule", "show", "Primary", "--days", "9")


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (f"{BO}, Sat 00:00", 'is not "EMAIL, FROM, UNTIL"'),
        ("zo@example.org, Sat 00:00, Sat 20:00", "Nobody here has the address"),
        (f"{BO}, Tue 00:00, Tue 20:00", "lies outside of the temporary schedule"),
        (f"{BO}, Sat 25:00, Sun 20:00", "is on no clock"),
    ],
)
def test_a_temporary_schedule_that_will_not_do(house: House, run: Run, shift: str, says: str) -> None:
    result = run("override", "add", "Primary", "--from", "Sat 00:00", "--until", "Mon 00:00", "--shift", shift)
    assert result.exit_code in (2, 3, 4)
    assert says in " ".join(result.output.split())
    assert not Override.objects.exists()
