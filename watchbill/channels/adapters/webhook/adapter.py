"""Pages machines: one POST of JSON for each page or notice, signed as Standard Webhooks says."""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from watchbill.channels.contract import BadSettings, Bundled, Capabilities, Field, Links, Message, Notice, Receipt
from watchbill.channels.egress import Egress
from watchbill.channels.targets import BadTarget
from watchbill.engine.words import Severity, Status, Urgency


class IncidentTold(Struct, frozen=True):
    """The incident as the receiver sees it."""

    number: int
    title: str
    service: str
    severity: Severity
    urgency: Urgency
    status: Status
    opened_at: datetime
    source: str


class Page(Struct, frozen=True):
    """`data` of the body. `late_seconds`: behind plan. `bundle`: other incidents that this page stands for too."""

    page: int
    incident: IncidentTold
    person: str
    why: str
    late_seconds: int
    links: Links
    bundle: tuple[Bundled, ...]
    bundle_total: int


class NoticeTold(Struct, frozen=True):
    """`data` of a notice's body. `url`: where to look, empty for nowhere."""

    notice: int
    kind: str
    subject: str
    body: str
    person: str
    url: str


class Body(Struct, frozen=True):
    """The whole body. `timestamp`: when the incident began or the notice was written, the same on every attempt."""

    type: str
    timestamp: datetime
    data: Page | NoticeTold


class Webhook:
    """`now` tells the time for the signature, which receivers compare with their own."""

    name = "webhook"
    capabilities = Capabilities(
        supports_acknowledge=True,
        per_minute=None,
        retry_for=48 * 3600,
        fields=(
            Field("url", "Where to post to, https:// or http://."),
            Field(
                "secret",
                "Signs what is sent: whsec_ and 24 to 64 bytes in base64. Several, separated by spaces, while you rotate.",
                required=False,
                secret=True,
            ),
        ),
    )

    def __init__(self, egress: Egress, *, now: Callable[[], datetime]) -> None:
        self._egress = egress
        self._now = now
        self._encode = msgspec.json.Encoder().encode

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raises BadSettings."""
        url = settings.get("url")
        if not isinstance(url, str):
            raise BadSettings("`url` is missing: where to post to.")
        try:
            self._egress.check(url)
        except BadTarget as fault:
            raise BadSettings(f"`url` will not do. {fault}") from None
        _keys(settings.get("secret") or "")

    async def send(self, message: Message) -> Receipt:
        """Posts the page once."""
        return await self._post(f"page_{message.page}", message.attempt, _told(message), message.settings)

    async def tell(self, notice: Notice) -> Receipt:
        """Posts the notice once."""
        told = NoticeTold(notice.id, notice.kind, notice.subject, notice.body, notice.person, notice.url)
        body = Body("notice", notice.at, told)
        return await self._post(f"notice_{notice.id}", notice.attempt, body, notice.settings)

    async def close(self) -> None:
        """Frees the connections of the egress. Others that share it open theirs again when they next send."""
        await self._egress.close()

    async def _post(self, name: str, attempt: int, told: Body, settings: Mapping[str, Any]) -> Receipt:
        body = self._encode(told)
        moment = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "watchbill-attempt": str(attempt),
            "webhook-timestamp": moment,
        }
        keys = _keys(settings.get("secret") or "")
        if keys:
            headers["webhook-signature"] = " ".join(signature(key, name, moment, body) for key in keys)
        reply = await self._egress.post(settings["url"], body, headers)
        return reply.receipt


def signature(key: bytes, name: str, moment: str, body: bytes) -> str:
    """One `v1` signature (Standard Webhooks, "Signature scheme")."""
    mac = hmac.digest(key, f"{name}.{moment}.".encode() + body, "sha256")
    return "v1," + b64encode(mac).decode()


def _keys(secrets: str) -> list[bytes]:
    """The keys behind `whsec_...` secrets. Raises BadSettings, which never repeats a secret."""
    if not isinstance(secrets, str):
        raise BadSettings("`secret` is text that begins with whsec_.")
    keys = []
    for secret in secrets.split():
        try:
            key = b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
            raise BadSettings("`secret` must be whsec_ and then 24 to 64 bytes in base64.")
        keys.append(key)
    return keys


def _told(message: Message) -> Body:
    return Body(
        "incident.paged",
        message.opened_at,
        Page(
            page=message.page,
            incident=IncidentTold(
                message.incident,
                message.title,
                message.service,
                message.severity,
                message.urgency,
                message.status,
                message.opened_at,
                message.source,
            ),
            person=message.person,
            why=message.why,
            late_seconds=message.late,
            links=message.links,
            bundle=message.bundle,
            bundle_total=message.bundle_total,
        ),
    )
