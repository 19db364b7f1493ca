"""Around the send: what is written before it, what follows from its answer, and who may still do it."""

from tests.planted.check import Crash, Sim, Stories, Test
from tests.planted.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="marked-before-the-send",
        file="watchbill/channels/sender.py",
        old="            receipt = await self._attempt(message)\n",
        new="            sent = Receipt(Outcome.ACCEPTED)\n"
        "            self._receipts.hand_in(\n"
        "                [self._settled(page, lead, message.fence, sent, message.at, 0.0) for page in message.pages]\n"
        "            )\n"
        "            await self._receipts.flush()\n"
        "            receipt = await self._attempt(message)\n",
        sentence="Marks a page as sent and then sends it; a death in between is a silence that nobody sees.",
        checks=(Sim(by="doubt_is_no_end"), Crash(scenario="new alert")),
    ),
    Mutation(
        name="unknown-is-the-end",
        file="watchbill/engine/delivery.py",
        old="        return Delivery(PageState.UNKNOWN, due_at, Reason.PAGE_UNKNOWN_RETRIED)\n",
        new="        return Delivery(PageState.FAILED, None, Reason.PAGE_GIVEN_UP)\n",
        sentence="Gives a page up when the provider does not answer in time.",
        checks=(
            Sim(by="doubt_is_no_end"),
            Test(node="tests/acceptance/test_outbox.py::test_what_may_not_have_arrived_is_sent_again"),
        ),
    ),
    Mutation(
        name="unknown-is-good-enough",
        file="watchbill/engine/delivery.py",
        old="        return Delivery(PageState.UNKNOWN, due_at, Reason.PAGE_UNKNOWN_RETRIED)\n",
        new="        return Delivery(PageState.ACCEPTED, None, Reason.PAGE_SENT)\n",
        sentence="Takes silence of the provider for a yes.",
        checks=(
            Sim(by="doubt_is_no_end"),
            Test(node="tests/acceptance/test_outbox.py::test_what_may_not_have_arrived_is_sent_again"),
        ),
    ),
    Mutation(
        name="gives-up-at-the-first-failure",
        file="watchbill/engine/delivery.py",
        old="    if due_at > created_at + timedelta(seconds=retry_for) and attempts >= LEAST_ATTEMPTS:\n",
        new="    if attempts >= 1 and attempted is Attempted.FAILED:\n",
        sentence="Gives a contact method up for good when its provider is busy for a second.",
        checks=(
            Stories(),
            Test(node="tests/acceptance/test_faults.py::test_a_mail_server_that_fails_is_tried_again"),
        ),
    ),
    Mutation(
        name="tried-again-at-once",
        file="watchbill/engine/delivery.py",
        old="    wait = timedelta(seconds=RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1])\n",
        new="    wait = timedelta(0)\n",
        sentence="Hammers a provider that is down.",
        checks=(Sim(by="pauses_between_attempts"), Test(node="watchbill/engine/tests")),
    ),
    Mutation(
        name="retry-after-ignored",
        file="watchbill/engine/delivery.py",
        old="        wait = min(max(wait, timedelta(seconds=retry_after)), RETRY_AFTER_MOST)\n",
        new="        wait = min(wait, RETRY_AFTER_MOST)\n",
        sentence="Comes back to a provider sooner than that has asked for, until it is locked out.",
        checks=(Sim(by="retry_after_is_honoured"), Test(node="watchbill/engine/tests")),
    ),
    Mutation(
        name="failure-not-told-to-the-rules",
        file="watchbill/channels/receipts.py",
        old="    return one.state is PageState.FAILED or one.reason is Reason.PAGE_SUPPRESSED_METHOD_GONE\n",
        new="    return False\n",
        sentence="Gives a page up and tells nobody: no other method, no next step.",
        checks=(
            Sim(by="dead_methods_are_told", most=120),
            Test(node="tests/acceptance/test_faults.py::test_a_mail_address_that_does_not_exist_brings_bo_in_at_once"),
        ),
    ),
    Mutation(
        name="failure-written-before-it-is-told",
        file="watchbill/channels/receipts.py",
        old="            (self._untold if _ends_a_method(one) else self._waiting).append(one)\n",
        new="            self._waiting.append(one)\n            if _ends_a_method(one):\n                self._untold.append(one)\n",
        sentence="Writes that a method has failed and then tells the rules; a death in between is a silence.",
        checks=(Crash(scenario="failed method, other method at once"),),
    ),
    Mutation(
        name="send-without-an-end",
        file="watchbill/channels/sender.py",
        old="            async with asyncio.timeout(SEND_AT_MOST):\n",
        new="            async with asyncio.timeout(None):\n",
        sentence="Waits for a provider that hangs, for as long as that hangs; its lane fills up.",
        checks=(
            Test(
                node="tests/acceptance/test_found_by_planting.py::test_an_adapter_that_never_comes_back_is_given_up_and_its_page_is_tried_again"
            ),
        ),
    ),
    Mutation(
        name="frozen-node-sends-late",
        file="watchbill/channels/sender.py",
        old="        if began - message.since > STILL_OURS:\n",
        new="        if began - message.since > 1e9:\n",
        sentence="Sends what it claimed before it stood still, though others have long sent it or somebody has it.",
        checks=(
            Test(
                node="tests/acceptance/test_nothing_lost.py::test_a_node_that_stood_still_after_its_claim_does_not_send"
            ),
        ),
    ),
    Mutation(
        name="no-fence-in-the-settling",
        file="watchbill/paging/settle.py",
        old="WHERE p.id = r.page AND p.fence = r.fence\n",
        new="WHERE p.id = r.page\n",
        sentence="Lets a node that was frozen write over what became of the page meanwhile.",
        checks=(
            Test(
                node="tests/acceptance/test_outbox.py::test_a_lease_that_runs_out_is_taken_over_and_the_old_holder_writes_nothing"
            ),
        ),
    ),
    Mutation(
        name="bundle-tells-the-first-only",
        file="watchbill/channels/sender.py",
        old="        others = claimed.pages[1 : SHOWN_IN_BUNDLE + 1]\n",
        new="        others = claimed.pages[1:1]\n",
        sentence="Tells of one incident, and marks all five of the bundle as told.",
        checks=(
            Sim(by="bundles_name_all"),
            Test(node="tests/acceptance/test_found_by_planting.py::test_a_bundle_names_all_that_it_stands_for"),
        ),
    ),
    Mutation(
        name="bundle-settles-the-first-only",
        file="watchbill/channels/sender.py",
        old="receipt, now, took_ms) for page in message.pages]\n",
        new="receipt, now, took_ms) for page in message.pages[:1]]\n",
        sentence="Tells all of a bundle but the first again and again.",
        checks=(Sim(by="told_twice_only_when_unknown"), Stories()),
    ),
)
