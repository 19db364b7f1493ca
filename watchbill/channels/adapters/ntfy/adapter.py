"""Pages phones and desks through an ntfy server, with Acknowledge and Resolve as buttons on the notification."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from watchbill.channels.contract import BadSettings, Capabilities, Field, Message, Notice, Outcome, Receipt
from watchbill.channels.egress import Egress, Reply
from watchbill.channels.targets import BadTarget
from watchbill.channels.wording import fit, headline, one_line, others, said, span
from watchbill.engine.words import Severity, Urgency

# ntfy makes an attachment of what is longer, and a phone then shows "attachment.txt".
LONGEST_MESSAGE = 4096
LONGEST_TITLE = 250

_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}\Z")
_TOKEN = re.compile(r"[\x21-\x7e]{1,200}\Z")
# Names that ntfy shows as an emoji before the title.
_TAGS = {
    Severity.CRITICAL: "rotating_light",
    Severity.ERROR: "red_circle",
    Severity.WARNING: "warning",
    Severity.INFO: "information_source",
}


class NtfyConfig(Struct, frozen=True):
    """`server`: where contact methods without a server of their own are sent."""

    server: str = "https://ntfy.sh"


PUBLIC_SERVER = NtfyConfig()


class Action(Struct, frozen=True, rename={"kind": "action"}):
    """A button. ntfy shows three at most."""

    kind: str
    label: str
    url: str
    method: str = "POST"
    clear: bool = True


class Publication(Struct, frozen=True, omit_defaults=True):
    """What is posted to the root of an ntfy server."""

    topic: str
    title: str
    message: str
    priority: int
    tags: tuple[str, ...]
    click: str = ""
    actions: tuple[Action, ...] = ()


class _Published(Struct):
    id: str


class _Problem(Struct):
    error: str = ""


class Ntfy:
    """One ntfy server or several, through the node's egress."""

    name = "ntfy"
    capabilities = Capabilities(
        supports_acknowledge=True,
        per_minute=5,
        retry_for=3600,
        fields=(
            Field("topic", "The topic that your phone listens to. On a public server it is as good as a password."),
            Field("server", "Address of the ntfy server; empty for this installation's own.", required=False),
            Field(
                "token", "Access token of the ntfy server (tk_...), if it asks for one.", required=False, secret=True
            ),
        ),
    )

    def __init__(self, egress: Egress, config: NtfyConfig = PUBLIC_SERVER) -> None:
        self._egress = egress
        self._config = config
        self._encode = msgspec.json.Encoder().encode

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raises BadSettings."""
        topic, token = settings.get("topic"), settings.get("token") or ""
        if not isinstance(topic, str) or not _TOPIC.match(topic):
            raise BadSettings("`topic` must be 1 to 64 letters, digits, _ or -.")
        if not isinstance(token, str) or (token and not _TOKEN.match(token)):
            raise BadSettings("`token` must be one word of plain letters, as ntfy shows it.")
        try:
            self._egress.check(self._server(settings))
        except BadTarget as fault:
            raise BadSettings(f"`server` will not do. {fault}") from None

    async def send(self, message: Message) -> Receipt:
        """Publishes the page once."""
        return await self._publish(publication(message), message.settings)

    async def tell(self, notice: Notice) -> Receipt:
        """Publishes the notice once; it makes no sound."""
        return await self._publish(quiet(notice), notice.settings)

    async def close(self) -> None:
        """Frees the connections of the egress. Others that share it open theirs again when they next send."""
        await self._egress.close()

    async def _publish(self, told: Publication, settings: Mapping[str, Any]) -> Receipt:
        token = settings.get("token") or ""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        reply = await self._egress.post(self._server(settings), self._encode(told), headers)
        return _receipt(reply, secrets=(token, settings["topic"]))

    def _server(self, settings: Mapping[str, Any]) -> str:
        return str(settings.get("server") or self._config.server)


def publication(message: Message) -> Publication:
    """The page as ntfy wants it."""
    links = message.links
    which = f" #{message.incident}" if others(message) else ""
    return Publication(
        topic=message.settings["topic"],
        title=one_line(headline(message), LONGEST_TITLE),
        message=fit("\n".join(_lines(message)), LONGEST_MESSAGE),
        priority=5 if message.urgency is Urgency.HIGH else 3,
        tags=(_TAGS[message.severity],),
        click=links.acknowledge,
        actions=(
            Action("http", f"Acknowledge{which}", links.acknowledge_now),
            Action("http", f"Resolve{which}", links.resolve_now),
        ),
    )


def quiet(notice: Notice) -> Publication:
    """The notice as ntfy wants it: low priority, which neither rings nor vibrates, and no buttons."""
    return Publication(
        topic=notice.settings["topic"],
        title=one_line(notice.subject, LONGEST_TITLE),
        message=fit("\n".join(map(one_line, notice.body.splitlines())), LONGEST_MESSAGE),
        priority=2,
        tags=("calendar",),
        click=notice.url,
    )


def _lines(message: Message) -> list[str]:
    lines = []
    if len(headline(message)) > LONGEST_TITLE:
        lines.append(one_line(message.title))
    lines.append(one_line(message.why))
    if message.source:
        lines.append(f"Source: {one_line(message.source, 200)}")
    if message.runbook:
        lines.append(f"Where to look: {message.runbook}")
    if message.late:
        lines.append(f"This page is {span(message.late)} late.")
    if message.bundle:
        lines.append(f"It stands for {others(message)} more:")
        lines += [
            f"#{each.number} {one_line(each.title, 120)} ({one_line(each.service, 60)})" for each in message.bundle
        ]
    return lines


def _receipt(reply: Reply, secrets: tuple[str, ...]) -> Receipt:
    if reply.receipt.outcome is Outcome.ACCEPTED:
        try:
            return msgspec.structs.replace(
                reply.receipt, provider_id=msgspec.json.decode(reply.body, type=_Published).id
            )
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Receipt(Outcome.UNKNOWN, "Something answered, but not as an ntfy server does.")
    try:
        problem = msgspec.json.decode(reply.body, type=_Problem).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = ""
    if not problem:
        return reply.receipt
    detail = f"{reply.receipt.detail} It says: {said(problem, secrets)}"
    return msgspec.structs.replace(reply.receipt, detail=detail)
