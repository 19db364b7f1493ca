"""Settles what shall be: renames, what the file says laid over what is stored, what is pruned. Pure; tells all mistakes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import UNSET, Struct

from watchbill.configuration import overlay, rotas
from watchbill.configuration.ground import Ground
from watchbill.configuration.overlay import told_open
from watchbill.configuration.problems import Place, quoted
from watchbill.configuration.prune import Kept, pruned
from watchbill.configuration.references import check_references
from watchbill.configuration.renames import Parts, Renames, renamed
from watchbill.configuration.state import TITLES, State, Stored, window_title
from watchbill.configuration.wanted import Wanted, WantedWindow, Wish

# What is known by name within a thing: the key of its list, and the word for one.
PIECES = {
    "users": ("contact_methods", "contact method"),
    "schedules": ("rotations", "rotation"),
    "services": ("integrations", "integration"),
}


class Settled(Struct):
    """`stored`: under the new names. `left`: by kind, what the file does not mention and so is left alone. `kept`: what
    pruning would have removed, but something still needs."""

    stored: Stored
    desired: State
    renames: Renames
    left: Mapping[str, tuple[str, ...]]
    kept: tuple[Kept, ...] = ()


def settle(ground: Ground, wish: Wish, *, prune: bool) -> Settled:
    """What the database shall hold. Mistakes are among `ground.problems`; the answer counts only without any."""
    named = {kind: _named(ground, wish, kind) for kind in TITLES}
    renames = _renames(ground, named)
    ground.stored = stored = renamed(ground.stored, renames)
    named["maintenance_windows"] = _without_past(ground, named["maintenance_windows"])
    moved = _moved_windows(stored, named["maintenance_windows"])
    before = stored.state
    laid: dict[str, Callable[[Any, Any], Any]] = {
        "teams": lambda wanted, old: overlay.team(ground, wanted, old),
        "users": lambda wanted, old: overlay.user(ground, wanted, old, prune=prune),
        "schedules": lambda wanted, old: rotas.schedule(ground, wanted, old),
        "escalation_policies": lambda wanted, old: overlay.policy(ground, wanted, old),
        "services": lambda wanted, old: overlay.service(ground, wanted, old, prune=prune),
        "maintenance_windows": lambda wanted, old: overlay.window(ground, wanted, old),
    }
    after: dict[str, dict[str, Any]] = {}
    for kind in TITLES:
        things = dict(before.of(kind))
        for name, wanted in named[kind].items():
            old = things.pop(moved[name]) if kind == "maintenance_windows" and name in moved else things.get(name)
            things[name] = laid[kind](wanted, old)
        after[kind] = things
    renames.kinds["maintenance_windows"] = moved
    ground.stored = stored = renamed(stored, Renames({"maintenance_windows": moved}))
    left = {
        kind: tuple(n for n in stored.state.of(kind) if n not in named[kind] and n not in stored.over)
        for kind in wish.kinds()
    }
    desired = State(**after)
    kept: tuple[Kept, ...] = ()
    if prune:
        desired, kept = pruned(stored, desired, left)
        _refuse_open(ground, left.get("services", ()))
        left = {}
    else:
        left |= _left_inside(stored.state, named)
    check_references(ground, wish, desired, renames)
    return Settled(stored, desired, renames, left, kept)


def _named(ground: Ground, wish: Wish, kind: str) -> dict[str, Any]:
    """The wanted things of one kind by name. The same name twice is a mistake, but for windows."""
    given: Iterable[Any] = getattr(wish, kind) or ()
    seen: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for wanted in given:
        name = _name_of(wanted)
        if isinstance(wanted, WantedWindow):
            seen[name] += 1
            found[window_title(wanted.reason, wanted.starts, seen[name] - 1)] = wanted
            continue
        _once(ground, wanted, name, found, TITLES[kind])
        found[name] = wanted
        if kind in PIECES:
            part, title = PIECES[kind]
            inner: dict[str, Any] = {}
            for piece in getattr(wanted, part) or ():
                _once(ground, piece, piece.name, inner, title)
                inner[piece.name] = piece
    return found


def _name_of(wanted: Any) -> str:
    if isinstance(wanted, WantedWindow):
        return window_title(wanted.reason, wanted.starts)
    name: str = wanted.email if hasattr(wanted, "email") else wanted.name
    return name


def _once(ground: Ground, wanted: Wanted, name: str, found: Mapping[str, Any], title: str) -> None:
    if name in found:
        first: Place = found[name].at
        where = f"line {first.line}" if first.file == wanted.at.file else f"{first.file}:{first.line}"
        ground.problems.error(wanted.at, f"The {title} {quoted(name)} stands here twice, first in {where}. Leave one.")


def _renames(ground: Ground, named: Mapping[str, Mapping[str, Any]]) -> Renames:
    kinds: dict[str, dict[str, str]] = {}
    for kind, things in named.items():
        wanted = {name: thing for name, thing in things.items() if getattr(thing, "was", "")}
        kinds[kind] = _checked_renames(ground, TITLES[kind], wanted, things, ground.stored.state.of(kind))
    services, schedules = ground.stored.state.services, ground.stored.state.schedules
    ways = {name: service.integrations for name, service in services.items()}
    rotations = {name: schedule.by_name() for name, schedule in schedules.items()}
    return Renames(
        kinds,
        _renamed_pieces(ground, named["services"], kinds["services"], "services", ways),
        _renamed_pieces(ground, named["schedules"], kinds["schedules"], "schedules", rotations),
    )


def _renamed_pieces(
    ground: Ground,
    things: Mapping[str, Any],
    moved: Mapping[str, str],
    kind: str,
    stored: Mapping[str, Mapping[str, Any]],
) -> Parts:
    """The same within things of one kind. `moved`: their own new names to old ones. `stored`: what each holds."""
    part, title = PIECES[kind]
    renames: Parts = {}
    for name, thing in things.items():
        pieces = {piece.name: piece for piece in getattr(thing, part) or ()}
        moving = {piece.name: piece for piece in pieces.values() if piece.was}
        held = stored.get(moved.get(name, name))
        if moving and held is not None:
            found = _checked_renames(ground, title, moving, pieces, held)
            renames.update({(name, now): old for now, old in found.items()})
    return renames


def _checked_renames(
    ground: Ground, title: str, moving: Mapping[str, Any], things: Mapping[str, Any], stored: Mapping[str, Any]
) -> dict[str, str]:
    """New names to old ones, for those that are still to be renamed."""
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name, wanted in moving.items():
        old, place = wanted.was, wanted.place("was")
        if old in taken:
            ground.problems.error(place, f"{quoted(old)} cannot become both {taken[old]} and {name}.")
        taken[old] = name
        if name in stored or old not in stored:
            if name not in stored and stored and not ground.offline:
                ground.problems.warn(
                    place,
                    f"There is no {title} {quoted(old)}, so {name} is new.{ground.problems.did_you_mean(old, stored)}",
                )
            continue
        if old in things:
            ground.problems.error(
                place, f"{quoted(old)} stands in the file too, so it cannot become {name}. Leave one out."
            )
            continue
        found[name] = old
    return found


def _without_past(ground: Ground, windows: Mapping[str, WantedWindow]) -> dict[str, WantedWindow]:
    """Windows that have ended are history: those that are stored stay, others are not added any more."""
    coming = {}
    for title, wanted in windows.items():
        if wanted.ends is not UNSET and wanted.ends <= ground.stored.now and wanted.ends > wanted.starts:
            if title not in ground.stored.over:
                ground.problems.warn(
                    wanted.at, "This maintenance window is over, so nothing is done about it. Take it out of the file."
                )
            continue
        if title not in ground.stored.over:
            coming[title] = wanted
    return coming


def _moved_windows(stored: Stored, wanted: Mapping[str, WantedWindow]) -> dict[str, str]:
    """New titles to old ones: a window whose reason is the only one of its kind, in the file and in the database, has
    only moved."""
    coming = {title: thing for title, thing in stored.state.maintenance_windows.items() if title not in stored.over}
    spare = {title: thing.reason for title, thing in coming.items() if title not in wanted}
    fresh = {title: thing.reason for title, thing in wanted.items() if title not in coming}
    reasons, wishes = Counter(spare.values()), Counter(fresh.values())
    taken = {wanted[title].reason for title in wanted if title in coming}
    old = {reason: title for title, reason in spare.items() if reasons[reason] == 1 and reason not in taken}
    return {title: old[reason] for title, reason in fresh.items() if wishes[reason] == 1 and reason in old}


def _left_inside(before: State, named: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Contact methods and integrations that are not in the list where the file has one."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in ("users", "services"):  # of a schedule it is always all rotations
        part, _ = PIECES[kind]
        names = []
        for name, wanted in named[kind].items():
            given = getattr(wanted, part)
            if given is not UNSET and name in before.of(kind):
                listed = {piece.name for piece in given}
                names += [f"{name} › {inner}" for inner in getattr(before.of(kind)[name], part) if inner not in listed]
        found[part] = tuple(names)
    return found


def _refuse_open(ground: Ground, left: Iterable[str]) -> None:
    for name in left:
        numbers = ground.stored.open_incidents.get(name)
        if numbers and ground.stored.state.services[name].active:
            place = Place(ground.file, path=f"services › {name}")
            ground.problems.error(
                place, f"It is not in the file, but cannot be switched off: {told_open(numbers)} open. Resolve first."
            )
