"""A mail server that takes mails into a list, or fails in the way that it is told to.

    async with SmtpFake() as smtp:                # or `with SmtpFake() as smtp:`, in a thread of its own
        smtp.behave(Smtp.REFUSE_LATER_AT_RCPT, then=Smtp.NORMAL)
        ...
        (mail,) = await smtp.mails.arrived(1)

Written by hand on a socket, because what matters here are the faults in the middle of the conversation.
"""

import asyncio
import base64
import email
import email.policy
import ssl
from collections import deque
from dataclasses import dataclass
from email.message import EmailMessage
from enum import Enum, auto
from typing import cast

from tests.fakes.inbox import Inbox
from tests.fakes.served import Served


class Smtp(Enum):
    """How one connection goes. A behaviour is drawn for each connection, at its greeting."""

    NORMAL = auto()
    HANG_AT_GREETING = auto()
    BUSY_AT_GREETING = auto()  # 421
    GARBAGE_AT_GREETING = auto()
    CLOSE_AT_GREETING = auto()
    REFUSE_LOGIN = auto()  # 535
    REFUSE_LATER_AT_RCPT = auto()  # 450
    REFUSE_AT_RCPT = auto()  # 550
    REFUSE_LATER_AT_DATA = auto()  # 451 to the DATA command
    REFUSE_AT_DATA = auto()  # 554 to the DATA command
    REFUSE_LATER_AFTER_DATA = auto()  # 452 to the whole mail
    REFUSE_AFTER_DATA = auto()  # 552 to the whole mail
    CLOSE_BEFORE_DATA = auto()  # closes instead of 354
    CLOSE_AT_DATA = auto()  # says 354 and closes at once
    CLOSE_AFTER_DATA = auto()  # takes the whole mail, and closes without a word
    HANG_AFTER_DATA = auto()  # takes the whole mail, and says nothing
    CLOSE_AFTER_MAIL = auto()  # takes the mail, says so, and closes
    CLOSE_AT_SECOND_MAIL = auto()  # takes one mail, and closes when the next one begins
    BUSY_AT_SECOND_MAIL = auto()  # takes one mail, and says 421 when the next one begins
    CLOSE_AFTER_SECOND_DATA = auto()  # takes one mail, and the whole of the next, and closes without a word
    SLOW = auto()  # answers everything, `slowness` seconds later each time


