"""A plan as people read it in a terminal, and as scripts read it in JSON. A sign stands before every colour."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from watchbill.configuration.diff import Action, Change, FieldChange, Plan
from watchbill.configuration.foretold import MOVES_AHEAD
from watchbill.configuration.kinds import KINDS
from watchbill.configuration.made import NewKey
from watchbill.configuration.problems import MOST_SHOWN, Problem, legible

SIGNS = {
    Action.ADD: ("+", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.SWITCH_OFF: ("o", "red"),
    Action.REMOVE: ("-", "red"),
}
DETAILED = 200  # things that are added are told field by field up to so many; changes and removals always
LONGEST = 500  # characters of one value


def plan_lines(plan: Plan) -> Iterator[Text]:
    """Line by line, so that a large one need not be held twice."""
    added = 0
    for change in plan.changes:
        added += change.action is Action.ADD
        if change.action is not Action.ADD or added <= DETAILED:
            yield from _change(change)
    if added > DETAILED:
        yield Text(f"+ and {added - DETAILED:,} more to add; --json lists each\n", style="green")
    yield from _moved(plan)
    yield from _left(plan)
    yield from problem_lines(plan.warnings, "warning")
    yield summary(plan)


def _change(change: Change) -> Iterator[Text]:
    sign, style = SIGNS[change.action]
    head = Text(f"{sign} {change.title} ", style=style)
    head.append(_one_line(change.name), style=f"bold {style}")
    if change.was and change.kind != "maintenance_windows":  # those are known by their start; the field tells it
        head.append(f"  (was {_one_line(change.was)})")
    elif change.action is not Action.CHANGE:
        head.append(
            "  "
            + {Action.ADD: "is added", Action.SWITCH_OFF: "is switched off", Action.REMOVE: "is removed"}[
                change.action
            ],
            style="dim",
        )
    yield head
    above: tuple[str, ...] = ()
    width = max((len(_label(field)) + 2 * len(field.path) for field in change.fields), default=0)
    for field in change.fields:
        for depth, part in enumerate(field.path[:-1]):
            if field.path[: depth + 1] != above[: depth + 1]:
                yield Text("    " + "  " * depth + _one_line(part), style="bold" if depth else "")
        above = field.path[:-1]
        yield _field(field, change.action, min(width, 34))
    yield Text()


def _field(field: FieldChange, action: Action, width: int) -> Text:
    indent = "  " * (len(field.path) - 1)
    sign, style = (
        (" ", "")
        if action is Action.ADD
        else ("+", "green")
        if field.old is None
        else ("-", "red")
        if field.new is None
        else ("~", "yellow")
    )
    line = Text("  ")
    line.append(f"{sign} {indent}{_label(field)}".ljust(width + 2) + "  ", style=style)
    if field.old is not None:
        line.append(_one_line(field.old), style="red" if field.new is None else "")
    if field.old is not None and field.new is not None:
        line.append(" → ", style="bold")
    if field.new is not None:
        line.append(_one_line(field.new), style="" if action is Action.ADD else "green")
    return line


def _label(field: FieldChange) -> str:
    return _one_line(field.path[-1])


def _one_line(text: str) -> str:
    line = legible(text)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _moved(plan: Plan) -> Iterator[Text]:
    if not plan.moved:
        return
    yield Text(f"On duty in the next {MOVES_AHEAD.days} days:", style="bold")
    for moved in plan.moved[:MOST_SHOWN]:
        yield Text(f"    {_one_line(moved.schedule)} ({moved.zone})")
        yield from (Text(f"        {_one_line(line)}") for line in moved.lines)
    if len(plan.moved) > MOST_SHOWN:
        yield Text(f"    and {len(plan.moved) - MOST_SHOWN:,} more schedules; --json lists each")
    yield Text()


def _left(plan: Plan) -> Iterator[Text]:
    if plan.left:
        yield Text("Not in the file, and left as they are (--prune would take them away):", style="dim")
        for kind, names in plan.left:
            shown = ", ".join(map(_one_line, names[:8])) + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")
            yield Text(f"    {kind}: {shown}", style="dim")
        yield Text()
    if plan.kept:
        yield Text("Not in the file, but kept, since something needs them:", style="dim")
        for kept in plan.kept:
            yield Text(f"    {kept.kind} {_one_line(kept.name)}: {_one_line(kept.why)}", style="dim")
        yield Text()


def problem_lines(problems: Iterable[Problem], word: str) -> Iterator[Text]:
    """Errors or warnings: the place, then what is the matter."""
    problems = tuple(problems)
    style = "red" if word == "error" else "yellow"
    for problem in problems[:MOST_SHOWN]:
        place = problem.place
        line = Text(f"{word}: ", style=f"bold {style}")
        line.append(f"{place.file}:{place.line}:{place.column}", style="bold")
        if place.path:
            line.append(f"  {place.path}", style="dim")
        yield line
        yield Text(f"    {problem.message}")
    if len(problems) > MOST_SHOWN:
        yield Text(f"{word}: and {len(problems) - MOST_SHOWN:,} more", style=style)
    if problems:
        yield Text()


def summary(plan: Plan) -> Text:
    """What would be done, in one line."""
    if not plan.changes:
        return Text("Nothing to do: the database is as the file says.", style="bold")
    parts = [f"{count:,} to {action}" for action in Action if (count := plan.count(action))]
    return Text(f"Plan: {', '.join(parts)}.", style="bold")


def done(plan: Plan) -> Text:
    """What was done, in one line."""
    words = {Action.ADD: "added", Action.CHANGE: "changed", Action.SWITCH_OFF: "switched off", Action.REMOVE: "removed"}
    parts = [f"{count:,} {words[action]}" for action in Action if (count := plan.count(action))]
    return Text(
        f"Applied: {', '.join(parts)}." if parts else "Nothing to do: the database is as the file says.",
        style="bold green" if parts else "bold",
    )


def key_lines(keys: Iterable[NewKey], base_url: str) -> Iterator[Text]:
    """The keys that were made, each with a line that tries it out."""
    keys = tuple(keys)
    if keys:
        yield Text(
            "Keys that were made. They are shown this once and stored nowhere; put them where the senders read them.",
            style="bold",
        )
    for made in keys:
        yield Text()
        yield Text(f"  {_one_line(made.service)} › {_one_line(made.integration)} ({made.kind})")
        yield Text("  key      ").append(made.key, style="bold")
        yield Text(f"  send to  {send_to(made, base_url)}")
        yield Text(f"  try it   {curl(made, base_url)}")


def send_to(made: NewKey, base_url: str) -> str:
    """The address for the sender's settings."""
    return base_url + KINDS[made.kind].path.replace("{key}", made.key)


