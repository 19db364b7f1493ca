"""In the spool: what is answered, kept, drained and forgotten while the database is away."""

from tests.planted.check import Crash, Sim, Stories, Test
from tests.planted.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="spool-answers-before-it-keeps",
        file="watchbill/runtime/spool.py",
        old="            await self._shelf.put(",
        new="            await (lambda kept: asyncio.sleep(0, asyncio.ensure_future(self._shelf.put(kept))))(",
        sentence="Says 202 before the event is on the disk.",
        checks=(Test(node="watchbill/runtime/tests/test_spool.py::test_a_full_spool_is_503_and_what_it_took_is_kept"),),
    ),
    Mutation(
        name="spool-does-not-wait-for-the-disk",
        file="watchbill/runtime/segments.py",
        old="        self._disk.sync(file)\n",
        new="",
        sentence="Says 202 while the event is in the memory of the kernel, which a power cut takes.",
        checks=(
            Test(node="watchbill/runtime/tests/test_segments.py"),
            Test(node="watchbill/runtime/tests/test_shelf.py"),
        ),
    ),
    Mutation(
        name="full-spool-says-yes",
        file="watchbill/runtime/spool.py",
        old='            raise Unavailable("The database cannot be used now, and this node can keep no more.") from fault\n',
        new="",
        sentence="Says 202 for what it had no room for.",
        checks=(Test(node="watchbill/runtime/tests/test_spool.py::test_a_full_spool_is_503_and_what_it_took_is_kept"),),
    ),
    Mutation(
        name="spool-drains-the-newest-first",
        file="watchbill/runtime/drain.py",
        old="            waiting = await self._readable(taken)\n",
        new="            waiting = (await self._readable(taken))[::-1]\n",
        sentence="Hands in the end of an alert before its beginning, so that it stays open for ever.",
        checks=(
            Test(
                node="watchbill/runtime/tests/test_spool.py::test_while_the_database_is_away_events_are_kept_and_handed_in_later_in_order"
            ),
        ),
    ),
    Mutation(
        name="spool-forgets-before-the-commit",
        file="watchbill/runtime/drain.py",
        old="            if waiting:\n                await self._hand_in(waiting)\n",
        new="            if waiting:\n"
        "                await self._shelf.forget(waiting[-1].position)\n"
        "                await self._hand_in(waiting)\n",
        sentence="Clears the spool and then commits what was in it; a death in between loses all of it.",
        checks=(Sim(by="nothing_lost"), Crash(scenario="spool and drain")),
    ),
    Mutation(
        name="spool-never-forgets",
        file="watchbill/runtime/drain.py",
        old="        if last:\n            await self._shelf.forget(last)\n",
        new="        if last < 0:\n            await self._shelf.forget(last)\n",
        sentence="Never comes to the end of the spool, and hands everything in again after a restart.",
        checks=(Stories(),),
    ),
    Mutation(
        name="spool-left-by-the-dead-is-not-taken-up",
        file="watchbill/runtime/segments.py",
        old="        self.count = sum(1 for segment in self._segments for _ in self._read(segment))\n",
        new="        self.count = 0\n",
        sentence="Starts with an empty spool, whatever the last node left on the disk.",
        checks=(Crash(scenario="spool and drain"),),
    ),
    Mutation(
        name="drain-skips-what-was-held-up",
        file="watchbill/runtime/drain.py",
        old="                self._passed_over += 1\n",
        new="                self._done.add(position)\n",
        sentence="Drops the events of a service that somebody holds for a second.",
        checks=(
            Test(
                node="watchbill/runtime/tests/test_drain.py::test_a_service_that_is_held_up_waits_and_the_others_go_on"
            ),
        ),
    ),
    Mutation(
        name="database-that-breaks-is-not-spooled-for",
        file="watchbill/runtime/spool.py",
        old="                self._lose_database(fault)\n        return await self._keep(facts)\n",
        new="                self._lose_database(fault)\n                return (SPOOLED,) * len(facts)\n        return await self._keep(facts)\n",
        sentence="Says 202 for the very events at which it notices that the database is gone, and keeps only the next ones.",
        checks=(
            Sim(by="nothing_lost"),
            Test(node="watchbill/runtime/tests/test_spool.py::test_a_commit_whose_answer_was_lost_is_only_repeated"),
        ),
    ),
)
