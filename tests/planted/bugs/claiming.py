"""In the claim: whose turn it is, what is still wanted, and what the database leases to whom."""

from tests.planted.check import Crash, Sim, Stories, Test
from tests.planted.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="acknowledgement-ignored-at-the-claim",
        file="watchbill/engine/claiming.py",
        old="        return Reason.PAGE_SUPPRESSED_ACKNOWLEDGED\n",
        new="        return None\n",
        sentence="Wakes Bo a second after Ana has acknowledged, since his page was written a second before.",
        checks=(Sim(by="no_claim_after_acknowledgement"), Stories()),
    ),
    Mutation(
        name="end-ignored-at-the-claim",
        file="watchbill/engine/claiming.py",
        old="        return Reason.PAGE_SUPPRESSED_RESOLVED\n",
        new="        return None\n",
        sentence="Wakes people for what is over.",
        checks=(Sim(by="no_claim_after_acknowledgement"), Stories()),
    ),
    Mutation(
        name="not-theirs-ignored",
        file="watchbill/engine/claiming.py",
        old="        return Reason.PAGE_SUPPRESSED_NOT_THEIRS\n",
        new="        return None\n",
        sentence="Goes on to wake whoever the incident was taken from.",
        checks=(Sim(by="only_who_is_to_be_paged"), Stories()),
    ),
    Mutation(
        name="gone-method-is-tried",
        file="watchbill/engine/claiming.py",
        old="        return Reason.PAGE_SUPPRESSED_METHOD_GONE\n",
        new="        return None\n",
        sentence="Sends to a telephone that its owner has switched off, and thinks her told.",
        checks=(Stories(),),
    ),
    Mutation(
        name="dropped-on-cap",
        file="watchbill/engine/claiming.py",
        old="        return Batch((), suppressed, held, paced - MINUTE + each if held else None, paced)\n",
        new="        dropped = tuple((page, Reason.PAGE_HELD_BACK) for page in held)\n"
        "        return Batch((), (*suppressed, *dropped), (), None, paced)\n",
        sentence="Drops what is more than a person's cap.",
        checks=(Sim(by="everything_says_why"), Stories()),
    ),
    Mutation(
        name="held-pages-forgotten",
        file="watchbill/engine/claiming.py",
        old="        return Batch((), suppressed, held, paced - MINUTE + each if held else None, paced)\n",
        new="        return Batch((), suppressed, held, None, paced)\n",
        sentence="Holds back what is more than a person's cap, and never comes back to it.",
        checks=(Sim(by="comes_to_rest"), Stories()),
    ),
    Mutation(
        name="no-cap",
        file="watchbill/engine/claiming.py",
        old="    return Batch(tuple(sends), suppressed, (), None, paced + each * len(sends))\n",
        new="    return Batch(tuple(sends), suppressed, (), None, paced)\n",
        sentence="Sends one person a hundred messages a minute in a storm.",
        checks=(
            Sim(by="caps_hold"),
            Test(
                node="tests/acceptance/test_outbox.py::test_more_than_a_person_can_take_is_held_back_with_its_reason_and_follows"
            ),
        ),
    ),
    Mutation(
        name="old-low-urgency-folded-away",
        file="watchbill/engine/claiming.py",
        old="    if digest:\n        messages.append(",
        new="    if not digest:\n        messages.append(",
        sentence="Puts what is old and not urgent aside for a digest that is never sent.",
        checks=(Test(node="watchbill/engine/tests"),),
    ),
    Mutation(
        name="clock-of-the-node-claims",
        file="watchbill/paging/claim.py",
        old="    now: datetime = next(iter(taken.values()))[1]\n",
        new="    from watchbill.runtime.clock import wall\n\n    now: datetime = wall()\n",
        sentence="Claims and leases by the node's own clock: where that is slow, pages wait; where it is fast, none is due.",
        checks=(Sim(by="nothing_early"), Stories()),
    ),
    Mutation(
        name="leased-pages-never-reclaimed",
        file="watchbill/paging/claim.py",
        old="        AND state IN ('due', 'leased', 'unknown') AND due_at <= %(now)s\n",
        new="        AND state IN ('due', 'unknown') AND due_at <= %(now)s\n",
        sentence="Forgets what a node was sending when it died.",
        checks=(Crash(scenario="new alert"),),
    ),
    Mutation(
        name="unknown-pages-never-reclaimed",
        file="watchbill/paging/claim.py",
        old="        AND state IN ('due', 'leased', 'unknown') AND due_at <= %(now)s\n",
        new="        AND state IN ('due', 'leased') AND due_at <= %(now)s\n",
        sentence="Does not try again where nobody knows whether the message has arrived.",
        checks=(Stories(),),
    ),
    Mutation(
        name="held-pages-without-a-time",
        file="watchbill/paging/claim.py",
        old="UPDATE page p SET state = 'due', fence = 0, due_at = r.until,",
        new="UPDATE page p SET state = 'due', fence = 0, due_at = NULL,",
        sentence="Writes held pages without the time at which their turn comes.",
        checks=(Stories(),),
    ),
    Mutation(
        name="lease-of-five-minutes",
        file="watchbill/engine/delivery.py",
        old="LEASE = timedelta(seconds=30)\n",
        new="LEASE = timedelta(seconds=300)\n",
        sentence="Lets pages lie for five minutes when a node dies.",
        checks=(Sim(by="leases_are_short"), Crash(scenario="new alert")),
    ),
    Mutation(
        name="lease-without-an-end",
        file="watchbill/paging/claim.py",
        old='        "until": now + LEASE,\n        "fence": fence,\n        "now": now,\n',
        new='        "until": now + 1000 * LEASE,\n        "fence": fence,\n        "now": now,\n',
        sentence="Lets pages lie for hours when a node dies.",
        checks=(Sim(by="leases_are_short"), Crash(scenario="new alert")),
    ),
    Mutation(
        name="no-fence-in-the-lease",
        file="watchbill/paging/claim.py",
        old="%(messages)s::bigint[]) AS r (id, fence, message)\nWHERE p.id = r.id AND p.fence = r.fence\n",
        new="%(messages)s::bigint[]) AS r (id, fence, message)\nWHERE p.id = r.id\n",
        sentence="Sends once more what the last holder reports as sent at this very moment.",
        checks=(
            Test(
                node="tests/acceptance/test_found_by_planting.py::test_what_its_holder_reports_during_the_next_claim_is_not_sent_again"
            ),
        ),
    ),
    Mutation(
        name="one-fence-for-all",
        file="watchbill/channels/sender.py",
        old="                fence=secrets.randbits(62),\n",
        new="                fence=1,\n",
        sentence="Lets a node that was frozen write over what another one is doing.",
        checks=(
            Test(
                node="tests/acceptance/test_found_by_planting.py::test_who_reports_while_another_sends_writes_nothing"
            ),
        ),
    ),
)
