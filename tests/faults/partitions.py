"""A node loses its database, which all others still reach: the connections are cut, or packets vanish, or it flaps."""

import itertools
import time
from collections.abc import Callable

from tests.fakes.http import ok, slow
from tests.fakes.proxy import TcpProxy
from tests.faults.fault import Fault
from tests.faults.run import Run

LASTS = 38.0  # seconds: longer than a lease and the pause until the next claim
SENDING = 3.0
FLAPS, FLAP = 6, 5.0


def loses_its_database(cut: Callable[[TcpProxy], None]) -> Callable[[Run], None]:
    """One node cannot reach the database while it sends; the others take its pages over."""

    def inject(run: Run) -> None:
        node, wire = run.place.nodes[0], run.place.wires[0]
        run.place.provider.behave(slow(SENDING))
        keys = run.burst_to(node)
        with run.trouble("the node had lost its database") as trouble:
            cut(wire)
            run.well_from(trouble.began)
            run.again_after.update(dict.fromkeys(keys, trouble.began))
            run.place.provider.behave(ok())
            run.wait(LASTS)
            wire.heal()
            run.spooled_until = healed = time.monotonic()
            run.place.until_ready([node])
            run.wait(1)
        run.figures["node_ready_after_s"] = time.monotonic() - healed - 1
        run.expect(run.figures["node_ready_after_s"] < 45, "the node took more than 45 s to find its database again")

    return inject


def flaps(run: Run) -> None:
    """Every five seconds the database is away for another node, in another way, and back."""
    ways = itertools.cycle((TcpProxy.refuse, TcpProxy.stall, lambda wire: wire.stall(there=False)))
    wires = itertools.cycle(run.place.wires)
    with run.trouble("the way to the database flapped"):
        for way, wire, _ in zip(ways, wires, range(FLAPS), strict=False):
            way(wire)
            run.wait(FLAP)
            wire.heal()
        run.well_from()
        run.place.until_ready()
        run.figures["nodes_ready_after_s"] = time.monotonic() - run.well_since[0]


FAULTS = (
    Fault("partition-cut", "a node's connections to the database are cut", loses_its_database(TcpProxy.refuse), 45, 55),
    Fault("partition-stall", "a node's packets to the database vanish", loses_its_database(TcpProxy.stall), 45, 55),
    Fault("partition-flaps", "the way to the database flaps, node by node", flaps, 45, 50),
)
