"""What providers do wrong, each for a while and to all: refuse, hang, be slow, talk nonsense, go away."""

from collections.abc import Callable
from itertools import pairwise

from tests.fakes.http import Behaviour, garbage, hang, reset_after_reading, slow, status
from tests.faults.fault import Fault
from tests.faults.run import Run

LASTS = 12.0  # seconds: the second attempt fails too
RETRY_AFTER = 7  # seconds; more than the pause after a first failure


def behaves(behaviour: Behaviour) -> Callable[[Run], None]:
    """The provider answers every request like this."""

    def inject(run: Run) -> None:
        run.place.provider.behave(behaviour)
        run.wait(LASTS)
        run.place.heal()
        run.well_from()

    return inject


def asks_for_patience(run: Run) -> None:
    """429, and when to come again. Nobody comes sooner."""
    behaves(status(429, Retry_After=str(RETRY_AFTER)))(run)
    run.wait(RETRY_AFTER + 12)
    by_page: dict[int, list[tuple[float, int]]] = {}
    for one in run.place.provider.of(run.prefix):
        by_page.setdefault(one.page, []).append((one.at, one.status))
    waited = [
        again - at for times in by_page.values() for (at, said), (again, _) in pairwise(times) if said == 429
    ]  # fmt: skip
    run.expect(waited, "no page was tried again after a 429")
    run.figures["shortest_wait_after_429_s"] = min(waited, default=0.0)
    run.expect(min(waited, default=9.0) >= RETRY_AFTER - 0.2, f"tried again {min(waited, default=0):.1f} s after a 429")


def listens_no_more(run: Run) -> None:
    """Connections are refused."""
    run.place.provider_wire.refuse()
    run.wait(LASTS)
    run.place.provider_wire.heal()
    run.well_from()


def is_far_away(run: Run) -> None:
    """Packets vanish on the way there; when the way is open again, they arrive late."""
    run.place.provider_wire.stall()
    run.wait(LASTS)
    run.place.provider_wire.heal()
    run.well_from()


FAULTS = (
    Fault("provider-500", "the provider answers 500", behaves(status(500)), 15, 30, may_double=False),
    Fault("provider-429", "the provider answers 429 with Retry-After", asks_for_patience, 20, 40, may_double=False),
    Fault("provider-hangs", "the provider takes pages and never answers", behaves(hang()), 25, 35),
    Fault("provider-slow", "the provider answers after 30 s", behaves(slow(30)), 25, 35),
    Fault("provider-resets", "the provider resets after reading", behaves(reset_after_reading()), 15, 30),
    Fault("provider-garbage", "the provider answers with what is not HTTP", behaves(garbage()), 15, 30),
    Fault("provider-refuses", "the provider refuses connections", listens_no_more, 15, 30, may_double=False),
    Fault("provider-vanishes", "packets to the provider vanish", is_far_away, 25, 35),
)