def curl(made: NewKey, base_url: str) -> str:
    """A line for a shell that sends an alert with the key."""
    body = (
        f'{{"routing_key":"{made.key}","event_action":"trigger","payload":'
        '{"summary":"Trying out the key","source":"curl","severity":"warning"}}'
    )
    return f"curl -sS {base_url}/v2/enqueue -H 'Content-Type: application/json' -d '{body}'"


def as_json(plan: Plan) -> dict[str, Any]:
    """For scripts. Secrets appear as "(secret)" only."""
    return {
        "changes": [_change_json(change) for change in plan.changes],
        "counts": {action.value: plan.count(action) for action in Action},
        "not_in_file": {kind: list(names) for kind, names in plan.left},
        "kept": [{"kind": kept.kind, "name": kept.name, "why": kept.why} for kept in plan.kept],
        "on_duty": [
            {"schedule": moved.schedule, "time_zone": moved.zone, "moves": list(moved.lines)} for moved in plan.moved
        ],
        "warnings": [problem_json(problem) for problem in plan.warnings],
    }


def _change_json(change: Change) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": change.title, "name": change.name, "action": change.action.value}
    if change.was:
        told["was"] = change.was
    told["fields"] = [{"path": list(field.path), "old": field.old, "new": field.new} for field in change.fields]
    return told


def problem_json(problem: Problem) -> dict[str, Any]:
    """One error or warning."""
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "path": place.path,
        "message": problem.message,
    }


def key_json(made: NewKey, base_url: str) -> dict[str, str]:
    """A key that was made: the only time that it is told."""
    return {
        "service": made.service, "integration": made.integration, "kind": made.kind, "key": made.key,
        "send_to": send_to(made, base_url), "curl": curl(made, base_url),
    }  # fmt: skip
