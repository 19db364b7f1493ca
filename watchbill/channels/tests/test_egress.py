"""The gate at the socket: what a name means is judged when it is dialled, each time and for each address."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes import http
from tests.fakes.http import HttpFake
from watchbill.channels.addresses import Walls
from watchbill.channels.contract import Outcome
from watchbill.channels.egress import Egress, Gate, Limits, Refused, Reply, Resolver
from watchbill.channels.targets import BadTarget

OPEN = Walls(allow_loopback=True)


class Names(Resolver):
    """A name server that answers each question with the next list of addresses, and the last one for ever."""

    def __init__(self, walls: Walls, *answers: list[str]) -> None:
        super().__init__(Gate(walls))
        self._answers = list(answers)
        self.asked = 0

    async def lookup(self, host: str, port: int, family: socket.AddressFamily) -> list[tuple[Any, ...]]:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in answer
        ]


class Blind(Names):
    """Lets every address through, as aiohttp's own resolver does: then only the gate at the socket is left."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[Any]:
        found = await self.lookup(host, port, family)
        return [
            {"hostname": host, "host": where[0], "port": port, "family": kind, "proto": 6, "flags": 0}
            for kind, _, _, _, where in found
        ]


@pytest.fixture
async def web() -> AsyncIterator[HttpFake]:
    async with HttpFake() as web:
        yield web


async def posted(web: HttpFake, url: str, walls: Walls, names: Resolver | None = None, **limits: Any) -> Reply:
    limited = Limits(connect=limits.get("connect", 0.3), total=limits.get("total", 0.6))
    egress = Egress(walls, ports=frozenset({web.port}), resolver=names, limits=limited)
    try:
        return await egress.post(url.format(port=web.port), b"{}", {})
    finally:
        await egress.close()


def refused(reply: Reply) -> bool:
    return reply.receipt.outcome is Outcome.FAILED and reply.receipt.permanent and "refused" in reply.receipt.detail


@pytest.mark.parametrize("kind", [Names, Blind])
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "fec0::1", "224.0.0.1", "fd00:ec2::254", "fe80::1"],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_refused_by_the_resolver_and_by_the_gate(
    web: HttpFake, kind: type[Names], address: str
) -> None:
    reply = await posted(web, "http://inside.example:{port}/", Walls(), kind(Walls(), [address]))
    assert refused(reply), reply.receipt
    assert web.connections == 0


async def test_the_resolver_hands_out_no_address_that_may_not_be_dialled() -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        await Names(Walls(), ["10.0.0.1"]).resolve("inside.example", 80)
    (found,) = await Names(Walls(), ["10.0.0.1", "8.8.8.8", "fe80::1%eth0"]).resolve("mixed.example", 80)
    assert found["host"] == "8.8.8.8"


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "localhost.", "foo.localhost"])
async def test_names_of_this_machine_are_refused_when_they_are_dialled(web: HttpFake, name: str) -> None:
    reply = await posted(web, f"http://{name}:{{port}}/", Walls())
    assert reply.receipt.outcome is Outcome.FAILED
    assert web.connections == 0


async def test_a_name_that_changes_its_meaning_gains_nothing(web: HttpFake) -> None:
    """Rebinding: public when it is checked, inside when it is dialled."""
    names = Blind(Walls(), ["8.8.8.8"], ["127.0.0.1"])
    egress = Egress(Walls(), ports=frozenset({web.port}), resolver=names, limits=Limits(0.3, 0.6))
    url = f"http://rebind.example:{web.port}/"
    egress.check(url)
    (before,) = await names.resolve("rebind.example", web.port)
    assert before["host"] == "8.8.8.8"
    assert refused(await egress.post(url, b"", {}))
    assert web.connections == 0
    await egress.close()


@pytest.mark.parametrize("kind", [Names, Blind])
async def test_of_several_addresses_only_those_that_may_be_dialled_are(web: HttpFake, kind: type[Names]) -> None:
    names = kind(OPEN, ["10.0.0.1", "169.254.169.254", "127.0.0.1"])
    reply = await posted(web, "http://mixed.example:{port}/hook", OPEN, names)
    assert reply.receipt.outcome is Outcome.ACCEPTED
    assert len(web.requests) == 1


async def test_the_host_header_is_the_name_and_the_name_is_asked_once(web: HttpFake) -> None:
    names = Names(OPEN, ["127.0.0.1"])
    egress = Egress(OPEN, ports=frozenset({web.port}), resolver=names)
    for _ in range(5):
        await egress.post(f"http://hook.example:{web.port}/", b"", {})
    assert {request.headers["host"] for request in web.requests} == {f"hook.example:{web.port}"}
    assert names.asked == 1
    await egress.close()


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(web: HttpFake, code: int) -> None:
    web.behave(http.redirect(f"{web.url}/elsewhere", code), then=http.ok())
    reply = await posted(web, "http://127.0.0.1:{port}/", OPEN)
    assert reply.receipt.outcome is Outcome.FAILED
    assert reply.receipt.permanent is (code in (301, 308))
    assert [request.path for request in web.requests] == ["/"]


