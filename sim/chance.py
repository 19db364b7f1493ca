"""Chance, drawn from the seed. Each part of a world has a stream of its own, so that one part's draws do not shift another's."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """One stream. `name`: whose it is, under the seed of the world."""

    def __init__(self, seed: int, name: str) -> None:
        self._random = random.Random(f"{seed} {name}")
        self.random = self._random.random

    def happens(self, probability: float) -> bool:
        """True so often."""
        return self.random() < probability

    def between(self, low: float, high: float) -> float:
        """Evenly between the two."""
        return low + (high - low) * self.random()

    def skewed(self, low: float, high: float) -> float:
        """Between the two, evenly in orders of magnitude: mostly short, at times long. `low` > 0."""
        return float(low * (high / low) ** self.random())

    def within(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int((high - low + 1) * self.random())

    def one_of(self, choices: Sequence[T]) -> T:
        """Any of them."""
        return choices[int(len(choices) * self.random())]

    def pause(self, mean: float) -> float:
        """Seconds until the next of things that come on average every `mean` seconds."""
        return self._random.expovariate(1.0 / mean)
