"""Writes into the journal what a file changed: a row for each thing, with the names of its fields and no values."""

from datetime import datetime

from watchbill.configuration.diff import Action, Change, Plan
from watchbill.configuration.write.rows import Rows, create
from watchbill.journal.models import Entry

_DONE = {Action.ADD: "created", Action.CHANGE: "changed", Action.SWITCH_OFF: "changed", Action.REMOVE: "removed"}


def record(plan: Plan, rows: Rows, now: datetime) -> None:
    """`now`: by the database's clock."""
    create(Entry, (_entry(change, rows, now) for change in plan.changes))


def _entry(change: Change, rows: Rows, now: datetime) -> Entry:
    row = rows.kinds[change.kind][change.name]
    data: dict[str, object] = {"id": row, "name": change.name}
    if change.was:
        data["was"] = change.was
    if change.action is not Action.ADD:
        data["fields"] = [" › ".join(field.path) for field in change.fields]
    return Entry(
        at=now,
        service=row if change.kind == "services" else None,
        kind="configuration",
        what=f"{_DONE[change.action]} {change.title}",
        via="file",
        data=data,
    )
