"""What the stages would have written, small enough to add up in one's head."""

from typing import Any

from proof.kept import Result
from proof.machine import Machine
from proof.page import About
from proof.tree import Tree

MACHINE = Machine(
    cores=2, processor="An Abacus", memory=24, system="Linux 6.1", python="3.11.9", postgresql="18.1"
)  # fmt: skip
ABOUT = About(Tree("0123456789abcdef" + 24 * "0", "2026-11-27", ""), MACHINE, "2026-11-28", 39.6, quick=False)


def result(stage: str, told: dict[str, Any], *, name: str = "", status: int = 0) -> Result:
    return Result(stage, name or stage, status, 10.0, told)


def sim(**other: Any) -> dict[str, Any]:
    told = {
        "seeds": [1, 250], "days": 7, "profile": "chaos", "worlds": 250, "years": 4.79, "events": 1000, "incidents": 100,
        "pages": 200, "told": 300, "unknown": 9, "duplicates": 4, "unexplained": 0, "lost": 0, "deaths": 50,
        "freezes": 20, "faults": {"kill": 50, "freeze": 20},
        "called": {"steps, on_duty": 40}, "worst_recovery_s": 31.5, "cpu_s": 15.0, "failures": [],
    }  # fmt: skip
    return told | other


def crash(**other: Any) -> dict[str, Any]:
    told = {
        "points": 5000, "run": 2500, "scenarios": {"new alert": 90, "repeat": 110}, "kill9": 60, "torn": 10, "double": 20,
        "accepted": 4000, "pages": 3000, "told": 3100, "lost": 0, "duplicates": 100, "failures": [],
    }  # fmt: skip
    return told | other


def faults(name: str = "kill-nodes", **other: Any) -> dict[str, Any]:
    line = {
        "name": name, "title": "kill -9 of a node", "runs": 5, "passed": 5, "accepted": 500, "told": 505, "lost": 0,
        "duplicates": 5, "unexplained_duplicates": 0, "unknown": 5, "worst_recovery_s": 30.2, "worst_recovery_bar_s": 35.0,
        "failures": [],
    }  # fmt: skip
    return {"faults": [line | other], "seconds": 870.0, "cores": 2}


def planted(*, caught: bool = True, **other: Any) -> dict[str, Any]:
    bug = {
        "name": "no-fence", "file": "watchbill/paging/settle.py", "sentence": "Writes over | others.", "caught": caught,
        "by": "sim: nothing_lost" if caught else "", "seconds": 4.0,
    }  # fmt: skip
    return {"planted": [bug], "caught": int(caught), "total": 1, "unfit": []} | other


def zones(**other: Any) -> dict[str, Any]:
    told = {
        "years": [2020, 2037], "zones": 598, "transitions": 9000, "cases": 140_000, "gaps": 0, "overlaps": 700,
        "meant": 700, "wrong": [], "seconds": 61.0,
    }  # fmt: skip
    return told | other


def all_well() -> dict[str, list[Result]]:
    return {
        "sim": [result("sim", sim()), result("sim", sim(seeds=[251, 500], worst_recovery_s=30.0))],
        "crash": [result("crash", crash()), result("crash", crash())],
        "faults": [result("faults", faults())],
        "planted": [result("planted", planted())],
        "zones": [result("zones", zones())],
    }
