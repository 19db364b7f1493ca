"""Rows of schedules to plain data: what files say of them, and what they hold besides."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection
from django.db.models import F, Q
from msgspec.structs import replace

from watchbill.configuration.state import Place, Rota, Rotation, Schedule, Secret, Target
from watchbill.engine.duty.schedule import Edition, Fixed, Hours, Override, OverrideKind, Slot
from watchbill.engine.duty.walls import instant_of
from watchbill.engine.words import TargetKind
from watchbill.oncall.models import Calendar
from watchbill.oncall.models import Override as OverrideRow
from watchbill.oncall.models import Rotation as RotationRow
from watchbill.oncall.models import Schedule as ScheduleRow
from watchbill.oncall.plan import Plan, as_named
from watchbill.runtime.seal import SEALED

# The same that a node loads: what was over a day ago no longer decides anything.
STILL_KNOWN = timedelta(days=1)
EDITIONS = """
SELECT e.rotation_id, e.since, e.plan::text
FROM rotation_edition e JOIN rotation r ON r.id = e.rotation_id
WHERE r.removed_at IS NULL AND e.since >= coalesce((
    SELECT max(f.since) FROM rotation_edition f WHERE f.rotation_id = e.rotation_id AND f.since <= %s
), '-infinity')
ORDER BY e.rotation_id, e.since
"""
REMEMBERED = """
SELECT team_id FROM schedule
UNION SELECT jsonb_path_query(plan, '$.order[*][*].team')::bigint FROM rotation_edition
UNION SELECT jsonb_path_query(plan, '$.shadows[*].team')::bigint FROM rotation_edition
"""
Names = dict[int, str]

_plan = msgspec.json.Decoder(Plan)


def load_schedules(
    users: Names, teams: Names, now: datetime
) -> tuple[dict[str, Schedule], dict[str, int], dict[tuple[str, str], int], Rota]:
    """Those that are not removed, by name; the rows of schedules and of rotations; and what no file says."""
    rows = list(ScheduleRow.objects.filter(removed_at=None).order_by("name"))
    names = {row.id: row.name for row in rows}
    editions = _editions(now)
    addresses, fixed = _calendars()
    rotations: dict[int, list[Rotation]] = defaultdict(list)
    rotation_ids = {}
    for one in RotationRow.objects.filter(removed_at=None, schedule__in=names).order_by("position", "id"):
        last = editions[one.id][-1] if one.id in editions else None
        rotations[one.schedule_id].append(_rotation(one, last, addresses.get(one.id), users, teams))
        rotation_ids[names[one.schedule_id], one.name] = one.id
    schedules = {
        row.name: Schedule(
            name=row.name,
            team=teams[row.team_id],
            time_zone=row.time_zone,
            hours=msgspec.convert(row.hours, tuple[Hours, ...]),
            gap_warning=row.gap_lead,
            holidays=tuple(row.holidays),
            rotations=tuple(rotations[row.id]),
        )
        for row in rows
    }
    rota = Rota({row: tuple(found) for row, found in editions.items()}, fixed, _overrides(now), _remembered())
    return schedules, {name: row for row, name in names.items()}, rotation_ids, rota


def absences() -> dict[int, Secret]:
    """The addresses of out-of-office calendars, by person."""
    rows = Calendar.objects.filter(person__isnull=False).values_list("person_id", "settings")
    return {person: _address(settings) for person, settings in rows}


def _rotation(row: RotationRow, last: Edition | None, address: Secret | None, users: Names, teams: Names) -> Rotation:
    found = Rotation(row.name, starts=row.starts_at, ends=row.ends_at, shadow=row.shadow, calendar=address)
    if last is None:
        return found

    def place(slot: Slot) -> Place:
        return tuple(
            Target(TargetKind.USER, users[seat]) if seat > 0 else Target(TargetKind.TEAM, teams[-seat]) for seat in slot
        )

    return replace(
        found,
        time_zone=last.zone,
        people=tuple(map(place, last.order)),
        hand_off=last.hand_off,
        hours=last.hours,
        shadows=place(last.shadows),
    )


def _editions(now: datetime) -> dict[int, list[Edition]]:
    found: dict[int, list[Edition]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(EDITIONS, [now - STILL_KNOWN])
        for rotation, since, plan in cursor.fetchall():
            found[rotation].append(as_named(_plan.decode(plan), since))
    return found


def _calendars() -> tuple[dict[int, Secret], dict[int, tuple[Fixed, ...]]]:
    addresses, fixed = {}, {}
    rows = Calendar.objects.filter(rotation__isnull=False, rotation__removed_at=None)
    for rotation, settings, shifts, read in rows.values_list("rotation_id", "settings", "shifts", "fetched_at"):
        addresses[rotation] = _address(settings)
        if read is not None:
            fixed[rotation] = msgspec.convert(shifts, tuple[Fixed, ...])
    return addresses, fixed


def _address(settings: dict[str, Any]) -> Secret:
    return Secret(sealed=settings["url"][SEALED])


def _overrides(now: datetime) -> dict[int, tuple[Override, ...]]:
    found: dict[int, list[Override]] = defaultdict(list)
    taken_back = Q(removed_at=None) | Q(removed_at__gt=F("since"))
    rows = OverrideRow.objects.filter(taken_back, schedule__removed_at=None, until__gt=now - STILL_KNOWN)
    for row in rows.select_related("by").order_by("id"):
        found[row.schedule_id].append(
            Override(
                id=row.id,
                kind=OverrideKind(row.kind),
                since=instant_of(row.since),
                until=instant_of(row.until),
                person=row.person_id or 0,
                instead_of=row.instead_of_id or 0,
                rotation=row.rotation_id or 0,
                by=row.by.name if row.by is not None else "",
                note=row.note,
                cover=row.answer_id is not None,
                shifts=msgspec.convert(row.shifts or [], tuple[Fixed, ...]),
            )
        )
    return {schedule: tuple(overrides) for schedule, overrides in found.items()}


def _remembered() -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(REMEMBERED)
        return frozenset(row[0] for row in cursor.fetchall())
