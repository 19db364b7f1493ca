"""The guard around the suite. The addresses are ones that are set aside for documentation."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from tests import loopback
from tests.loopback import OutsideLoopback


@pytest.fixture
def refusals() -> Iterator[list[str]]:
    """What the guard refused during this test, which is then not held against it."""
    before = len(loopback.refused)
    yield loopback.refused
    del loopback.refused[before:]


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.7"])
def test_a_connection_to_another_machine_is_refused(refusals, address):
    with socket.socket() as outgoing, pytest.raises(OutsideLoopback, match=address):
        outgoing.connect((address, 80))
    assert refusals


def test_so_is_one_over_the_newer_protocol(refusals):
    with socket.socket(socket.AF_INET6) as outgoing, pytest.raises(OutsideLoopback):
        outgoing.connect_ex(("2001:db8::1", 80))


def test_so_is_a_datagram(refusals):
    with socket.socket(type=socket.SOCK_DGRAM) as outgoing, pytest.raises(OutsideLoopback):
        outgoing.sendto(b"page", ("192.0.2.1", 80))


def test_so_is_the_look_up_of_a_name(refusals):
    with pytest.raises(OutsideLoopback, match=r"phones\.example"):
        socket.create_connection(("phones.example", 443))


async def test_so_is_what_asyncio_opens(refusals):
    with pytest.raises(OutsideLoopback):
        await asyncio.open_connection("192.0.2.1", 80)


def test_a_server_on_this_machine_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with (
            socket.create_connection(("localhost", port)),
            socket.create_connection(("127.0.0.1", port)),
        ):
            pass


def test_a_unix_socket_is_reached(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "0.0.0.0", None])
def test_names_of_this_machine(host):
    assert loopback.is_this_machine(host)
