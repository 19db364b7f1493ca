"""Decides whether this node may open a connection to an IP address. Everything that leaves the house asks here.

Neither `is_private` nor `is_global` is safe alone: 100.64.0.1 is not private, ::ffff:100.64.0.1 and 64:ff9b::a00:1 are
global, and both answers change with the version of Python. So what is allowed is written down: global unicast, after
every known wrapping of IPv4 in IPv6 was taken off, and outside the special-purpose registries of IANA.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from msgspec import Struct

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*names: str) -> tuple[Network, ...]:
    return tuple(ip_network(name) for name in names)


# Where clouds keep their credentials. No setting opens these, because no pager has business there.
NEVER = _networks(
    "0.0.0.0/8",
    "169.254.0.0/16",  # link local: 169.254.169.254 of most clouds, 169.254.170.2 of ECS
    "168.63.129.16/32",  # Azure's wire server
    "100.100.100.200/32",  # Alibaba
    "192.0.0.192/32",  # Oracle
    "224.0.0.0/4",
    "255.255.255.255/32",
    "::/128",
    "fd00:ec2::/32",  # EC2: fd00:ec2::254 metadata, fd00:ec2::23 pod identity
    "fd20:ce::254/128",  # Google
    "fe80::/10",
    "ff00::/8",
)

LOOPBACK = _networks("127.0.0.0/8", "::1/128")

# The special-purpose registries of IANA (RFC 6890 and after), and what older notes gave a meaning of its own.
SPECIAL = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "64:ff9b:1::/48",
    "100::/64",
    "2001:2::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fec0::/10",  # site local, which `is_global` calls global
)

# An IPv6 address is spoken to only if it lies here; the second is the well-known NAT64 prefix, which a network without
# IPv4 needs. Mapped and compatible spellings of IPv4 (::ffff:8.8.8.8, ::8.8.8.8) lie outside: nobody honest needs them.
REACHABLE = _networks("2000::/3", "64:ff9b::/96")

# Prefixes whose last 32 bits are an IPv4 address: mapped, compatible, translated (SIIT), NAT64.
_IPV4_AT_THE_END = _networks("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def inside(address: Address) -> Iterator[IPv4Address]:
    """Yields every IPv4 address that a packet to `address` may end at."""
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    if _in(address, _IPV4_AT_THE_END):
        yield IPv4Address(number & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if (number >> 32) & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(number & 0xFFFFFFFF)


class Walls(Struct, frozen=True):
    """What this installation may reach besides the public internet.

    `allow`: networks of the operator's own, for targets on the LAN. They never open what NEVER names. `allow_loopback`:
    this machine itself; only for tests and the demo, because the database listens there. `deny`: networks that are
    closed whatever `allow` says; the node puts its database here.
    """

    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    allow_loopback: bool = False

    @classmethod
    def of(cls, allow: Iterable[str] = (), deny: Iterable[str] = (), *, allow_loopback: bool = False) -> "Walls":
        """Reads networks as an operator writes them. Raises ValueError that says which one cannot be, and why."""
        allowed = tuple(_read(name) for name in allow)
        for network in allowed:
            _refuse_hopeless(network)
        return cls(allowed, tuple(_read(name) for name in deny), allow_loopback)

    def refusal(self, address: Address) -> str | None:
        """Why no connection to `address` may be made, in words; None when it may."""
        return _refusal(self, address)


PUBLIC_ONLY = Walls()


def _read(name: str) -> Network:
    try:
        return ip_network(name.strip())
    except ValueError as fault:
        raise ValueError(f"{name!r} is not a network such as 10.20.0.0/16 or fd12:3456::/48: {fault}") from None


def _refuse_hopeless(network: Network) -> None:
    for closed in NEVER:
        if _within(network, closed):
            raise ValueError(f"{network} lies in {closed}, which can never be allowed.")
    for closed in LOOPBACK:
        if _within(network, closed):
            raise ValueError(f"{network} is this machine itself; that has a switch of its own, allow_loopback.")


def _within(small: Network, large: Network) -> bool:
    return small.prefixlen >= large.prefixlen and small.network_address in large


@lru_cache(maxsize=4096)
def _refusal(walls: Walls, address: Address) -> str | None:
    if isinstance(address, IPv6Address) and address.scope_id:
        return "an address with a zone belongs to one network card only"
    if _in(address, LOOPBACK):
        return None if walls.allow_loopback else "it is this machine itself"
    wrapped = tuple(inside(address))
    for each in (address, *wrapped):
        if _in(each, LOOPBACK):
            return "it leads to this machine itself"
        if _in(each, NEVER):
            return "no pager has business there"
        if _in(each, walls.deny):
            return "this installation keeps it closed"
    if _in(address, walls.allow):
        return None
    return next((why for why in map(_not_public, (address, *wrapped)) if why), None)


def _not_public(address: Address) -> str | None:
    reachable = isinstance(address, IPv4Address) or _in(address, REACHABLE)
    if reachable and address.is_global and not _in(address, SPECIAL):
        return None
    return "it is not on the public internet, and in no network that the operator has allowed"


def _in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
