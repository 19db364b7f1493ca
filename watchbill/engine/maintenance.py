"""Decides whether a service is in a maintenance window, and until when."""

from datetime import datetime

from watchbill.engine.directory import Directory


def muted_until(service: int, directory: Directory, *, now: datetime) -> datetime | None:
    """The end of the mute that holds at `now`, through windows that overlap or touch, or None."""
    end: datetime | None = None
    for window in sorted(directory.maintenance, key=lambda window: window.starts_at):
        if service in window.services and window.starts_at <= (end or now) and window.ends_at > (end or now):
            end = window.ends_at
    return end
