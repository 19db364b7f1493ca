"""One node of the crash tests: the real road, senders and wakeups, and somebody who turns the crank."""

from collections.abc import Sequence

from tests.acceptance.story import Direct
from tests.crash.connections import CountedDatabase
from tests.crash.outside import Phone
from tests.database import SECRET_KEY
from watchbill import wiring
from watchbill.channels.contract import Links
from watchbill.channels.receipts import Receipts
from watchbill.channels.sender import Sender
from watchbill.channels.strays import Strays, Unknown
from watchbill.engine.facts import Fact
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.seal import Seal
from watchbill.runtime.submit import Committed, Submitter
from watchbill.runtime.wakeups import Wakeups

NO_LINKS = Links("", "", "", "", "")
MOST = 100

# Neither holds anything that a death would lose, and to make them takes a while.
SEAL = Seal((SECRET_KEY,))
METRICS = Metrics()


class Node:
    """What is thrown away when it dies."""

    def __init__(self, database: CountedDatabase, phones: Sequence[Phone]) -> None:
        self._database = database
        self.phones = {phone.name: phone for phone in phones}
        self.submitter = Submitter(database, wiring.ROAD)
        self._wakeups = Wakeups(database, self.submitter, lambda done: None)
        self._receipts = Receipts(database, Direct(self.submitter))
        self._senders = {phone.name: self._sender(phone) for phone in phones}
        self._strays = Strays(database, self.phones, self._sender)

    async def submit(self, facts: Sequence[Fact]) -> Committed:
        """Hands facts in as one batch."""
        return await self.submitter.run(facts)

    async def turn(self) -> None:
        """Wakes what is due and sends what is due, until there is nothing of either."""
        while await self._wakeups.once():
            await self._send_all()
        await self._send_all()

    async def look_for_strays(self) -> None:
        """Gives up pages on channels that nobody knows."""
        await self._strays.once()
        await self._receipts.flush()

    async def _send_all(self) -> None:
        await self._receipts.flush()  # what could not be written when the wire tore
        for name, sender in self._senders.items():
            after = 0
            while (claimed := await sender.claim(after=after, most=MOST)).found:
                after = claimed.after
                for message in claimed.messages:
                    self.phones[name].under_way = message
                    await sender.send(message)
                await self._receipts.flush()

    def _sender(self, channel: Phone | Unknown) -> Sender:
        return Sender(
            channel,
            database=self._database,
            receipts=self._receipts,
            seal=SEAL,
            links=lambda incident, person, via: NO_LINKS,
            metrics=METRICS,
        )
