"""Writes schedules, their rotations and editions, and the calendars of rotations and people. What was true stays: nothing
is deleted but editions that are not in force yet."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct, to_builtins

from watchbill.configuration.diff import Change
from watchbill.configuration.editions import first_editions, next_editions
from watchbill.configuration.state import Rotation, Schedule, Secret, Stored, User
from watchbill.configuration.write.rows import Rows, change, create
from watchbill.configuration.write.secrets import stored_secret
from watchbill.engine.duty.schedule import Edition
from watchbill.engine.duty.walls import instant_of, moment_of
from watchbill.oncall.models import Calendar, RotationEdition
from watchbill.oncall.models import Rotation as RotationRow
from watchbill.oncall.models import Schedule as ScheduleRow
from watchbill.oncall.plan import plan_of
from watchbill.runtime.seal import Seal

COLUMNS = ("name", "team", "time_zone", "hours", "gap_lead", "holidays")
ROTATION_COLUMNS = ("name", "position", "shadow", "starts_at", "ends_at")


class _Piece(Struct, frozen=True):
    """A rotation as it was, or None, and as it shall be."""

    schedule: str
    before: Rotation | None
    after: Rotation
    position: int
    moved: bool


def write_schedules(changes: Sequence[Change], rows: Rows, stored: Stored, gone: frozenset[int], seal: Seal) -> None:
    """Schedules are made and changed. `gone`: people who are switched off."""
    ids = rows.kinds["schedules"]
    new = (_schedule(one.after, rows, made_at=stored.now) for one in changes if one.before is None)
    for row in create(ScheduleRow, new):
        ids[row.name] = row.id
    kept = [_schedule(one.after, rows, ids[one.name]) for one in changes if one.before is not None]
    change(ScheduleRow, kept, COLUMNS)
    pieces = [piece for one in changes for piece in _pieces(one)]
    staying = {(piece.schedule, piece.after.name) for piece in pieces if piece.before is not None}
    _remove_rotations(
        [rows.rotations.pop((one.name, name)) for one in changes if one.before for name in one.before.by_name()
         if (one.name, name) not in staying],
        stored.now,
    )  # fmt: skip
    _write_rotations(pieces, rows)
    _write_editions(pieces, rows, stored, gone)
    _write_calendars(pieces, rows, stored.now, seal)


def remove_schedules(names: Iterable[str], rows: Rows, now: datetime) -> None:
    """Marks them as removed, with their rotations; who was on duty stays on record."""
    removed = [rows.kinds["schedules"][name] for name in names]
    ScheduleRow.objects.filter(id__in=removed).update(removed_at=now)
    RotationRow.objects.filter(schedule__in=removed, removed_at=None).update(removed_at=now)


def write_absences(changes: Sequence[Change], rows: Rows, now: datetime, seal: Seal) -> None:
    """The out-of-office calendars of people."""
    users = [
        one.after
        for one in changes
        if (one.before.out_of_office_calendar if one.before else None) != one.after.out_of_office_calendar
    ]
    people = rows.kinds["users"]
    found = dict(
        Calendar.objects.filter(person__in=[people[user.email] for user in users]).values_list("person_id", "id")
    )
    gone = [people[user.email] for user in users if user.out_of_office_calendar is None]
    Calendar.objects.filter(person__in=gone).delete()
    _write_addresses(_absences(users, people, found, now, seal), found.values())


def _absences(
    users: Iterable[User], people: dict[str, int], found: dict[int, int], now: datetime, seal: Seal
) -> Iterator[Calendar]:
    for user in users:
        if user.out_of_office_calendar is not None:
            person = people[user.email]
            settings = _settings(user.out_of_office_calendar, seal)
            yield Calendar(id=found.get(person), person_id=person, settings=settings, next_at=now)


def _schedule(schedule: Schedule, rows: Rows, row: int | None = None, made_at: datetime | None = None) -> ScheduleRow:
    return ScheduleRow(
        id=row,
        name=schedule.name,
        team_id=rows.kinds["teams"][schedule.team],
        time_zone=schedule.time_zone,
        hours=to_builtins(schedule.hours),
        gap_lead=schedule.gap_warning,
        holidays=list(schedule.holidays),
        made_at=made_at,
    )


def _pieces(one: Change) -> Iterator[_Piece]:
    """A rotation that changes from people to a calendar, or back, is another one of the same name."""
    before = one.before.by_name() if one.before is not None else {}
    places = {name: place for place, name in enumerate(before)}
    renamed = {field.path[1] for field in one.fields if field.path[0] == "rotations" and field.path[2:] == ("name",)}
    for position, after in enumerate(one.after.rotations):
        old = before.get(after.name)
        if old is not None and (old.calendar is None) != (after.calendar is None):
            old = None
        moved = after.name in renamed or places.get(after.name) != position
        yield _Piece(one.name, old, after, position, moved)


def _write_rotations(pieces: Sequence[_Piece], rows: Rows) -> None:
    new = [piece for piece in pieces if piece.before is None]
    for piece, row in zip(new, create(RotationRow, (_rotation(piece, rows) for piece in new)), strict=True):
        rows.rotations[piece.schedule, piece.after.name] = row.id
    kept = [piece for piece in pieces if piece.before is not None and (piece.moved or piece.before != piece.after)]
    change(
        RotationRow,
        [_rotation(piece, rows, rows.rotations[piece.schedule, piece.after.name]) for piece in kept],
        ROTATION_COLUMNS,
    )


def _rotation(piece: _Piece, rows: Rows, row: int | None = None) -> RotationRow:
    return RotationRow(
        id=row,
        schedule_id=rows.kinds["schedules"][piece.schedule],
        name=piece.after.name,
        position=piece.position,
        shadow=piece.after.shadow,
        starts_at=piece.after.starts,
        ends_at=piece.after.ends,
    )


def _remove_rotations(removed: Sequence[int], now: datetime) -> None:
    RotationRow.objects.filter(id__in=removed).update(removed_at=now)


def _write_editions(pieces: Iterable[_Piece], rows: Rows, stored: Stored, gone: frozenset[int]) -> None:
    """Editions that are not in force yet are reckoned anew; those that were are never touched."""
    dropped: list[int] = []
    new: list[RotationEdition] = []
    for piece in pieces:
        if piece.after.calendar is not None:
            continue
        row = rows.rotations[piece.schedule, piece.after.name]
        had = stored.rota.editions.get(row, ())
        if piece.before is None:
            editions = first_editions(piece.after, rows.kinds, stored.now)
        else:
            editions = next_editions(piece.before, piece.after, had, rows.kinds, stored.now, gone)
        if editions != had:
            dropped.append(row)
            new += [_edition(row, one) for one in editions if one not in had or one.since >= instant_of(stored.now)]
    RotationEdition.objects.filter(rotation__in=dropped, since__gte=moment_of(instant_of(stored.now))).delete()
    create(RotationEdition, new)


def _edition(rotation: int, edition: Edition) -> RotationEdition:
    return RotationEdition(rotation_id=rotation, since=moment_of(edition.since), plan=to_builtins(plan_of(edition)))


def _write_calendars(pieces: Iterable[_Piece], rows: Rows, now: datetime, seal: Seal) -> None:
    differ = [
        piece
        for piece in pieces
        if piece.after.calendar is not None and (piece.before is None or piece.before.calendar != piece.after.calendar)
    ]
    ids = {rows.rotations[piece.schedule, piece.after.name]: piece.after.calendar for piece in differ}
    found = dict(Calendar.objects.filter(rotation__in=ids).values_list("rotation_id", "id"))
    calendars = (
        Calendar(id=found.get(row), rotation_id=row, settings=_settings(address, seal), next_at=now)
        for row, address in ids.items()
        if address is not None
    )
    _write_addresses(calendars, found.values())


def _write_addresses(calendars: Iterable[Calendar], found: Collection[int]) -> None:
    """A calendar that moves is read at once; until then its last copy serves. `found`: the rows that are there."""
    rows = list(calendars)
    create(Calendar, (row for row in rows if row.id not in found))
    change(Calendar, [row for row in rows if row.id in found], ("settings", "next_at"))


def _settings(address: Secret, seal: Seal) -> dict[str, object]:
    return {"url": stored_secret(address, seal)}
