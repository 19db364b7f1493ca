"""Decides whether a new alert joins an open incident of its service or opens one of its own."""

from datetime import datetime, timedelta

from watchbill.engine.case import Case, Incident
from watchbill.engine.words import Grouping


def incident_to_join(case: Case, *, now: datetime) -> Incident | None:
    """The open incident that takes the new alert in, or None."""
    candidate = case.joinable
    if candidate is None or not candidate.is_open:
        return None
    if case.service.grouping is Grouping.OPEN:
        return candidate
    if case.service.grouping is Grouping.WINDOW:
        window = timedelta(seconds=case.service.grouping_window)
        return candidate if now - candidate.opened_at < window else None
    return None
