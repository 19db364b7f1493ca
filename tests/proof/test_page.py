"""The page adds up what the stages have written, and hides nothing."""

import re

import pytest
from msgspec.structs import replace

from proof.figures import bound, figures_of, per_10_000
from proof.page import render
from tests.proof.reports import ABOUT, all_well, crash, faults, planted, result, sim, zones


def page(results=None, broken=None, missing: int = 0, about=ABOUT) -> str:
    return render(about, figures_of(all_well() if results is None else results, broken or {}, missing))


def test_the_sums_are_those_of_the_pieces() -> None:
    figures = figures_of(all_well(), {}, 0)
    assert not figures.wrong
    assert (figures.sim["worlds"], figures.sim["events"], figures.sim["deaths"]) == (500, 2000, 100)
    assert figures.sim["faults"] == {"freeze": 40, "kill": 100}
    assert figures.sim["worst_recovery_s"] == 31.5
    assert (figures.crash["points"], figures.crash["run"], figures.crash["kill9"]) == (5000, 5000, 120)
    assert (figures.told, figures.duplicates, figures.lost) == (2 * 300 + 2 * 3100 + 505, 2 * 4 + 2 * 100 + 5, 0)
    assert (figures.caught, figures.fault_runs, figures.worst_recovery_s) == (1, 5, 30.2)


def test_runs_of_one_fault_are_added_up() -> None:
    results = {
        "faults": [result("faults", faults()), result("faults", faults(worst_recovery_s=33.0, runs=2, passed=2))]
    }
    (line,) = figures_of(results, {}, 0).faults.values()
    assert (line["runs"], line["passed"], line["accepted"], line["worst_recovery_s"]) == (7, 7, 1000, 33.0)


def test_the_page_says_what_it_was_and_what_it_does_not_say() -> None:
    text = page()
    assert "`0123456789ab` of 2026-11-27" in text
    assert "2 cores of An Abacus, 24 GiB" in text
    assert "0 of 500 simulated worlds" in text
    assert "0.6 % of such weeks" in text, "3/500"
    assert "0 of 5 whole systems" in text
    assert "60 %" in text, "3/5"
    assert "| planted bugs caught | 1 of 1 |" in text
    assert r"Writes over \| others." in text
    assert "| steps, on_duty | 80 |" in text
    assert "| 2020 to 2037 | 598 | 9,000 | 140,000 | 0 | 700 | 700 | 0 | 61 s |" in text
    assert "Not written by hand" in text
    assert "went wrong" not in text
    assert not re.search(r"\n{3}", text), "no holes"


def test_the_bound_and_the_rate() -> None:
    assert bound(20_000) == pytest.approx(0.00015)
    assert per_10_000(213, 7305) == pytest.approx(291.58, abs=0.01)
    assert per_10_000(0, 0) == 0


FAILURE = {"seed": 77, "check": "nothing_lost", "sentence": "It is gone."}
DEATH = {"scenario": "repeat", "point": [4], "name": "after COMMIT", "check": "ends_as_planned", "sentence": "No.",
         "replay": "python -m tests.crash --scenario repeat --point 4"}  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "told", "said"),
    [
        ("sim", sim(failures=[FAILURE], lost=1), "Seed 77, nothing_lost: It is gone. Again: `python -m sim --seed 77"),
        ("crash", crash(failures=[DEATH]), "died at after COMMIT, ends_as_planned: No. Again: `python -m tests.crash"),
        (
            "faults",
            faults(passed=4, failures=["Page 3 was not told. (logs: /var/x/1)"]),
            "kill-nodes: Page 3 was not told. Again: `make",
        ),
        ("planted", planted(caught=False), "The planted bug no-fence was caught by nothing"),
        ("planted", planted(unfit=["sim, 9 seeds"]), "what it catches proves nothing: sim, 9 seeds"),
        (
            "zones",
            zones(gaps=1, wrong=["Asia/Gaza at 7: nobody."]),
            "Asia/Gaza at 7: nobody. Again: `python -m watchbill",
        ),
        ("sim", sim(), "sim ended with 1 and does not say why."),
    ],
)
def test_a_failure_stands_at_the_top(stage: str, told, said: str) -> None:
    text = page(all_well() | {stage: [result(stage, told, status=1)]})
    assert said in text
    assert text.index(said) < text.index("| commit |")
    assert "## 1 things went wrong" in text
    if told.get("lost"):
        assert "simulated worlds lost anything" not in text, "there is no bound without the 0"


def test_what_broke_down_or_is_missing_is_said() -> None:
    text = page(broken={"sim-000251": "It ended with -9 and wrote no figures."}, missing=3)
    assert "sim-000251: It ended with -9" in text
    assert "3 pieces of the run have no figures yet" in text


def test_a_page_of_some_stages_only_has_no_holes() -> None:
    text = page({"sim": all_well()["sim"]}, missing=7)
    assert "## Simulation" in text
    assert "## Planted bugs" not in text


def test_changed_files_and_a_quick_run_are_said() -> None:
    about = replace(ABOUT, tree=replace(ABOUT.tree, changes="abc"), quick=True)
    text = page(about=about)
    assert "changed and not committed" in text
    assert "It proves little" in text
