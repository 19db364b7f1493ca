"""The trace of one world: a text, and one page of HTML that steps through it."""

from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader

from sim.diary import Diary, told_time
from sim.run import Outcome

MOST_LINES = 20_000


def write_traces(folder: Path, diary: Diary, outcome: Outcome, *, commit: str, again: str) -> tuple[Path, Path]:
    """Writes both into `folder`; answers where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / f"seed-{outcome.seed}.txt"
    page = folder / f"seed-{outcome.seed}.html"
    text.write_text(as_text(diary, outcome, commit=commit, again=again))
    page.write_text(as_html(diary, outcome, commit=commit, again=again))
    return text, page


def as_text(diary: Diary, outcome: Outcome, *, commit: str, again: str) -> str:
    """One line for each thing that happened."""
    lines = [f"Seed {outcome.seed}, commit {commit}. Again: {again}", ""]
    lines += [f"BROKEN {v.check}: {v.sentence} (incident {v.incident}, page {v.page})" for v in outcome.violations]
    lines += ["" if outcome.violations else "All promises were kept.", ""]
    for note in diary.notes:
        about = f" [{note.incident}]" if note.incident else ""
        lines.append(f"{told_time(note.at)}  {note.who:22} {note.what}{about}")
    return "\n".join(lines) + "\n"


def as_html(diary: Diary, outcome: Outcome, *, commit: str, again: str) -> str:
    """A page without anything from elsewhere."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
    notes = [(note.at, told_time(note.at), note.who, note.what, note.incident) for note in diary.notes[:MOST_LINES]]
    data = msgspec.json.encode(notes).decode().replace("<", "\\u003c")
    return environment.get_template("trace.html").render(
        outcome=outcome, commit=commit, again=again, notes=data, cut=len(diary.notes) > MOST_LINES
    )
