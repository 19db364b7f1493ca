"""A story, told step by step. A step that a death interrupts is begun again: a monitor repeats what it got no answer to."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sim.evidence import Accepted
from tests.crash.connections import counted_django
from tests.crash.hall import Hall
from tests.crash.node import Node
from tests.crash.outside import PACES, Outside, Phone
from watchbill.channels.contract import Outcome, Receipt
from watchbill.configuration.actions import apply
from watchbill.configuration.asking import request
from watchbill.engine.facts import Fact, OnIncident
from watchbill.runtime.seal import Seal

MOST_TURNS = 120  # until everything is at rest
A_WHILE = timedelta(seconds=1)

# A page that is held back is not looked at before its recipient's turn.
NEXT_DUE = """
SELECT least((SELECT min(due_at) FROM incident), (
    SELECT min(greatest(p.due_at, r.held_until)) FROM page p LEFT JOIN recipient r ON r.method_id = p.method_id
    WHERE p.state IN ('due', 'leased', 'unknown')
))
"""
INCIDENT_OF = "SELECT incident_id FROM alert WHERE dedup_key = %b ORDER BY id DESC LIMIT 1"

UNKNOWN = Receipt(Outcome.UNKNOWN, "no answer within ten seconds")


class Restless(Exception):
    """The story does not come to rest."""


class World:
    """A node, and what is around it. `hears`: called after each change outside the node."""

    def __init__(
        self, hall: Hall, outside: Outside, channels: Sequence[str], hears: Callable[[], None] = lambda: None
    ) -> None:
        self.hall = hall
        self.outside = outside
        self.hears = hears
        phones = [Phone(name, outside, hall.course, hears, self.meanwhile) for name in channels]
        self.node = Node(hall.database, phones)

    def hand_in(self, facts: Sequence[Fact]) -> None:
        """As one batch, and keeps what was answered."""
        self.hall.run(self._hand_in(facts))

    async def meanwhile(self) -> None:
        """What others do while a message is under way."""
        while self.outside.meanwhile:
            await self._hand_in(self.outside.meanwhile[:1])
            self.outside.meanwhile.pop(0)
            self.hears()

    def turn(self) -> None:
        """The node does all that is due."""
        self.hall.run(self.node.turn())
        if self.outside.strays:
            self.hall.run(self.node.look_for_strays())
            self.hall.run(self.node.turn())

    def go_to(self, at: datetime) -> None:
        """Moves the clock, never back."""
        if at > self.outside.now:
            self.outside.now = at
            self.hears()
            self.hall.set_clock(at)

    def next_due(self) -> datetime | None:
        """When something next happens by itself."""
        return self.hall.link.execute(NEXT_DUE).fetchone()[0]

    def advance(self, until: datetime | None = None) -> bool:
        """Moves the clock to what is due next, and does it, as a running node would. Answers whether there was
        something, up to this time."""
        due = self.next_due()
        if due is None or (until is not None and due > until):
            return False
        self.go_to(due if due > self.outside.now else self.outside.now + A_WHILE)
        self.turn()
        return True

    def wait_until(self, target: datetime | None = None) -> None:
        """Moves the clock on to this time, or until nothing is due any more, however long that takes."""
        turns = 0
        while self.advance(target):
            turns += 1
            if turns > MOST_TURNS:
                raise Restless(f"After {MOST_TURNS} turns something is still due.")
        if target is not None:
            self.go_to(target)

    def incident_of(self, key: str) -> int:
        """The number of the newest incident with an alert of this key."""
        row = self.hall.link.execute(INCIDENT_OF, [key]).fetchone()
        return row[0] if row is not None else 0

    def has_heard(self, person: str, key: str) -> bool:
        """Whether a message about this incident has reached the person."""
        incident = self.incident_of(key)
        pages = {row["id"] for row in self.hall.rows("page") if row["incident_id"] == incident}
        told = zip(self.outside.told, self.outside.people, strict=True)
        return any(who == person and one.arrived and pages.intersection(one.pages) for one, who in told)

    async def _hand_in(self, facts: Sequence[Fact]) -> None:
        done = await self.node.submit(facts)
        self.outside.accepted.extend(Accepted(done.now, fact) for fact in facts)
        self.hears()


Step = Callable[[World], None]


def tell(world: World, steps: Sequence[Step]) -> None:
    """Goes on with the story where it was left, to its end and until everything is at rest. Raises Died."""
    outside = world.outside
    for step in steps[outside.step :]:
        if outside.step_began is None:
            outside.step_began = outside.now
        step(world)
        outside.step += 1
        outside.step_began = None
        world.hears()
    world.wait_until()


# Steps


def says(*facts: Fact) -> Step:
    """A monitor hands these in as one batch."""
    return lambda world: world.hand_in(facts)


def turn() -> Step:
    """The node does what is due."""
    return World.turn


def strays() -> Step:
    """From now on the node also looks for pages on channels that nobody knows."""

    def step(world: World) -> None:
        world.outside.strays = True
        world.turn()

    return step


def wait(seconds: float) -> Step:
    """Time passes, since this step was first begun."""
    return lambda world: world.wait_until(world.outside.step_began + timedelta(seconds=seconds))


def sleep_through(seconds: float) -> Step:
    """Time passes while no node runs."""
    return lambda world: world.go_to(world.outside.step_began + timedelta(seconds=seconds))


def until_heard(person: str, key: str) -> Step:
    """Time passes until this person has heard of the incident: nobody can act on what they do not know."""

    def step(world: World) -> None:
        world.turn()
        for _ in range(MOST_TURNS):
            if world.has_heard(person, key):
                return
            if not world.advance():
                break
        raise Restless(f"{person} does not hear of {key}.")

    return step


def clicks(kind: type[OnIncident], key: str, by: int, *, seconds: float = 0, **rest: Any) -> Step:
    """A person does something to an incident. `seconds`: with Snoozed, until when."""

    def step(world: World) -> None:
        more = {"until": world.outside.step_began + timedelta(seconds=seconds)} if seconds else {}
        world.hand_in([kind(service=0, incident=world.incident_of(key), by=by, via="link", **more, **rest)])

    return step


def while_sending(*facts: Fact) -> Step:
    """Others will hand these in while the next message is under way."""

    def step(world: World) -> None:
        world.outside.meanwhile = list(facts)

    return step


def insists() -> Step:
    """What was to be handed in meanwhile, and got no answer, is handed in now."""
    return lambda world: world.hall.run(world.meanwhile())


def answers(channel: str, person: str, *receipts: Receipt) -> Step:
    """What the provider says to this person's next messages."""

    def step(world: World) -> None:
        world.outside.moods[channel, person] = list(receipts)

    return step


def refuses(channel: str, person: str) -> Step:
    """The provider never takes a message for this person."""

    def step(world: World) -> None:
        world.outside.refused.add((channel, person))

    return step


def edits(statement: str, *parameters: Any) -> Step:
    """Another process changes the configuration. `parameters`: a timedelta means so long after now."""

    def step(world: World) -> None:
        world.hall.edited = True
        now = world.outside.now
        values = [now + value if isinstance(value, timedelta) else value for value in parameters]
        world.hall.link.execute(statement, values)
        world.hall.link.execute("UPDATE configuration SET version = version + 1")

    return step


def applies(text: str, seal: Seal) -> Step:
    """A person applies this file."""

    def step(world: World) -> None:
        world.hall.edited = True
        phones = {name: phone for name, phone in world.node.phones.items() if name in PACES}
        with counted_django(lambda: world.hall.course):
            apply(request(text.encode(), {}, phones), seal)

    return step
