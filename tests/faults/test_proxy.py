"""The wire that can be cut does what it says: a proof that rests on it is worth no more than that."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.http import HttpFake
from tests.fakes.proxy import TcpProxy
from tests.fakes.running import ask

SHORT = 0.3  # seconds


@pytest.fixture
def target() -> Iterator[HttpFake]:
    with HttpFake() as fake:
        yield fake


@pytest.fixture
def wire(target: HttpFake) -> Iterator[TcpProxy]:
    with TcpProxy((target.host, target.port)) as proxy:
        yield proxy


def _ask(wire: TcpProxy, *, timeout: float = 5) -> int:
    return ask("POST", f"http://{wire.host}:{wire.port}/", b"{}", timeout=timeout).status


def test_a_whole_wire_passes_everything_on(wire: TcpProxy, target: HttpFake) -> None:
    assert _ask(wire) == 200
    assert len(target.requests) == wire.connections == 1


def test_a_wire_that_refuses_is_refused_at_once_and_whole_again_on_the_same_port(wire: TcpProxy) -> None:
    port = wire.port
    wire.refuse()
    with pytest.raises(ConnectionRefusedError):
        _ask_refused(wire)
    wire.heal()
    assert wire.port == port
    assert _ask(wire) == 200


def test_what_vanishes_in_a_stall_arrives_when_the_wire_is_whole(wire: TcpProxy, target: HttpFake) -> None:
    wire.stall()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(_ask, wire)
        with pytest.raises(TimeoutError):
            answer.result(timeout=SHORT)
        assert not len(target.requests)
        wire.heal()
        assert answer.result() == 200


def test_a_stall_one_way_lets_the_other_way_pass(wire: TcpProxy, target: HttpFake) -> None:
    assert _ask(wire) == 200
    with ThreadPoolExecutor(1) as pool, TcpProxy((target.host, target.port)) as slow:
        slow.delay(SHORT)  # so that the connection stands before the way back is closed
        answer = pool.submit(_ask, slow)
        target.requests.wait_for(2)
        slow.stall(there=False)
        with pytest.raises(TimeoutError):
            answer.result(timeout=2 * SHORT)
        slow.heal()
        assert answer.result() == 200


def test_a_delay_holds_each_way(wire: TcpProxy) -> None:
    wire.delay(SHORT)
    began = time.monotonic()
    assert _ask(wire) == 200
    assert time.monotonic() - began >= 2 * SHORT


def _ask_refused(wire: TcpProxy) -> None:
    try:
        _ask(wire)
    except OSError as fault:
        raise getattr(fault, "reason", fault) from None
