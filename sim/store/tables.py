"""The tables: rows as structs, by id, with the few indexes that keep a long run quick."""

from bisect import insort
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw, Struct

from watchbill.engine.case import Alert, Incident
from watchbill.engine.directory import Directory
from watchbill.engine.words import Status

LIVE = frozenset({"due", "leased", "unknown"})
_object = msgspec.json.Decoder(dict[str, Any])


class Page(Struct, kw_only=True):
    """One row of `page`; see paging.models.Page."""

    id: int
    incident: int
    person: int
    method: int
    channel: str
    level: int
    urgency: str
    reason: str
    created_at: datetime
    due_at: datetime | None
    late: int
    state: str = "due"
    fence: int = 0
    attempts: int = 0
    attempted_at: datetime | None = None
    settled_at: datetime | None = None
    message: int | None = None
    outcome: str = ""
    detail: str = ""


class Line(Struct, kw_only=True):
    """One row of `journal`."""

    id: int
    at: datetime
    incident: int | None
    service: int | None
    kind: str
    what: str
    reason: str
    by: int
    via: str
    data: Raw


class Recipient(Struct):
    """One row of `recipient`."""

    paced_until: datetime | None = None
    held_until: datetime | None = None


class Notice(Struct, kw_only=True):
    """One row of `notice`; see oncall.models.Notice."""

    key: str
    person: int
    kind: str
    subject: str
    body: str
    incident: int | None
    created_at: datetime
    state: str
    due_at: datetime | None
    attempts: int
    detail: str


class Tables:
    """`now`: the database's clock. `directory`: what is configured, at its version. Change rows by the methods only:
    they keep the indexes."""

    def __init__(self, now: Callable[[], datetime], directory: Directory) -> None:
        self.now = now
        self.directory = directory
        self.zones: dict[int, str] = {}
        self.settings: dict[int, str] = {}
        self.incidents: dict[int, Incident] = {}
        self.ladders: dict[int, str] = {}
        self.alerts: dict[int, Alert] = {}
        self.pages: dict[int, Page] = {}
        self.journal: list[Line] = []
        self.recipients: dict[int, Recipient] = {}
        self.turns: dict[tuple[int, int], int] = {}
        self.notices: dict[str, Notice] = {}
        self.open_alerts: dict[tuple[int, str], int] = {}
        self.alerts_of: dict[int, list[int]] = {}
        self.open_of: dict[int, list[int]] = {}
        self.waiting: dict[int, datetime] = {}
        self.live: dict[str, dict[int, dict[int, Page]]] = {}
        self.pages_of: dict[int, list[Page]] = {}
        self.ended: dict[tuple[int, str], datetime] = {}
        self._trail: list[tuple[type[Incident | Alert], int, Incident | Alert | None, str]] = []
        self.last_number = 0
        self.last_alert = 0
        self.last_page = 0

    def put_incident(self, incident: Incident, ladder: str) -> None:
        """Writes an incident, new or not."""
        number = incident.id
        before = self.incidents.get(number)
        was_open = before is not None and before.status is not Status.RESOLVED
        if was_open is (incident.status is Status.RESOLVED):
            still_open = self.open_of.setdefault(incident.service, [])
            if was_open:
                still_open.remove(number)
            else:  # seldom the last: each node holds numbers that it has not used yet
                insort(still_open, number)
        self._trail.append((Incident, number, before, self.ladders.get(number, "")))
        self.incidents[number] = incident
        self.ladders[number] = ladder
        if incident.due_at is None:
            self.waiting.pop(number, None)
        else:
            self.waiting[number] = incident.due_at

    def put_alert(self, alert: Alert) -> None:
        """Writes an alert, new or not. Raises ValueError where a key would be open twice."""
        key = (alert.service, alert.dedup_key)
        if alert.resolved_at is None:
            if self.open_alerts.get(key, alert.id) != alert.id:
                raise ValueError(f"duplicate key value violates unique constraint alert_open_once: {key}")
            self.open_alerts[key] = alert.id
        elif self.open_alerts.get(key) == alert.id:
            del self.open_alerts[key]
        before = self.alerts.get(alert.id)
        if before is None:
            self.alerts_of.setdefault(alert.incident, []).append(alert.id)
        self._trail.append((Alert, alert.id, before, ""))
        self.alerts[alert.id] = alert

    def begin(self) -> None:
        """What is put from here on can be taken back."""
        self._trail.clear()

    def take_back(self) -> None:
        """Takes back the incidents and alerts that were put since `begin`. What else there is to write has no constraint
        that it could break, and is written after them."""
        trail = self._trail[::-1]
        for kind, id_, before, ladder in trail:
            if isinstance(before, Incident):
                Tables.put_incident(self, before, ladder)
            elif isinstance(before, Alert):
                Tables.put_alert(self, before)
            elif kind is Incident:
                self._drop_incident(id_)
            else:
                self._drop_alert(id_)
        self._trail.clear()

    def _drop_incident(self, number: int) -> None:
        incident = self.incidents.pop(number)
        del self.ladders[number]
        self.waiting.pop(number, None)
        if incident.status is not Status.RESOLVED:
            self.open_of[incident.service].remove(number)

    def _drop_alert(self, id_: int) -> None:
        alert = self.alerts.pop(id_)
        self.alerts_of[alert.incident].remove(id_)
        if alert.resolved_at is None:
            del self.open_alerts[alert.service, alert.dedup_key]

    def put_line(self, line: Line) -> None:
        """Appends to the journal."""
        self.journal.append(line)
        if line.what == "AlertResolved" and line.service is not None:
            data = _object.decode(line.data)
            if "dedup_key" in data and data.get("kept_at") is None:
                self.ended[line.service, data["dedup_key"]] = line.at

    def put_page(self, page: Page) -> None:
        """Takes a new page in."""
        self.pages[page.id] = page
        self.pages_of.setdefault(page.incident, []).append(page)
        self.live.setdefault(page.channel, {}).setdefault(page.method, {})[page.id] = page

    def count_on(self, policy: int, level: int, more: int) -> None:
        """Counts the turns of a step on."""
        self.turns[policy, level] = self.turns.get((policy, level), 0) + more

    def put_notice(self, notice: Notice) -> None:
        """Takes a notice in, unless one of its key is there."""
        self.notices.setdefault(notice.key, notice)

    def settle_page(self, page: Page) -> None:
        """Keeps the index of live pages, after the page's state has changed."""
        of_channel = self.live.setdefault(page.channel, {})
        of_method = of_channel.setdefault(page.method, {})
        if page.state in LIVE:
            of_method[page.id] = page
            return
        of_method.pop(page.id, None)
        if not of_method:
            del of_channel[page.method]

    def next_due(self, channel: str) -> datetime | None:
        """When a page of this channel next wants attention, None when none waits."""
        if not self.live.get(channel):
            return None
        times = [
            max(page.due_at, self._held(method) or page.due_at)
            for method, pages in self.live.get(channel, {}).items()
            for page in pages.values()
            if page.due_at is not None
        ]
        return min(times, default=None)

    def next_wakeup(self) -> datetime | None:
        """When an incident is next due."""
        return min(self.waiting.values(), default=None)

    def _held(self, method: int) -> datetime | None:
        recipient = self.recipients.get(method)
        return recipient.held_until if recipient is not None else None
