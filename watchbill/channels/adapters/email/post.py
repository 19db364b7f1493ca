"""Hands mails to the SMTP server, on connections that are kept for a while, and says exactly how far each one got."""

import asyncio
import re
import ssl
from contextlib import suppress

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPResponseException, SMTPServerDisconnected
from msgspec import Struct

from watchbill.channels.adapters.email.config import SmtpConfig, Tls
from watchbill.channels.contract import Outcome, Receipt
from watchbill.channels.wording import said

_SERVICE_CLOSING = 421
_LINE_BEGINS_WITH_DOT = re.compile(rb"(?m)^\.")


class Limits(Struct, frozen=True):
    """Seconds. The whole send ends before the ten that the contract grants. `kept`: how long a connection is kept for
    the next mail; servers close after a few minutes of silence, and one that was closed costs a second try."""

    connect: float = 5.0
    total: float = 9.5
    kept: float = 20.0


WITHIN_THE_CONTRACT = Limits()


class _Trip(Struct):
    """How far one mail has got. `begun`: the server was asked to take its text. `finished`: the final dot went out,
    and from then on the server may have taken it whatever happens."""

    begun: bool = False
    finished: bool = False


class _Idle(Struct):
    """A connection that waits, and since when by the loop's clock."""

    client: SMTP
    since: float


class Postman:
    """One SMTP server. At most `config.connections` mails are under way at once; others wait within their time."""

    def __init__(self, config: SmtpConfig, limits: Limits) -> None:
        self._config = config
        self._limits = limits
        self._slots = asyncio.Semaphore(config.connections)
        self._idle: list[_Idle] = []
        self._context = None if config.tls is Tls.NONE else ssl.create_default_context(cafile=config.ca_file or None)

    async def deliver(self, to: str, mail: bytes) -> Receipt:
        """Tries once, and says what became of it."""
        trip = _Trip()
        try:
            async with asyncio.timeout(self._limits.total), self._slots:
                words = await self._try(trip, to, mail)
        except SMTPResponseException as refusal:
            return self._refused(trip, refusal)
        except TimeoutError:
            return _lost(trip, "The mail server did not answer in time")
        except (SMTPException, OSError) as fault:
            return _lost(trip, self._words_for(fault))
        return Receipt(Outcome.ACCEPTED, f"The mail server took it: {self._said(words)}")

    async def _try(self, trip: _Trip, to: str, mail: bytes) -> str:
        client = self._kept()
        if client is not None:
            try:
                return await self._send(client, trip, to, mail)
            except (SMTPServerDisconnected, SMTPResponseException) as fault:
                # The server may close a kept connection at any time. Before the text began nothing was taken, so a
                # fresh one may be tried at once.
                if trip.begun or getattr(fault, "code", _SERVICE_CLOSING) != _SERVICE_CLOSING:
                    raise
        return await self._send(await self._connected(), trip, to, mail)

    async def _send(self, client: SMTP, trip: _Trip, to: str, mail: bytes) -> str:
        try:
            await client.mail(self._config.sender_address)
            await client.rcpt(to)
            words = await _hand_over(client, trip, mail)
        except BaseException:
            client.close()
            raise
        self._idle.append(_Idle(client, asyncio.get_running_loop().time()))
        return words

    def _kept(self) -> SMTP | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            idle = self._idle.pop()
            if idle.client.is_connected and now - idle.since < self._limits.kept:
                return idle.client
            idle.client.close()
        return None

    async def _connected(self) -> SMTP:
        config = self._config
        client = SMTP(
            hostname=config.host,
            port=config.port,
            username=config.username or None,
            password=config.password or None,
            use_tls=config.tls is Tls.TLS,
            start_tls=None if config.tls is Tls.OFFERED else config.tls is Tls.STARTTLS,
            tls_context=self._context,
            # By default it asks the name server who we are, and blocks while it waits.
            local_hostname=config.domain,
            timeout=self._limits.total,
        )
        try:
            await client.connect(timeout=self._limits.connect)
        except BaseException:
            client.close()
            raise
        return client

    def _refused(self, trip: _Trip, refusal: SMTPResponseException) -> Receipt:
        words = f"The mail server answered {refusal.code}: {self._said(refusal.message)}"
        if 400 <= refusal.code < 600:
            return Receipt(Outcome.FAILED, words, permanent=refusal.code >= 500)
        return _lost(trip, "The mail server's answer cannot be understood")

    def _words_for(self, fault: Exception) -> str:
        if isinstance(fault, ssl.SSLError) or isinstance(fault.__cause__, ssl.SSLError):
            return "No safe connection could be agreed on with the mail server"
        if isinstance(fault, SMTPServerDisconnected):
            return "The mail server closed the connection"
        return f"The mail server could not be reached ({self._said(str(fault), 120)})"

    def _said(self, words: str, longest: int = 200) -> str:
        return said(words, (self._config.password,), longest)

    async def close(self) -> None:
        """Ends the idle connections politely, within a second each."""
        idle, self._idle = self._idle, []
        for each in idle:
            with suppress(SMTPException, OSError):
                await each.client.quit(timeout=1.0)
            each.client.close()


def _lost(trip: _Trip, words: str) -> Receipt:
    if trip.finished:
        return Receipt(Outcome.UNKNOWN, f"{words}, after it had been given the whole mail.")
    return Receipt(Outcome.FAILED, f"{words}.")


async def _hand_over(client: SMTP, trip: _Trip, mail: bytes) -> str:
    """The DATA command, step by step, because the library's own does not say whether the final dot went out."""
    trip.begun = True
    start = await client.execute_command(b"DATA")
    protocol = client.protocol
    if start.code != 354:
        raise SMTPDataError(start.code, start.message)
    if protocol is None:
        raise SMTPServerDisconnected("Connection lost")
    protocol.write(_LINE_BEGINS_WITH_DOT.sub(b"..", mail))
    # A write of its own, which fails if the connection was found dead: without the dot, the server drops what it got.
    protocol.write(b".\r\n")
    trip.finished = True
    end = await protocol.read_response(timeout=client.timeout)
    if end.code != 250:
        raise SMTPDataError(end.code, end.message)
    return end.message
