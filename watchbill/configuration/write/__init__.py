"""Writes a plan into the database. The only writer of this chapter; call it inside the transaction that made the plan."""

from django.db.models import F

from watchbill.configuration.diff import Action, Change, Plan
from watchbill.configuration.editions import switched_off
from watchbill.configuration.made import NewKey
from watchbill.configuration.settle import Settled
from watchbill.configuration.write import catalog, people, policies, schedules, windows
from watchbill.configuration.write.journal import record
from watchbill.configuration.write.rows import Rows
from watchbill.incidents.muted import reconsider_muted
from watchbill.runtime.models import Configuration
from watchbill.runtime.seal import Seal

__all__ = ["write"]


def write(plan: Plan, settled: Settled, seal: Seal) -> tuple[NewKey, ...]:
    """Does what the plan says, tells the journal, and lets the nodes know. Answers the keys that were made: nothing
    stores them. `settled`: what the plan was made from."""
    if not plan.changes:
        return ()
    stored = settled.stored
    rows = Rows.of(stored.ids)
    by_kind: dict[str, list[Change]] = {}
    for change in plan.changes:
        by_kind.setdefault(change.kind, []).append(change)
    staying = {kind: [c for c in changes if c.action is not Action.REMOVE] for kind, changes in by_kind.items()}
    people.write_users(staying.get("users", []), rows, seal)
    people.write_teams(staying.get("teams", []), rows)
    schedules.write_absences(staying.get("users", []), rows, stored.now, seal)
    gone = switched_off(settled.desired, rows.kinds)
    schedules.write_schedules(staying.get("schedules", []), rows, stored, gone, seal)
    policies.write_policies(staying.get("escalation_policies", []), rows)
    new_keys = catalog.write_services(staying.get("services", []), rows)
    windows.write_windows(staying.get("maintenance_windows", []), rows)
    removed = {kind: [c.name for c in changes if c.action is Action.REMOVE] for kind, changes in by_kind.items()}
    windows.remove_windows(removed.get("maintenance_windows", []), rows)
    policies.remove_policies(removed.get("escalation_policies", []), rows)
    schedules.remove_schedules(removed.get("schedules", []), rows, stored.now)
    people.remove_teams(removed.get("teams", []), rows)
    if "maintenance_windows" in by_kind:
        reconsider_muted()
    record(plan, rows, stored.now)
    Configuration.objects.filter(id=1).update(version=F("version") + 1)
    return new_keys
