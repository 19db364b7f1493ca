"""Takes away what the file does not mention. People and services are switched off, since the record names them; a
policy or a team that something still needs is kept, and that is said."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from watchbill.configuration.state import TITLES, State, Stored
from watchbill.engine.words import TargetKind


class Kept(Struct, frozen=True):
    """Something that was not pruned, and why."""

    kind: str
    name: str
    why: str


def pruned(stored: Stored, desired: State, left: Mapping[str, tuple[str, ...]]) -> tuple[State, tuple[Kept, ...]]:
    """What stays when `left` (names by kind) goes."""
    users, services = dict(desired.users), dict(desired.services)
    for name in left.get("users", ()):
        users[name] = replace(users[name], active=False)
    for name in left.get("services", ()):
        services[name] = replace(services[name], active=False)
    gone = set(left.get("maintenance_windows", ()))
    windows = {title: window for title, window in desired.maintenance_windows.items() if title not in gone}
    desired = replace(desired, users=users, services=services, maintenance_windows=windows)
    kept: list[Kept] = []
    for kind, needs in (
        ("escalation_policies", _needs_of_policies),
        ("schedules", _needs_of_schedules),
        ("teams", _needs_of_teams),
    ):
        needed = needs(stored, desired)
        things = dict(desired.of(kind))
        for name in left.get(kind, ()):
            if name in needed:
                kept.append(Kept(TITLES[kind], name, needed[name]))
            else:
                del things[name]
        desired = replace(desired, **{kind: things})
    return desired, tuple(kept)


def _needs_of_policies(stored: Stored, desired: State) -> dict[str, str]:
    needed = dict.fromkeys(stored.climbed, "an open incident climbs it")
    for service in desired.services.values():
        needed[service.policy] = f"{_service(service.name, service.active)} uses it"
    return needed


def _needs_of_schedules(stored: Stored, desired: State) -> dict[str, str]:
    return {
        target.name: f"the escalation policy {policy.name} pages it"
        for policy in desired.escalation_policies.values()
        for target in policy.targets()
        if target.kind is TargetKind.SCHEDULE
    }


def _needs_of_teams(stored: Stored, desired: State) -> dict[str, str]:
    names = {row: name for name, row in stored.ids.kinds["teams"].items()}
    needed = dict.fromkeys((names[row] for row in stored.rota.remembered), "the record of who was on duty names it")
    for schedule in desired.schedules.values():
        for rotation in schedule.rotations:
            for seat in rotation.seats():
                if seat.kind is TargetKind.TEAM:
                    needed[seat.name] = f"the rotation {rotation.name} of the schedule {schedule.name} has turns for it"
        needed[schedule.team] = f"the schedule {schedule.name} belongs to it"
    for policy in desired.escalation_policies.values():
        for target in policy.targets():
            if target.kind is TargetKind.TEAM:
                needed[target.name] = f"the escalation policy {policy.name} pages it"
        if policy.team:
            needed[policy.team] = f"the escalation policy {policy.name} belongs to it"
    for service in desired.services.values():
        needed[service.team] = f"{_service(service.name, service.active)} belongs to it"
    return needed


def _service(name: str, active: bool) -> str:
    return f"the service {name}" if active else f"the service {name}, which is switched off,"
