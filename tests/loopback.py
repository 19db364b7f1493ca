"""Refuses connections from the test process to anywhere but this machine.

The refusal comes from an audit hook, so it holds for every Python socket, whichever library made
it. Code that opens its sockets in C is beyond it: libpq inside psycopg, and uvloop.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import sys

#: What was refused so far, in words. A test that expects a refusal takes its own off again.
refused: list[str] = []


class OutsideLoopback(AssertionError):
    """A test tried to reach another machine. Start a fake on 127.0.0.1 and point the code at it."""


def is_this_machine(host: str | bytes | None) -> bool:
    """Whether `host` is a loopback address, "any address", or a name that means this machine."""
    if host is None:
        return True
    name = (host.decode() if isinstance(host, bytes) else host).rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name in own_names() or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


@functools.cache
def own_names() -> frozenset[str]:
    return frozenset({"", "localhost", socket.gethostname().lower()})


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """The audit hook. The arguments of each event are in the table of Python's audit events."""
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if not isinstance(address, tuple) or is_this_machine(address[0]):
            return  # a Unix socket has a path, and a connected one has no address
        what = f"{event} to {address[0]}:{address[1]}"
    elif event == "socket.getaddrinfo" and not is_this_machine_or_number(arguments[0]):
        what = f"a look-up of the name {arguments[0]!r}"
    else:
        return
    refused.append(what)
    raise OutsideLoopback(f"{what}: a test reaches nothing but this machine")


def is_this_machine_or_number(host: object) -> bool:
    """A numeric address needs no look-up, so nothing leaves the machine for it."""
    if not isinstance(host, str | bytes):
        return True
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return is_this_machine(host)
    return True


@functools.cache
def guard_this_process() -> None:
    """Once a process: an audit hook cannot be taken off again."""
    own_names()
    sys.addaudithook(refuse)
