"""Writes services and their integrations, and makes keys where none is given."""

from collections.abc import Mapping, Sequence

from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat
from msgspec.structs import replace

from watchbill.catalog.models import Integration as IntegrationRow
from watchbill.catalog.models import Service as ServiceRow
from watchbill.configuration.diff import Change
from watchbill.configuration.made import NewKey
from watchbill.configuration.overlay import KNOWN_BY
from watchbill.configuration.state import Integration, Service
from watchbill.configuration.write.rows import Rows, change, create
from watchbill.runtime.seal import hash_of_key, new_integration_key

COLUMNS = (
    "name", "description", "team", "policy_id", "urgency", "grouping", "grouping_window", "acknowledge_timeout", "active",
)  # fmt: skip


def write_services(changes: Sequence[Change], rows: Rows) -> tuple[NewKey, ...]:
    """Services are made and changed, never deleted: their incidents name them. Answers the keys that were made."""
    ids = rows.kinds["services"]
    for row in create(ServiceRow, (_service(one.after, rows) for one in changes if one.before is None)):
        ids[row.name] = row.id
    kept = [_service(one.after, rows, ids[one.name]) for one in changes if one.before is not None]
    change(ServiceRow, kept, COLUMNS)
    return _write_integrations(changes, rows)


def _service(service: Service, rows: Rows, row: int | None = None) -> ServiceRow:
    word, window = (service.grouping, 0) if isinstance(service.grouping, str) else ("window", service.grouping)
    return ServiceRow(
        id=row,
        name=service.name,
        description=service.description,
        team_id=rows.kinds["teams"][service.team],
        policy_id=rows.kinds["escalation_policies"][service.policy],
        urgency=service.urgency,
        grouping=word,
        grouping_window=window,
        acknowledge_timeout=service.acknowledge_timeout or None,
        active=service.active,
    )


def _write_integrations(changes: Sequence[Change], rows: Rows) -> tuple[NewKey, ...]:
    made: list[NewKey] = []
    new: list[tuple[str, Integration]] = []
    kept: list[IntegrationRow] = []
    gone: list[int] = []
    for one in changes:
        before: Mapping[str, Integration] = one.before.integrations if one.before else {}
        after: Mapping[str, Integration] = one.after.integrations
        gone += [rows.integrations.pop((one.name, name)) for name in before if name not in after]
        renamed = {
            field.path[1] for field in one.fields if field.path[0] == "integrations" and field.path[2:] == ("name",)
        }
        for name, way in after.items():
            if name not in before:
                new.append((one.name, way if way.key_sha256 else _with_key(way, one.name, made)))
            elif way != before[name] or name in renamed:
                kept.append(_integration(way, rows.kinds["services"][one.name], rows.integrations[one.name, name]))
    IntegrationRow.objects.filter(id__in=gone).delete()
    # Keys may change hands, and no two rows may hold the same one even for a moment.
    set_aside = Concat(Value("moving "), Cast(F("id"), TextField()))
    IntegrationRow.objects.filter(id__in=[row.id for row in kept]).update(key_sha256=set_aside)
    change(IntegrationRow, kept, ("name", "kind", "key_sha256", "key_begins"))
    create(IntegrationRow, (_integration(way, rows.kinds["services"][service]) for service, way in new))
    return tuple(made)


def _with_key(way: Integration, service: str, made: list[NewKey]) -> Integration:
    key = new_integration_key()
    made.append(NewKey(service, way.name, way.kind, key))
    return replace(way, key_sha256=hash_of_key(key), key_begins=key[:KNOWN_BY])


def _integration(way: Integration, service: int, row: int | None = None) -> IntegrationRow:
    return IntegrationRow(
        id=row, service_id=service, name=way.name, kind=way.kind, key_sha256=way.key_sha256, key_begins=way.key_begins
    )
