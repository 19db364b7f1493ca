"""Reads a request's head and body from ASGI, never more of the body than its wire allows."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from msgspec import Struct

from watchbill.intake.contract import Fault

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MOST_DISCARDED = 16 * 1024 * 1024


class Gone(Exception):
    """The sender went away before its body was whole."""


class Head(Struct):
    """The headers that the door looks at. `length`: what Content-Length claims, or None."""

    length: int | None = None
    kind: bytes = b""
    encoding: bytes = b""
    authorization: bytes = b""
    waits: bool = False


def read_head(scope: Scope) -> Head:
    """Picks the few headers out of the scope; ASGI writes their names in lower case."""
    head = Head()
    for name, value in scope["headers"]:
        if name == b"content-length":
            head.length = int(value) if value.isdigit() and len(value) < 20 else None
        elif name == b"content-type":
            head.kind = value
        elif name == b"authorization":
            head.authorization = value
        elif name == b"content-encoding":
            head.encoding = value.strip().lower()
        elif name == b"expect":
            head.waits = True
    return head


async def read_body(receive: Receive, head: Head, *, limit: int, patience: float) -> bytes | Fault:
    """The whole body, or TOO_LARGE or TOO_SLOW. Raises Gone. `patience`: seconds for all of it."""
    if head.length is not None and head.length > limit:
        await discard(receive, head, patience=patience)
        return Fault.TOO_LARGE
    try:
        async with asyncio.timeout(patience):
            body, more = await _piece(receive)
            if len(body) == head.length or not more:
                pieces = [body]
                size = len(body)
            else:
                pieces, size = await _rest(receive, body, head, limit)
    except TimeoutError:
        return Fault.TOO_SLOW
    if size > limit:
        await discard(receive, head, patience=patience)
        return Fault.TOO_LARGE
    if head.length is not None and size != head.length:
        raise Gone
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _rest(receive: Receive, body: bytes, head: Head, limit: int) -> tuple[list[bytes], int]:
    """Gathers pieces until there are no more of them or they are too many."""
    pieces = [body]
    size = len(body)
    more = True
    while more and size <= limit and size != head.length:
        piece, more = await _piece(receive)
        pieces.append(piece)
        size += len(piece)
    return pieces, size


async def discard(receive: Receive, head: Head, *, patience: float) -> None:
    """Reads on and keeps nothing, so that a sender in the middle of its body comes to read our answer. Not where it
    waits for our word to begin, and not for ever: past MOST_DISCARDED or `patience` the server closes on it."""
    if head.waits or (head.length is not None and head.length > MOST_DISCARDED):
        return
    size = 0
    try:
        async with asyncio.timeout(patience):
            more = True
            while more and size <= MOST_DISCARDED:
                piece, more = await _piece(receive)
                size += len(piece)
    except (TimeoutError, Gone):
        pass


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] != "http.request":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)
