"""The pages of an incident, in three words that are never mixed: attempted, delivered, acknowledged."""

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import one_line, span
from watchbill.cli.desk import words
from watchbill.cli.desk.reach import View
from watchbill.cli.desk.shapes import PageTold
from watchbill.engine.delivery import PageState
from watchbill.engine.reasons import Reason
from watchbill.journal.queries import Entry, sentence_of
from watchbill.paging.queries import PageSeen

_DELIVERED = {PageState.DELIVERED: True, PageState.FAILED: False, PageState.SUPPRESSED: False}


def page_told(page: PageSeen, entries: Sequence[Entry], view: View) -> PageTold:
    """One page with names and sentences. `entries`: the incident's journal, in which acknowledgements stand."""
    person, method = view.people.get(page.person), view.methods.get(page.method)
    return PageTold(
        page=page.id,
        person=person.name if person else "",
        email=person.email if person else "",
        method=method.name if method else "",
        channel=page.channel,
        step=page.level + 1,
        reason=page.reason,
        sentence=sentence_of(page.reason),
        state=page.state,
        outcome=page.outcome,
        outcome_sentence=sentence_of(page.outcome) if page.outcome else "",
        detail=page.detail,
        attempts=page.attempts,
        late_seconds=page.late,
        created_at=page.created_at,
        attempted_at=page.attempted_at,
        delivered=_DELIVERED.get(PageState(page.state)),
        acknowledged_at=_acknowledged_at(page, entries),
        due_at=page.due_at,
    )


def _acknowledged_at(page: PageSeen, entries: Sequence[Entry]) -> datetime | None:
    """When this person took the incident after this page was decided: a page that was never attempted proves nothing."""
    if page.attempts == 0:
        return None
    taken = (
        entry.at
        for entry in entries
        if entry.reason == Reason.ACKNOWLEDGED and entry.by == page.person and entry.at >= page.created_at
    )
    return next(taken, None)


def table(pages: Sequence[PageTold]) -> Table:
    """One row a page, with why it was sent and what became of it under it."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    grid.add_column("To", overflow="fold")
    grid.add_column("Attempted", no_wrap=True)
    grid.add_column("Delivered", no_wrap=True)
    grid.add_column("Acknowledged", no_wrap=True)
    for page in pages:
        to = Text(f"{one_line(page.person, 60)} ({one_line(page.method, 40)})")
        grid.add_row(to.append_text(_why(page)), _attempted(page), _delivered(page), _acknowledged(page))
    return grid


def _attempted(page: PageTold) -> str:
    if page.attempted_at is None:
        return "no" if page.state == PageState.SUPPRESSED else "not yet"
    times = f"\n{page.attempts} times" if page.attempts > 1 else ""
    return words.moment(page.attempted_at, date=False) + times


def _delivered(page: PageTold) -> Text:
    if page.state == PageState.DELIVERED:
        return Text("✓ yes", "green")
    if page.state == PageState.ACCEPTED:
        return Text("? handed over")
    if page.state == PageState.FAILED:
        return Text("✗ no", "bold red")
    if page.state == PageState.SUPPRESSED:
        return Text("– not sent", "dim")
    return (
        Text("? unknown", "yellow")
        if page.state == PageState.UNKNOWN
        else Text("… on its way" if page.attempts else "")
    )


def _acknowledged(page: PageTold) -> Text:
    if page.acknowledged_at is None:
        return Text("no", "dim")
    return Text(f"✓ {words.moment(page.acknowledged_at, date=False)}", "green")


def _why(page: PageTold) -> Text:
    late = f" {span(page.late_seconds)} late." if page.late_seconds else ""
    became = " ".join(filter(None, (page.outcome_sentence, one_line(page.detail, 200))))
    return Text("\n" + "\n".join(filter(None, (page.sentence + late, became))), "dim")
