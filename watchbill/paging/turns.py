"""How often the steps that page by round robin have paged: read with a batch's cases, and counted on at its end."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from watchbill.runtime.changes import Changes

# Batches of different services are decided at the same time, and would all read the same turn. Whoever finds another at work
# on the policy takes the turn after. To read waits for nobody; to count on waits for the other's commit.
TAKE = """
WITH wanted AS MATERIALIZED (
    SELECT policy, pg_try_advisory_xact_lock(7120403, policy::int) AS first FROM unnest(%b::bigint[]) AS policy
)
SELECT t.policy_id, t.level, t.turn + CASE WHEN wanted.first THEN 0 ELSE 1 END
FROM wanted JOIN policy_turn t ON t.policy_id = wanted.policy
"""
# In one order, so that two batches never wait for each other.
COUNT_ON = """
INSERT INTO policy_turn AS t (policy_id, level, turn)
SELECT policy, level, more FROM unnest(%b::bigint[], %b::int[], %b::bigint[]) AS r (policy, level, more)
ORDER BY policy, level
ON CONFLICT (policy_id, level) DO UPDATE SET turn = t.turn + excluded.turn
"""


async def take(link: AsyncConnection[Any], policies: Sequence[int]) -> dict[tuple[int, int], int]:
    """By (policy, level), for a batch that may take one: until its transaction ends others are one further."""
    rows = await (await link.execute(TAKE, [list(policies)])).fetchall()
    return {(policy, level): turn for policy, level, turn in rows}


async def write(link: AsyncConnection[Any], changes: Changes) -> None:
    """Counts the turns of a batch on."""
    if not changes.turns:
        return
    taken = sorted(changes.turns)
    columns = [[policy for policy, _ in taken], [level for _, level in taken], [changes.turns[one] for one in taken]]
    await link.execute(COUNT_ON, columns)
