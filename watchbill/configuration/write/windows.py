"""Writes maintenance windows."""

from collections.abc import Iterable, Sequence

from watchbill.configuration.diff import Change
from watchbill.configuration.state import Window
from watchbill.configuration.write.rows import Rows, change, create
from watchbill.incidents.models import MaintenanceWindow


def write_windows(changes: Sequence[Change], rows: Rows) -> None:
    """Windows are made and changed; their services are written anew."""
    ids = rows.kinds["maintenance_windows"]
    new = [one for one in changes if one.before is None]
    for one, row in zip(new, create(MaintenanceWindow, (_window(one.after) for one in new)), strict=True):
        ids[one.name] = row.id
    kept = [_window(one.after, ids[one.name]) for one in changes if one.before is not None]
    change(MaintenanceWindow, kept, ("reason", "starts_at", "ends_at"))
    through = MaintenanceWindow.services.through
    through.objects.filter(maintenancewindow_id__in=[row.id for row in kept]).delete()
    create(
        through,
        (
            through(maintenancewindow_id=ids[one.name], service_id=rows.kinds["services"][service])
            for one in changes
            for service in one.after.services
        ),
    )


def _window(window: Window, row: int | None = None) -> MaintenanceWindow:
    return MaintenanceWindow(id=row, reason=window.reason, starts_at=window.starts, ends_at=window.ends)


def remove_windows(titles: Iterable[str], rows: Rows) -> None:
    """Those that are over are history, and never come here."""
    MaintenanceWindow.objects.filter(id__in=[rows.kinds["maintenance_windows"][title] for title in titles]).delete()
