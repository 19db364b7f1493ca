"""Watches a world while it runs: each claim, each commit, each decision, and whether anything is overdue. Whom the ladders
page is watched by called.py.

What it knows of the product are its promises, in numbers of its own: a lease of 30 s, five seconds for what is due.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sim.evidence import Violation
from sim.providers import LIMITS
from sim.store.tables import Line, Page, Tables
from watchbill.channels.contract import Message
from watchbill.engine.case import Incident
from watchbill.engine.words import Status
from watchbill.paging.claimed import ClaimedMessage

LEASE = timedelta(seconds=30)
PROMPT = timedelta(seconds=5)  # between being due and being taken up, where nothing ails
LEAST_PAUSE = timedelta(seconds=4.5)  # between two attempts, unless the first one's node died
SET_BACK = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)


class Watch:
    """`found`: called with each promise that is broken. `worst_recovery`: seconds from the last attempt of a page whose node
    died to the next one, where nothing else held it up."""

    def __init__(self, tables: Tables, found: Callable[[Violation], None]) -> None:
        self._tables = tables
        self._found = found
        self.ailing = 0
        self.ailing_until = self._delayed_until = tables.now()
        self.worst_recovery = 0.0
        self._messages: dict[int, list[datetime]] = {}
        self._asked_to_wait: dict[int, datetime] = {}
        self._steps: dict[int, tuple[Incident, Incident]] = {}

    # What ails

    def ails(self) -> None:
        """Something begins that may delay what is due."""
        self.ailing += 1

    def is_well(self) -> None:
        """One such thing ends."""
        self.ailing -= 1
        self.ailing_until = self._delayed_until = max(self.ailing_until, self._tables.now())

    def hiccup(self) -> None:
        """Something has just delayed whatever was due, for a moment."""
        self.ailing_until = max(self.ailing_until, self._tables.now())

    # Claims

    def leased(self, parameters: Mapping[str, Any]) -> None:
        """A node is about to claim these pages."""
        now = self._tables.now()
        if parameters["until"] - parameters["now"] > LEASE:
            self._say("leases_are_short", f"A lease until {parameters['until']}, more than 30 s.")
        for number, fence in zip(parameters["ids"], parameters["fences"], strict=True):
            page = self._tables.pages[number]
            if page.fence == fence:
                self._may_be_claimed(page, now)

    def _may_be_claimed(self, page: Page, now: datetime) -> None:
        incident = self._tables.incidents[page.incident]
        if incident.status is not Status.TRIGGERED:
            self._say("no_claim_after_acknowledgement", f"Claimed while {incident.status}.", page)
        if all(paging.person != page.person for paging in incident.ladder.paging):
            self._say("only_who_is_to_be_paged", f"Claimed for person {page.person}, who is not being woken.", page)
        if page.due_at is None or page.due_at > now:
            self._say("nothing_early", f"Claimed at {now}, though it was due at {page.due_at}.", page)
            return
        asked = self._asked_to_wait.pop(page.id, None)
        if page.state == "leased" and page.attempted_at is not None:
            if self.ailing or self._delayed_until > page.attempted_at:
                return
            paced = self._due(page, page.due_at) - page.due_at
            self.worst_recovery = max(self.worst_recovery, (now - page.attempted_at - paced).total_seconds())
        elif page.attempted_at is not None and now - page.attempted_at < LEAST_PAUSE and now > page.attempted_at:
            self._say("pauses_between_attempts", "Tried again at once.", page)
        if asked is not None and page.state != "leased" and now < asked:
            self._say("retry_after_is_honoured", f"Tried again before {asked}, as the provider had asked.", page)
        self._is_prompt("pages_are_prompt", self._due(page, page.due_at), now, page)

    def asked_to_wait(self, claimed: ClaimedMessage, seconds: float) -> None:
        """A provider said when it may be tried again. Only who still holds the pages can write that down."""
        until = self._tables.now() + timedelta(seconds=seconds - 0.5)
        self._asked_to_wait.update(
            (page.id, until) for page in claimed.pages if self._tables.pages[page.id].fence == claimed.fence
        )

    def handed(self, channel: str, method: int) -> None:
        """A provider was handed a message. A claim may be sent up to eighteen seconds later, hence the odd third."""
        limit = LIMITS[channel]
        if limit is None:
            return
        now = self._tables.now()
        recent = [at for at in self._messages.get(method, ()) if now - MINUTE < at <= now]
        recent.append(now)
        self._messages[method] = recent
        if len(recent) > limit + limit * 1.3 + 1:
            self._say("caps_hold", f"{len(recent)} messages over method {method} in a minute, with {limit} a minute.")

    def worded(self, message: Message, claimed: ClaimedMessage) -> None:
        """A message is on its way: it stands for all that was claimed with it, and says so."""
        rest = claimed.pages[1:]
        told = [one.number for one in message.bundle]
        if (
            message.bundle_total != len(rest)
            or told != [page.incident for page in rest[: len(told)]]
            or bool(told) != bool(rest)
        ):
            self._say("bundles_name_all", f"It stands for {len(rest)} more, and names {told}.", None, message.incident)

    # Commits

    def saved(self, before: Incident | None, after: Incident) -> None:
        """An incident was written."""
        if before is None:
            return
        self._steps[after.id] = (before, after)
        climbed = after.ladder.level - before.ladder.level
        ends = after.ladder.step_ends_at
        if climbed > 0 and ends is not None and ends <= self._tables.now() - SET_BACK:
            self._say("no_replay_of_a_backlog", f"A step begins that has ended at {ends}.", None, after.id)

    def journaled(self, line: Line) -> None:
        """A line of the journal was written; what it speaks of was written just before it."""
        now = self._tables.now()
        if line.at > now + SET_BACK or line.at < now - timedelta(seconds=60):
            self._say(
                "the_database_tells_the_time", f"Decided at {line.at}, when it was {now}.", None, line.incident or 0
            )
        if line.kind != "fact":
            return
        if line.reason == "step_timed_out" and line.incident in self._steps:
            ends = self._steps[line.incident][0].ladder.step_ends_at
            if ends is not None and ends > line.at:
                self._say("nothing_early", f"The step timed out at {line.at}, not at {ends}.", None, line.incident)
        refused = line.what == "PageFailed"  # who is configured was tried, and each address is dead
        if line.reason == "nobody_at_all" and not refused and self._somebody_is_there():
            self._say("never_silence", "Nobody at all, it says; but somebody can be reached.", None, line.incident or 0)

    def _somebody_is_there(self) -> bool:
        people = self._tables.directory.people.values()
        return any(person.active and any(method.enabled for method in person.methods) for person in people)

    # Time

    def look(self) -> None:
        """Whether anything is overdue now."""
        now = self._tables.now()
        for number, due in self._tables.waiting.items():
            self._is_prompt("steps_are_prompt", due, now, None, number)
        for of_channel in self._tables.live.values():
            for pages in of_channel.values():
                for page in pages.values():
                    if page.due_at is not None:
                        self._is_prompt("pages_are_prompt", self._due(page, page.due_at), now, page)

    def _due(self, page: Page, due: datetime) -> datetime:
        """Not before the pace of its recipient allows it."""
        recipient = self._tables.recipients.get(page.method)
        held = recipient.held_until if recipient is not None else None
        return max(due, held) if held is not None else due

    def _is_prompt(self, check: str, due: datetime, now: datetime, page: Page | None, incident: int = 0) -> None:
        since = max(due, self.ailing_until)
        if self.ailing == 0 and now - since > PROMPT:
            late = (now - since).total_seconds()
            self._say(
                check,
                f"Due at {due:%d %H:%M:%S}, and not taken up for {late:.1f} s though all was well.",
                page,
                incident,
            )

    def _say(self, check: str, sentence: str, page: Page | None = None, incident: int = 0) -> None:
        self._found(Violation(check, sentence, page.incident if page else incident, page.id if page else 0))
