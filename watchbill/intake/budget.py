"""How much each key may send: token buckets in memory, so the budget is per node."""

from collections import OrderedDict
from collections.abc import Hashable

# They end trouble, so they get through when triggers no longer do.
ENDINGS_FACTOR = 4
MOST_BUCKETS = 50_000
GUESSES_PER_SECOND = 0.5
GUESSES_BURST = 20.0


class Buckets:
    """A token bucket for each name, the longest unused forgotten first. `rate`: tokens a second. `burst`: tokens at rest."""

    def __init__(self, *, rate: float, burst: float, most: int = MOST_BUCKETS) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, name: Hashable, cost: float, *, now: float) -> float:
        """Seconds until `cost` tokens could be taken, 0.0 where they can be now. A cost above the burst waits for a
        full bucket only, and may then leave it in debt: a large batch is late, never impossible."""
        tokens = self._tokens(name, now)
        missing = min(cost, self._burst) - tokens
        return missing / self._rate if missing > 0 else 0.0

    def take(self, name: Hashable, cost: float, *, now: float) -> None:
        """Takes `cost` tokens, or gives them back where it is negative; asking `wait` first is the caller's part."""
        self._buckets[name] = (min(self._burst, self._tokens(name, now) - cost), now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)

    def _tokens(self, name: Hashable, now: float) -> float:
        bucket = self._buckets.get(name)
        if bucket is None:
            return self._burst
        tokens, at = bucket
        return min(self._burst, tokens + max(0.0, now - at) * self._rate)


class Budget:
    """The budgets of one node. `events_per_second` and `burst`: of each integration, for triggers and changes.
    Acknowledgements and resolves have four times as much, apart. Unknown keys are counted by the sender's address."""

    def __init__(self, *, events_per_second: float = 100.0, burst: float = 1000.0) -> None:
        self._starts = Buckets(rate=events_per_second, burst=burst)
        self._endings = Buckets(rate=events_per_second * ENDINGS_FACTOR, burst=burst * ENDINGS_FACTOR)
        self._guesses = Buckets(rate=GUESSES_PER_SECOND, burst=GUESSES_BURST)

    def take(self, integration: int, *, starts: int, endings: int, now: float) -> float:
        """Takes what one request costs, whole or not at all. Answers 0.0, or the seconds to wait if nothing was taken.
        `now`: seconds of a clock that never goes back."""
        seconds = 0.0
        if starts:
            seconds = self._starts.wait(integration, starts, now=now)
        if endings:
            seconds = max(seconds, self._endings.wait(integration, endings, now=now))
        if seconds:
            return seconds
        if starts:
            self._starts.take(integration, starts, now=now)
        if endings:
            self._endings.take(integration, endings, now=now)
        return 0.0

    def give_back(self, integration: int, *, starts: int, endings: int, now: float) -> None:
        """Undoes a `take` whose facts were not taken in the end: an outage of ours costs no sender its budget."""
        if starts:
            self._starts.take(integration, -starts, now=now)
        if endings:
            self._endings.take(integration, -endings, now=now)

    def guess_wait(self, address: str, *, now: float) -> float:
        """Seconds for which this address may try no unknown key, 0.0 where it may now."""
        return self._guesses.wait(address, 1.0, now=now)

    def guessed(self, address: str, *, now: float) -> None:
        """Counts one key from `address` that proved to be unknown."""
        self._guesses.take(address, 1.0, now=now)
