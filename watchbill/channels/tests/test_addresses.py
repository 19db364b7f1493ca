"""Which addresses may be dialled. The traps are those that `is_private` and `is_global` fall into."""

from ipaddress import ip_address, ip_network

import pytest

from watchbill.channels.addresses import NEVER, Walls


def _words(text: str) -> list[str]:
    return text.split()


LAN = Walls.of(["10.20.0.0/16", "fd12:3456::/48"], ["10.20.0.5/32"])

CLOSED = _words("""
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 169.254.0.1
    169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192
    192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.255
    :: ::1 ::a00:1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:100.64.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
    ::ffff:0:10.0.0.1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b:1::1 64:ff9b:1:fffe::808:808
    100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:a00:1::
    2002:7f00:1:: 2002:a9fe:a9fe:: 2002:6440:1:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd00:ec2::23 fd20:ce::254
    fd12:3456::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 ff0e::1 2606:4700::5efe:10.0.0.1
    2606:4700::200:5efe:192.168.0.1 ::ffff:8.8.8.8 ::8.8.8.8 1::1 4000::1 2606:4700::1%eth0
""")

OPEN = _words("""
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 128.0.0.1 169.253.0.1 172.15.0.1 172.32.0.1
    192.0.1.1 192.167.1.1 198.17.0.1 198.20.0.1 223.255.255.255
    2606:4700:4700::1111 2a00:1450:4001:82b::200e 2001:4860:4860::8888 64:ff9b::808:808 2002:808:808::1
""")


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert Walls().refusal(ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_what_is_public_is_let_through(address: str) -> None:
    assert Walls().refusal(ip_address(address)) is None


@pytest.mark.parametrize(
    ("address", "open_"),
    [("10.20.0.1", True), ("10.21.0.1", False), ("10.20.0.5", False), ("fd12:3456::1", True), ("8.8.8.8", True),
     ("::ffff:10.20.0.1", False), ("64:ff9b::a14:1", False), ("192.168.1.1", False), ("127.0.0.1", False)],
)  # fmt: skip
def test_the_operator_opens_networks_and_closes_others(address: str, open_: bool) -> None:
    assert (LAN.refusal(ip_address(address)) is None) is open_


@pytest.mark.parametrize("network", NEVER)
def test_nothing_opens_the_addresses_of_credentials(network: object) -> None:
    everything = Walls.of(["0.0.0.0/0", "::/0"], allow_loopback=True)
    address = network[0]  # type: ignore[index]  # both kinds of network have a first address
    assert everything.refusal(address)
    with pytest.raises(ValueError, match="never"):
        Walls.of([str(network)])


@pytest.mark.parametrize("wrapped", ["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::a9fe:a9fe"])
def test_not_even_in_disguise(wrapped: str) -> None:
    assert Walls.of(["::/0", "0.0.0.0/0"], allow_loopback=True).refusal(ip_address(wrapped))


def test_loopback_has_a_switch_of_its_own() -> None:
    with pytest.raises(ValueError, match="allow_loopback"):
        Walls.of(["127.0.0.0/8"])
    with pytest.raises(ValueError, match="allow_loopback"):
        Walls.of(["::1"])
    assert Walls.of(["0.0.0.0/0", "::/0"]).refusal(ip_address("127.0.0.1"))
    assert Walls.of(allow_loopback=True).refusal(ip_address("127.0.0.1")) is None
    assert Walls.of(allow_loopback=True).refusal(ip_address("::1")) is None
    assert Walls.of(allow_loopback=True).refusal(ip_address("::ffff:127.0.0.1"))


def test_what_is_no_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        Walls.of(["10.0.0.1/8"])
    assert Walls.of([" 10.0.0.0/8 "]).allow == (ip_network("10.0.0.0/8"),)
