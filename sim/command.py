"""`python -m sim`: runs worlds from their seeds, says what broke, and how to see it again."""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from sim.diary import Diary
from sim.profile import PROFILES
from sim.run import Outcome, merged, run_seed
from sim.trace import write_traces
from watchbill import django_settings

CHUNK = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 1 when a promise was broken."""
    options = _options(arguments)
    django_settings.configure("", "a secret key of the simulator, long enough")
    seeds = _seeds(options)
    outcomes: list[Outcome] = []
    said = Console(stderr=True)
    with Progress(
        TextColumn("worlds"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[broken]}"), console=said, transient=True, disable=len(seeds) < 2,
    ) as progress:  # fmt: skip
        task = progress.add_task("", total=len(seeds), broken="")
        for some in _run(seeds, options):
            outcomes.extend(some)
            broken = sum(bool(outcome.violations) for outcome in outcomes)
            progress.update(task, advance=len(some), broken=f"{broken} broken" if broken else "")
            if options.stop and broken:
                break
    told = merged(outcomes, days=options.days, profile=options.profile)
    if options.json:
        Path(options.json).write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1))
    Console().print(_table(told))
    failed = [outcome for outcome in outcomes if outcome.violations]
    for outcome in failed[:3]:
        _tell_failure(outcome, options)
    if failed or options.trace:
        _trace(failed[0].seed if failed else seeds[0], options)
    return 1 if failed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sim", description=__doc__)
    parser.add_argument("--seed", type=int, help="one world")
    parser.add_argument("--seeds", help="many worlds: FIRST..LAST")
    parser.add_argument("--days", type=float, default=7, help="length of each world; 7")
    parser.add_argument("--profile", choices=list(PROFILES), default="chaos", help="how wild it is; chaos")
    parser.add_argument("--teams", type=int, help="how many teams; else drawn from the seed, 2 to 6")
    parser.add_argument("--nodes", type=int, help="how many nodes; else drawn from the seed, 1 to 5")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side; 1")
    parser.add_argument(
        "--trace",
        metavar="FOLDER",
        help="write the trace of the first broken world there, or of the first of all; sim-traces",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--stop", action="store_true", help="stop at the first world that breaks a promise")
    options = parser.parse_args(arguments)
    if (options.seed is None) == (options.seeds is None):
        parser.error("Say which world: --seed 7, or --seeds 1..100.")
    if options.days <= 0:
        parser.error("--days must be more than 0.")
    if options.seeds is not None:
        first, dots, last = options.seeds.partition("..")
        if not (dots and first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
            parser.error(f"--seeds {options.seeds!r} is no range. Write it as 1..100.")
    return options


def _seeds(options: argparse.Namespace) -> list[int]:
    if options.seed is not None:
        return [options.seed]
    first, _, last = options.seeds.partition("..")
    return list(range(int(first), int(last) + 1))


def _run(seeds: list[int], options: argparse.Namespace) -> Iterator[list[Outcome]]:
    size = 1 if options.stop else CHUNK
    chunks = [seeds[start : start + size] for start in range(0, len(seeds), size)]
    more = (options.days, options.profile, options.teams, options.nodes)
    if options.jobs == 1:
        yield from (run_chunk(chunk, *more) for chunk in chunks)
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        yield from pool.map(run_chunk, chunks, *([one] * len(chunks) for one in more))


def run_chunk(
    seeds: Sequence[int], days: float, profile: str, teams: int | None = None, nodes: int | None = None
) -> list[Outcome]:
    """Some worlds, one after another."""
    return [run_seed(seed, days=days, profile=PROFILES[profile], teams=teams, nodes=nodes) for seed in seeds]


def _table(told: dict[str, object]) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    names = {
        "worlds": "worlds",
        "years": "simulated years",
        "events": "accepted",
        "incidents": "incidents",
        "pages": "pages",
        "told": "messages handed to providers",
        "unknown": "of which in doubt",
        "duplicates": "told twice, after a doubt",
        "unexplained": "told twice, without one",
        "deaths": "nodes killed",
        "freezes": "nodes frozen",
        "lost": "lost",
        "worst_recovery_s": "slowest take-over of a dead node's page, s",
    }
    for key, name in names.items():
        value = told[key]
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")
    failures = told["failures"]
    assert isinstance(failures, list)
    table.add_row("promises broken", str(len(failures)), style="red" if failures else "green")
    table.add_row("ms of one core for a world", f"{1000 * told['cpu_s'] / told['worlds']:,.0f}")  # type: ignore[operator]  # both are numbers
    return table


def _tell_failure(outcome: Outcome, options: argparse.Namespace) -> None:
    said = Console(stderr=True, soft_wrap=True)
    said.print(f"\n[red]Seed {outcome.seed}[/red], commit {_commit()}:")
    for violation in outcome.violations[:5]:
        about = f" (incident {violation.incident})" if violation.incident else ""
        said.print(f"  {violation.check}: {violation.sentence}{about}", markup=False)
    said.print(f"Again: {replay(outcome.seed, options)}", markup=False)


def replay(seed: int, options: argparse.Namespace) -> str:
    """The command that shows this world again."""
    more = "".join(
        f" --{name} {getattr(options, name)}" for name in ("teams", "nodes") if getattr(options, name) is not None
    )
    return f"python -m sim --seed {seed} --days {options.days:g} --profile {options.profile}{more}"


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def _trace(seed: int, options: argparse.Namespace) -> None:
    diary = Diary(kept=True)
    profile = PROFILES[options.profile]
    outcome = run_seed(seed, days=options.days, profile=profile, teams=options.teams, nodes=options.nodes, diary=diary)
    folder = Path(options.trace or "sim-traces")
    text, page = write_traces(folder, diary, outcome, commit=_commit(), again=replay(seed, options))
    sys.stderr.write(f"Its trace: {text} and {page}\n")
