"""What lives on when a node dies: the monitors, the people and the providers, and what they have seen."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from sim.evidence import Accepted, Told
from tests.crash.points import AFTER, BEFORE, Course
from watchbill.channels.contract import Capabilities, Message, Outcome, Receipt
from watchbill.engine.facts import Fact
from watchbill.paging.claimed import ClaimedMessage

# How many messages a minute one person gets over each channel; None for what is never bundled.
PACES: Mapping[str, int | None] = {"sms": None, "email": None, "chat": 10, "slow": 1}


class Outside(Struct):
    """`step`: the step of the story that is under way, from 0. `step_began`: when it was first begun.

    `people`: whom each message of `told` was for. `moods`: what the provider of a channel says to a person's next
    messages; then it accepts. `refused`: channels and people for whom nothing ever arrives. `meanwhile`: facts that
    others hand in while a message is under way. `tears`: how often the connections of a node
    that lived on were torn. `strays`: whether nodes look for channels that nobody knows.
    """

    now: datetime
    step: int = 0
    step_began: datetime | None = None
    accepted: list[Accepted] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    moods: dict[tuple[str, str], list[Receipt]] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    meanwhile: list[Fact] = field(default_factory=list)
    strays: bool = False
    deaths: int = 0
    tears: int = 0

    def add_told(self, told: Told, person: str) -> int:
        """A provider has a message for this person; answers its place in the list."""
        self.told.append(told)
        self.people.append(person)
        return len(self.told) - 1

    def answer_of(self, channel: str, person: str) -> Receipt:
        """What the provider says to this person's next message."""
        if (channel, person) in self.refused:
            return Receipt(Outcome.FAILED, "no such number", permanent=True)
        moods = self.moods.get((channel, person))
        return moods.pop(0) if moods else Receipt(Outcome.ACCEPTED)


class Phone:
    """A channel whose provider writes down what it is given, also where the node dies before it hears so.

    `hears`: called after each change outside, so that somebody else may keep it. `meanwhile`: hands facts in.
    """

    def __init__(
        self,
        name: str,
        outside: Outside,
        course: Course,
        hears: Callable[[], None],
        meanwhile: Callable[[], Awaitable[None]],
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            supports_acknowledge=True, per_minute=PACES.get(name), retry_for=48 * 3600, fields=()
        )
        self.under_way: ClaimedMessage | None = None
        self._outside = outside
        self._course = course
        self._hears = hears
        self._meanwhile = meanwhile

    def check(self, settings: Mapping[str, Any]) -> None:
        """Takes any settings."""

    async def send(self, message: Message) -> Receipt:
        """Tells the provider, and hears what it says."""
        assert self.under_way is not None
        call = f"tell {message.person} over {self.name}"
        self._course.passes(BEFORE, call, on_wire=False)
        receipt = self._outside.answer_of(self.name, message.person)
        place = self._outside.add_told(
            Told(
                at=self._outside.now,
                channel=self.name,
                method=self.under_way.pages[0].method,
                page=message.page,
                attempt=message.attempt,
                outcome="",
                arrived=receipt.outcome is not Outcome.FAILED,
                pages=tuple(page.id for page in self.under_way.pages),
            ),
            message.person,
        )
        self._hears()
        self._course.passes(AFTER, call, on_wire=False)
        await self._meanwhile()
        self._outside.told[place] = replace(self._outside.told[place], outcome=str(receipt.outcome))
        self._hears()
        return receipt

    async def close(self) -> None:
        """Nothing is open."""


SOON = timedelta(seconds=2)
"""How long a node is away after it died."""
