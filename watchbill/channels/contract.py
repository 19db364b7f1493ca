"""What a channel is given and what it answers: the one shape that all adapters share."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from watchbill.engine.words import Severity, Status, Urgency


class Links(Struct, frozen=True):
    """Signed addresses, absolute. They work without sign-in; `acknowledge` and `resolve` open a page that asks once
    more (GET changes nothing, so a mail scanner that follows links does no harm); the `_now` forms act on POST."""

    acknowledge: str
    resolve: str
    acknowledge_now: str
    resolve_now: str
    show: str


class Bundled(Struct, frozen=True):
    """One line of a bundle: an incident that would have been a page of its own."""

    number: int
    title: str
    service: str
    severity: Severity


class Message(Struct, frozen=True, kw_only=True):
    """One page, ready to be told to one person over one contact method.

    `page`: id of the page, the same on every attempt. `attempt`: 1 for the first. `settings`: the contact method's own
    (for e-mail `{"address": ...}`). `why`: the reason in one sentence. `late`: seconds behind plan, 0 when on time.
    `source`: what the first alert says is broken. `runbook`: a web address that came with it. `zone`: the person's, by IANA name.
    `bundle`: other incidents that this page stands for too, worst first; `bundle_total` counts them all.
    """

    page: int
    attempt: int
    incident: int
    title: str
    service: str
    severity: Severity
    urgency: Urgency
    status: Status
    opened_at: datetime
    person: str
    settings: Mapping[str, Any]
    why: str
    links: Links
    late: int = 0
    source: str = ""
    runbook: str = ""
    zone: str = "UTC"
    bundle: tuple[Bundled, ...] = ()
    bundle_total: int = 0


class Notice(Struct, frozen=True, kw_only=True):
    """Something told to one person over one contact method, without waking anybody: nothing is to be answered.

    `id`: the same on every attempt. `attempt`: 1 for the first. `kind`: what it is about, in one word. `body`: whole lines.
    `settings`: the contact method's own. `zone`: the person's, by IANA name. `url`: where to look, empty for nowhere.
    """

    id: int
    attempt: int
    kind: str
    subject: str
    body: str
    at: datetime
    person: str
    settings: Mapping[str, Any]
    zone: str = "UTC"
    url: str = ""


class Outcome(StrEnum):
    """What became of an attempt. Only an acknowledgement proves that a human knows."""

    ACCEPTED = "accepted"  # the provider has taken it over
    DELIVERED = "delivered"  # the provider says that it arrived
    UNKNOWN = "unknown"  # time-out, 5xx, dropped connection: it may have arrived; retried
    FAILED = "failed"  # it certainly was not sent


class Receipt(Struct, frozen=True):
    """The answer to one attempt.

    `permanent`: with FAILED, that trying again cannot help (wrong address, 4xx). `detail`: what was said, in words, no
    secrets. `provider_id`: the provider's name for it. `retry_after`: seconds that the provider asks for, or None.
    """

    outcome: Outcome
    detail: str = ""
    provider_id: str = ""
    permanent: bool = False
    retry_after: float | None = None


class Field(Struct, frozen=True):
    """One setting of a contact method, for forms, for the YAML and for the docs. `secret`: stored sealed, never shown."""

    name: str
    help: str
    required: bool = True
    secret: bool = False


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a channel can do, as data. `per_minute`: most messages a person gets over one contact method in a minute,
    the rest are bundled; None for machines, which are never bundled. `retry_for`: seconds that an unanswered
    page is tried again."""

    supports_acknowledge: bool
    per_minute: int | None
    retry_for: int
    fields: tuple[Field, ...]


class BadSettings(ValueError):
    """A contact method's settings do not fit its channel; the message says which and what would."""


class Channel(Protocol):
    """How a page reaches a person. One folder in `channels/adapters/` each.

    `send` and `tell` take at most ten seconds and answer with a Receipt for everything that can go wrong outside; they raise
    only for faults of our own. `tell` is quiet: it must not ring where `send` does. `check` raises BadSettings. `close` frees
    connections.
    """

    name: str
    capabilities: Capabilities

    def check(self, settings: Mapping[str, Any]) -> None: ...

    async def send(self, message: Message) -> Receipt: ...

    async def tell(self, notice: Notice) -> Receipt: ...

    async def close(self) -> None: ...