@dataclass(frozen=True)
class Mail:
    """One mail, as it came through the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, email.message_from_bytes(self.raw, policy=email.policy.default))


class _Close(Exception):
    """Ends the connection."""


class SmtpFake(Served):
    """`mails`: what was taken, said so or not. `connections`: how many were opened. `logins`: user and password.
    `tls`: offers STARTTLS; `users`: those who may log in, none for anybody without a login."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, users: dict[str, str] | None = None) -> None:
        super().__init__()
        self.mails: Inbox[Mail] = Inbox()
        self.greeted: Inbox[None] = Inbox()
        self.connections = 0
        self.logins: list[tuple[str, str]] = []
        self.slowness = 0.05
        self._tls = tls
        self._users = users
        self._standing = Smtp.NORMAL
        self._next: deque[Smtp] = deque()
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def behave(self, *behaviours: Smtp, then: Smtp | None = None) -> None:
        """The next connections go like `behaviours`, one each; all later ones like `then`, or the last of them."""
        self._next = deque(behaviours if then else behaviours[:-1])
        self._standing = then or behaviours[-1]

    def draw(self) -> Smtp:
        return self._next.popleft() if self._next else self._standing

    async def listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, self.port, limit=2**20)

    def drop_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await _Conversation(self, reader, writer, self.draw()).hold()
        except (_Close, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._open.discard(writer)
            writer.close()

    def may_log_in(self, user: str, password: str) -> bool:
        self.logins.append((user, password))
        return self._users is not None and self._users.get(user) == password

    @property
    def extensions(self) -> list[str]:
        return ["8BITMIME", *(["STARTTLS"] if self._tls else []), *(["AUTH PLAIN"] if self._users else [])]

    @property
    def context(self) -> ssl.SSLContext | None:
        return self._tls


class _Conversation:
    def __init__(self, fake: SmtpFake, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Smtp) -> None:
        self._fake = fake
        self._reader = reader
        self._writer = writer
        self._way = way
        self._sender = ""
        self._recipients: list[str] = []
        self._taken = 0

    async def hold(self) -> None:
        await self._greet()
        while line := await self._reader.readline():
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            await self._answer(verb.upper(), rest)

    async def _say(self, *lines: str) -> None:
        if self._way is Smtp.SLOW:
            await asyncio.sleep(self._fake.slowness)
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    async def _forever(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def _greet(self) -> None:
        self._fake.greeted.add(None)
        if self._way is Smtp.HANG_AT_GREETING:
            await self._forever()
        if self._way is Smtp.CLOSE_AT_GREETING:
            raise _Close
        if self._way is Smtp.BUSY_AT_GREETING:
            await self._say("421 too many connections")
            raise _Close
        if self._way is Smtp.GARBAGE_AT_GREETING:
            await self._say("HTTP/1.1 400 Bad Request", "")
            raise _Close
        await self._say("220 fake.test ESMTP")

    async def _answer(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO" | "HELO":
                said = ["fake.test", *self._fake.extensions]
                await self._say(*(f"250-{line}" for line in said[:-1]), f"250 {said[-1]}")
            case "STARTTLS":
                await self._say("220 go on")
                await self._writer.start_tls(cast(ssl.SSLContext, self._fake.context))
            case "AUTH":
                await self._log_in(rest)
            case "MAIL":
                await self._mail(rest)
            case "RCPT":
                await self._rcpt(rest)
            case "DATA":
                await self._data()
            case "RSET" | "NOOP":
                await self._say("250 ok")
            case "QUIT":
                await self._say("221 bye")
                raise _Close
            case _:
                await self._say("502 what?")

    async def _log_in(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        good = self._fake.may_log_in(user, password) and self._way is not Smtp.REFUSE_LOGIN
        await self._say("235 welcome" if good else "535 not you")

    async def _mail(self, rest: str) -> None:
        if self._taken and self._way is Smtp.BUSY_AT_SECOND_MAIL:
            await self._say("421 enough")
            raise _Close
        if self._taken and self._way is Smtp.CLOSE_AT_SECOND_MAIL:
            raise _Close
        self._sender, self._recipients = _address(rest), []
        await self._say("250 ok")

    async def _rcpt(self, rest: str) -> None:
        if self._way is Smtp.REFUSE_LATER_AT_RCPT:
            await self._say("450 greylisted, come back")
        elif self._way is Smtp.REFUSE_AT_RCPT:
            await self._say("550 no such user")
        else:
            self._recipients.append(_address(rest))
            await self._say("250 ok")

    async def _data(self) -> None:
        match self._way:
            case Smtp.REFUSE_LATER_AT_DATA:
                return await self._say("451 not now")
            case Smtp.REFUSE_AT_DATA:
                return await self._say("554 no")
            case Smtp.CLOSE_BEFORE_DATA:
                raise _Close
            case Smtp.CLOSE_AT_DATA:
                self._writer.write(b"354 go on\r\n")
                raise _Close
        await self._say("354 go on")
        raw = (await self._reader.readuntil(b"\r\n.\r\n"))[:-3]
        match self._way:
            case Smtp.REFUSE_LATER_AFTER_DATA:
                return await self._say("452 full")
            case Smtp.REFUSE_AFTER_DATA:
                return await self._say("552 too large")
        undotted = raw.replace(b"\r\n..", b"\r\n.")
        self._fake.mails.add(Mail(self._sender, tuple(self._recipients), undotted))
        if self._way is Smtp.HANG_AFTER_DATA:
            await self._forever()
        self._taken += 1
        if self._way is Smtp.CLOSE_AFTER_DATA or (self._way is Smtp.CLOSE_AFTER_SECOND_DATA and self._taken == 2):
            raise _Close
        await self._say(f"250 taken as {len(self._fake.mails)}")
        if self._way is Smtp.CLOSE_AFTER_MAIL:
            raise _Close
        return None


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
