"""On the road from a fact to its rows: what is answered too early, left out, or decided by the wrong clock."""

from tests.planted.check import Crash, Sim, Stories, Test
from tests.planted.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="answered-before-the-commit",
        file="watchbill/runtime/gather.py",
        old="        return await answer\n",
        new="        answer.add_done_callback(lambda told: told.exception())\n"
        "        from watchbill.engine.reasons import Reason\n\n"
        "        return tuple(Decision(Reason.FIRST_ALERT) for _ in facts)\n",
        sentence="Says 2xx as soon as an event is in memory; a node that dies then takes the event with it.",
        checks=(
            Sim(by="nothing_lost"),
            Test(
                node="tests/acceptance/test_faults.py::test_a_database_that_is_away_in_mid_load_loses_nothing_and_doubles_nothing"
            ),
        ),
    ),
    Mutation(
        name="page-in-a-transaction-of-its-own",
        file="watchbill/runtime/submit.py",
        old="            for write in self._wiring.writers:\n                await write(link, changes)\n",
        new="            for write in self._wiring.writers[::2]:\n                await write(link, changes)\n"
        "        async with self._database.transaction() as link:\n"
        "            await self._wiring.writers[1](link, changes)\n",
        sentence="Commits the incident first and its page a moment later; a death in between leaves it without one.",
        checks=(Crash(scenario="new alert"),),
    ),
    Mutation(
        name="journal-in-a-transaction-of-its-own",
        file="watchbill/runtime/submit.py",
        old="            for write in self._wiring.writers:\n                await write(link, changes)\n",
        new="            for write in self._wiring.writers[:-1]:\n                await write(link, changes)\n"
        "        async with self._database.transaction() as link:\n"
        "            await self._wiring.writers[-1](link, changes)\n",
        sentence="Commits what it does first and why a moment later; a death in between leaves acts without a reason.",
        checks=(Sim(by="everything_says_why"), Crash(scenario="acknowledge")),
    ),
    Mutation(
        name="last-page-of-a-batch-left-out",
        file="watchbill/paging/apply.py",
        old="        for paged in changes.pages\n",
        new="        for paged in changes.pages[: max(1, len(changes.pages) - 1)]\n",
        sentence="Writes one page too few whenever a batch has several: that person sleeps on.",
        checks=(Stories(),),
    ),
    Mutation(
        name="incident-without-a-page",
        file="watchbill/runtime/cases.py",
        old="            self._changes.pages.append(Paged(self._incidents[incident].value, page, channel))\n",
        new="            if not self._incidents[incident].is_new:\n"
        "                self._changes.pages.append(Paged(self._incidents[incident].value, page, channel))\n",
        sentence="Opens incidents, and begins to page only with the second step.",
        checks=(Sim(by="nothing_lost"), Stories()),
    ),
    Mutation(
        name="journal-line-left-out",
        file="watchbill/journal/apply.py",
        old="        if decided.reason is Reason.NOTHING_DUE and isinstance(decided.fact, TimePassed):\n",
        new="        if isinstance(decided.fact, TimePassed):\n",
        sentence="Does not write down what time made it do: nobody can see why Bo was woken at four.",
        checks=(Sim(by="everything_says_why"), Stories()),
    ),
    Mutation(
        name="clock-of-the-node-decides",
        file="watchbill/runtime/submit.py",
        old="        now: datetime = row[0]\n",
        new="        from watchbill.runtime.clock import wall\n\n        now: datetime = wall()\n",
        sentence="Decides by the clock of whichever node is at work: where one is wrong, steps come hours early or late.",
        checks=(
            Sim(by="the_database_tells_the_time"),
            Test(
                node="tests/acceptance/test_ladder.py::test_the_first_step_is_paged_at_once_and_the_second_when_nobody_answers"
            ),
        ),
    ),
    Mutation(
        name="a-wrong-time-is-kept-for-ever",
        file="watchbill/runtime/submit.py",
        old="now if last is None or last - now > SET_BACK_AT_MOST else max(now, last)",
        new="now if last is None else max(now, last)",
        sentence="After the database's clock was ahead for a moment, takes that time for the present until it comes.",
        checks=(
            Test(
                node="tests/acceptance/test_nothing_lost.py::test_a_clock_that_was_far_ahead_for_a_while_delays_no_step"
            ),
        ),
    ),
    Mutation(
        name="configuration-read-once",
        file="watchbill/runtime/submit.py",
        old="        if row[1] != self.directory.version:\n",
        new="        if not self.directory.version:\n",
        sentence="Pages by the configuration as it was when the node started.",
        checks=(Sim(by="never_silence"), Stories()),
    ),
    Mutation(
        name="held-up-step-left-alone-for-ever",
        file="watchbill/runtime/wakeups.py",
        old="            self._leave_alone(facts, HELD_UP_FOR)\n",
        new="            self._leave_alone(facts, 1000 * AILING_FOR)\n",
        sentence="Forgets the steps of a service that somebody held for a second.",
        checks=(
            Test(node="tests/acceptance/test_found_by_planting.py::test_a_step_that_was_held_up_is_done_soon_after"),
        ),
    ),
    Mutation(
        name="same-key-opens-again",
        file="watchbill/engine/alerting.py",
        old="    if case.alert is not None and case.incident is not None:\n        return _repeat(",
        new="    if case.alert is not None and case.incident is None:\n        return _repeat(",
        sentence="Takes each repetition of an alert for a new one.",
        checks=(Sim(by="no_faults_of_our_own"), Stories()),
    ),
)
