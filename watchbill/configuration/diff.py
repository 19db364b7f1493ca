"""What has to change, so that the database holds what it shall: compares two states, field by field. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct

from watchbill.configuration.fields import Path, Value, fields_of
from watchbill.configuration.foretold import Moved
from watchbill.configuration.problems import Problem
from watchbill.configuration.prune import Kept
from watchbill.configuration.settle import PIECES, Settled
from watchbill.configuration.state import TITLES, Schedule, Team


class Action(StrEnum):
    """What is done to a thing."""

    ADD = "add"
    CHANGE = "change"
    SWITCH_OFF = "switch off"
    REMOVE = "remove"


class FieldChange(Struct, frozen=True):
    """One line that differs. `old`, `new`: None where there is none. `secret`: the texts say only that it is there."""

    path: Path
    old: str | None
    new: str | None
    secret: bool = False


class Change(Struct, frozen=True):
    """One thing that differs. `kind`: its key in a file. `was`: the old name, where it is renamed."""

    kind: str
    name: str
    action: Action
    before: Any
    after: Any
    fields: tuple[FieldChange, ...] = ()
    was: str = ""

    @property
    def title(self) -> str:
        """The word for one of its kind."""
        return TITLES[self.kind]


class Plan(Struct, frozen=True):
    """All that would be done. `left`: by kind, what the file does not mention. `moved`: who would be on duty when."""

    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...] = ()
    left: tuple[tuple[str, tuple[str, ...]], ...] = ()
    kept: tuple[Kept, ...] = ()
    moved: tuple[Moved, ...] = ()

    def count(self, action: Action) -> int:
        """How many things it is done to."""
        return sum(change.action is action for change in self.changes)

    def same_changes(self, other: "Plan") -> bool:
        """Whether both would do the same."""
        return self.changes == other.changes


def diff(settled: Settled, warnings: tuple[Problem, ...] = (), moved: tuple[Moved, ...] = ()) -> Plan:
    """From what is stored to what shall be."""
    changes = tuple(change for kind in TITLES for change in _changes(settled, kind))
    left = tuple((kind, names) for kind, names in settled.left.items() if names)
    return Plan(changes, warnings, left, settled.kept, moved)


def _changes(settled: Settled, kind: str) -> Iterator[Change]:
    before, after = settled.stored.state.of(kind), settled.desired.of(kind)
    renames = settled.renames.kinds.get(kind, {})
    for name in sorted({**before, **after}):
        old, new, was = before.get(name), after.get(name), renames.get(name, "")
        if old == new and not was and not _renamed_parts(settled, name, kind):
            continue
        lines = (*_fields(old, new), *_orders(old, new), *_renamed_parts(settled, name, kind))
        yield Change(kind, name, _action(old, new), old, new, lines, was)


def _action(old: Any, new: Any) -> Action:
    if old is None:
        return Action.ADD
    if new is None:
        return Action.REMOVE
    return Action.SWITCH_OFF if getattr(old, "active", True) and not getattr(new, "active", True) else Action.CHANGE


def _renamed_parts(settled: Settled, name: str, kind: str) -> list[FieldChange]:
    parts = {"services": settled.renames.integrations, "schedules": settled.renames.rotations}.get(kind, {})
    found = ((now, was) for (owner, now), was in parts.items() if owner == name)
    return [FieldChange((PIECES[kind][0], now, "name"), was, now) for now, was in found]


def _fields(old: Any, new: Any) -> Iterator[FieldChange]:
    had, has = fields_of(old) if old is not None else {}, fields_of(new) if new is not None else {}
    if new is None:  # what goes away needs no list of what it was
        return
    for path in {**had, **has}:
        one, two = had.get(path), has.get(path)
        if one != two and not (old is None and path == ("active",) and two == Value("true")):
            yield _field(path, one, two)


def _orders(old: Any, new: Any) -> Iterator[FieldChange]:
    """Of what is there before and after, the order, where it differs."""
    match old, new:
        case Team(), Team():
            had, has, what = [m.user for m in old.members], [m.user for m in new.members], "members"
        case Schedule(), Schedule():
            had, has, what = [*old.by_name()], [*new.by_name()], "rotations"
        case _:
            return
    was, stayed = [name for name in had if name in has], [name for name in has if name in had]
    if was != stayed:
        yield FieldChange((f"order of {what}",), ", ".join(was), ", ".join(stayed))


def _field(path: Path, old: Value | None, new: Value | None) -> FieldChange:
    if (old and old.secret) or (new and new.secret):
        said = "(another secret)" if old else "(secret)"
        return FieldChange(path, "(secret)" if old else None, said if new else None, secret=True)
    return FieldChange(path, old.shown if old else None, new.shown if new else None)