async def test_proxies_of_the_environment_are_not_used(web: HttpFake, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    reply = await posted(web, "http://127.0.0.1:{port}/", OPEN)
    assert reply.receipt.outcome is Outcome.ACCEPTED


async def test_no_more_than_the_limit_is_read_of_an_answer(web: HttpFake) -> None:
    web.behave(http.endless())
    egress = Egress(OPEN, ports=frozenset({web.port}), limits=Limits(body=1000))
    reply = await egress.post(web.url, b"", {})
    assert reply.receipt.outcome is Outcome.ACCEPTED
    assert reply.body == b"x" * 1000
    web.behave(http.ok())
    assert (await egress.post(web.url, b"", {})).body == b"{}"
    assert web.connections == 2  # the first could not be used again
    await egress.close()


async def test_cookies_are_not_kept(web: HttpFake) -> None:
    web.behave(http.status(200, b"", Set_Cookie="a=b"))
    egress = Egress(OPEN, ports=frozenset({web.port}))
    for _ in range(2):
        await egress.post(web.url, b"", {})
    assert "cookie" not in web.requests[1].headers
    await egress.close()


async def test_a_name_server_that_is_silent_or_knows_nothing_means_that_nothing_was_sent(web: HttpFake) -> None:
    class Silent(Names):
        async def lookup(self, host: str, port: int, family: socket.AddressFamily) -> list[tuple[Any, ...]]:
            return await asyncio.get_running_loop().create_future()

    class Ignorant(Names):
        async def lookup(self, host: str, port: int, family: socket.AddressFamily) -> list[tuple[Any, ...]]:
            raise socket.gaierror(-2, "Name or service not known")

    for names in (Silent(OPEN, []), Ignorant(OPEN, []), Names(OPEN, [])):
        reply = await posted(web, "http://nowhere.example:{port}/", OPEN, names, connect=0.1)
        assert reply.receipt.outcome is Outcome.FAILED
        assert not reply.receipt.permanent


async def test_a_host_that_hangs_takes_no_place_from_others(web: HttpFake) -> None:
    web.behave_at("/hang", http.hang())
    egress = Egress(OPEN, ports=frozenset({web.port}), connections=8, connections_per_host=4, limits=Limits(0.5, 1.0))
    hanging = asyncio.gather(*(egress.post(f"{web.url}/hang", b"", {}) for _ in range(10)))
    await web.requests.arrived(4)
    async with HttpFake() as other:
        second = Egress(OPEN, ports=frozenset({other.port}))
        assert (await second.post(other.url, b"", {})).receipt.outcome is Outcome.ACCEPTED
        await second.close()
    outcomes = sorted(reply.receipt.outcome for reply in await hanging)
    # Four had the connections and may have been taken; six waited for one, and certainly were not sent.
    assert outcomes == [Outcome.FAILED] * 6 + [Outcome.UNKNOWN] * 4
    await egress.close()


def test_the_gate_refuses_an_address_with_a_zone() -> None:
    gate = Gate(Walls())
    with pytest.raises(Refused, match="zone"):
        gate((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1", 443, 0, 2)))


def test_check_says_what_will_not_do() -> None:
    with pytest.raises(BadTarget, match="itself"):
        Egress().check("http://127.0.0.1/")
    Egress().check("https://example.com/")


async def got(web: HttpFake, url: str, walls: Walls = OPEN, *, most: int = 100) -> Reply:
    egress = Egress(walls, ports=frozenset({web.port}), limits=Limits(connect=0.3, total=0.6))
    try:
        return await egress.get(url.format(port=web.port), {"Accept": "text/calendar"}, most=most)
    finally:
        await egress.close()


async def test_a_document_is_read_whole(web: HttpFake) -> None:
    web.behave(http.status(200, b"x" * 100))
    reply = await got(web, "http://127.0.0.1:{port}/rota.ics")
    assert (reply.receipt.outcome, reply.status, reply.body) == (Outcome.ACCEPTED, 200, b"x" * 100)


async def test_a_document_that_is_too_long_is_refused_and_not_cut(web: HttpFake) -> None:
    web.behave(http.status(200, b"x" * 101))
    reply = await got(web, "http://127.0.0.1:{port}/rota.ics")
    assert (reply.receipt.outcome, reply.receipt.permanent, reply.body) == (Outcome.FAILED, True, b"")
    assert "more than 100 bytes" in reply.receipt.detail


async def test_a_document_that_breaks_off_is_no_document(web: HttpFake) -> None:
    web.behave(http.half_an_answer())
    reply = await got(web, "http://127.0.0.1:{port}/rota.ics")
    assert (reply.receipt.outcome, reply.body) == (Outcome.UNKNOWN, b"")


async def test_a_document_behind_the_walls_is_not_asked_for(web: HttpFake) -> None:
    reply = await got(web, "http://127.0.0.1:{port}/rota.ics", Walls())
    assert reply.receipt.outcome is Outcome.FAILED
    assert web.connections == 0
