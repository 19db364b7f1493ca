"""What all results come to: sums for the tables of the page, and everything that was wrong."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from proof.kept import Result

Told = Mapping[str, Any]
# Where logs lie on this machine is in the figures, and is nobody else's business.
LOGS = re.compile(r" \(logs: [^)]*\)$")
SUMS_OF_SIM = (
    "worlds", "years", "events", "incidents", "pages", "told", "unknown", "duplicates", "unexplained", "lost", "deaths",
    "freezes", "cpu_s",
)  # fmt: skip
SUMS_OF_CRASH = ("run", "kill9", "torn", "double", "accepted", "pages", "told", "lost", "duplicates")
SUMS_OF_A_FAULT = (
    "runs", "passed", "accepted", "told", "lost", "duplicates", "unexplained_duplicates", "unknown",
)  # fmt: skip


class Figures(Struct):
    """`sim`, `crash`, `zones`: sums by name. `faults`, `planted`: lines by name. `wrong`: every failure, in a sentence with
    how to see it again. `seconds`: of each stage, by the clock on the wall, pieces added up."""

    sim: dict[str, Any] = field(default_factory=dict)
    crash: dict[str, Any] = field(default_factory=dict)
    zones: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)
    planted: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """In all stages."""
        return int(_of(self.sim, "lost") + _of(self.crash, "lost") + sum(one["lost"] for one in self.faults.values()))

    @property
    def told(self) -> int:
        """Messages that were handed to providers, in all stages."""
        return int(_of(self.sim, "told") + _of(self.crash, "told") + sum(one["told"] for one in self.faults.values()))

    @property
    def duplicates(self) -> int:
        """Of those, the ones that had arrived before."""
        by_fault = sum(one["duplicates"] for one in self.faults.values())
        return int(_of(self.sim, "duplicates") + _of(self.crash, "duplicates") + by_fault)

    @property
    def fault_runs(self) -> int:
        """Whole systems that were broken."""
        return int(sum(one["runs"] for one in self.faults.values()))

    @property
    def caught(self) -> int:
        """Planted bugs that some check noticed."""
        return sum(bool(one["caught"]) for one in self.planted)

    @property
    def worst_recovery_s(self) -> float:
        """The longest that a due page waited after a fault, as far as it is measured from the fault on."""
        return max((float(one["worst_recovery_s"]) for one in self.faults.values()), default=0.0)


def figures_of(results: Mapping[str, Sequence[Result]], broken: Mapping[str, str], missing: int) -> Figures:
    """Adds up. `broken`: pieces that left no figures. `missing`: how many pieces were not run at all."""
    figures = Figures()
    for stage, some in results.items():
        figures.seconds[stage] = sum(result.seconds for result in some)
        reports = [result.told for result in some]
        _ADD[stage](figures, reports)
        for result in some:
            if result.status and not _says_why(stage, result.told):
                figures.wrong.append(f"{result.name} ended with {result.status} and does not say why.")
    figures.wrong.extend(f"{name}: {how}" for name, how in broken.items())
    if missing:
        figures.wrong.append(f"{missing} pieces of the run have no figures yet; this page is not complete.")
    return figures


def bound(trials: int) -> float:
    """The rate that 0 of so many independent trials leaves possible, at 95 %: the rule of three."""
    return 3 / trials


def per_10_000(count: int, of: int) -> float:
    """How many in ten thousand."""
    return 10_000 * count / of if of else 0.0


def _add_sim(figures: Figures, reports: Sequence[Told]) -> None:
    faults: Counter[str] = Counter()
    called: Counter[str] = Counter()
    for told in reports:
        faults.update(told["faults"])
        called.update(told["called"])
        figures.wrong.extend(
            f"Seed {one['seed']}, {one['check']}: {one['sentence']} "
            f"Again: `python -m sim --seed {one['seed']} --days {told['days']:g} --profile {told['profile']}`"
            for one in told["failures"]
        )
    figures.sim = _sums(reports, SUMS_OF_SIM)
    figures.sim["faults"] = dict(sorted(faults.items()))
    figures.sim["called"] = dict(sorted(called.items()))
    figures.sim["days"] = max(told["days"] for told in reports)
    figures.sim["profile"] = reports[0]["profile"]
    figures.sim["worst_recovery_s"] = max(told["worst_recovery_s"] for told in reports)


def _add_crash(figures: Figures, reports: Sequence[Told]) -> None:
    figures.crash = _sums(reports, SUMS_OF_CRASH)
    figures.crash["points"] = max(told["points"] for told in reports)
    figures.crash["scenarios"] = max(len(told["scenarios"]) for told in reports)
    seen: dict[str, None] = {}  # what goes wrong without a death is in each part
    for told in reports:
        for one in told["failures"]:
            where = f"{one['scenario']!r}, died at {one['name'] or 'no point'}"
            seen[f"{where}, {one['check']}: {one['sentence']} Again: `{one['replay']}`"] = None
    figures.wrong.extend(seen)


def _add_faults(figures: Figures, reports: Sequence[Told]) -> None:
    for told in reports:
        for line in told["faults"]:
            known = figures.faults.get(line["name"])
            added = _sums([line, *([known] if known else [])], SUMS_OF_A_FAULT)
            worst = max(line["worst_recovery_s"], known["worst_recovery_s"] if known else 0.0)
            figures.faults[line["name"]] = {
                "title": line["title"],
                "worst_recovery_s": worst,
                "worst_recovery_bar_s": line["worst_recovery_bar_s"],
                **added,
            }
            figures.wrong.extend(
                f"{line['name']}: {LOGS.sub('', failure)} Again: `make faults ARGS='--fault {line['name']} --times 1'`"
                for failure in line["failures"]
            )


def _add_planted(figures: Figures, reports: Sequence[Told]) -> None:
    for told in reports:
        figures.planted.extend(told["planted"])
        figures.wrong.extend(
            f"The planted bug {one['name']} was caught by nothing: {one['sentence']}"
            for one in told["planted"]
            if not one["caught"]
        )
        figures.wrong.extend(
            f"Without any bug, this check finds fault, so what it catches proves nothing: {check}"
            for check in told.get("unfit", ())
        )
    figures.planted.sort(key=lambda one: (one["file"], one["name"]))


def _add_zones(figures: Figures, reports: Sequence[Told]) -> None:
    for told in reports:
        figures.zones = dict(told)
        figures.wrong.extend(f"{one} Again: `python -m watchbill.engine.duty.tests.sweep`" for one in told["wrong"])


_ADD = {"sim": _add_sim, "crash": _add_crash, "faults": _add_faults, "planted": _add_planted, "zones": _add_zones}


def _says_why(stage: str, told: Told) -> bool:
    if stage == "faults":
        return any(line["failures"] for line in told["faults"])
    if stage == "planted":
        return bool(told.get("unfit")) or told["caught"] < told["total"]
    if stage == "zones":
        return bool(told["wrong"])
    return bool(told["failures"])


def _sums(reports: Sequence[Told], names: Sequence[str]) -> dict[str, Any]:
    return {name: sum(told[name] for told in reports) for name in names}


def _of(sums: Told, name: str) -> float:
    return float(sums.get(name, 0))
