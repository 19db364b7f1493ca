"""How often the steps that page by round robin have paged: read with a batch's cases, and counted on at its end."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from watchbill.runtime.changes import Changes

TURNS = "SELECT policy_id, level, turn FROM policy_turn WHERE policy_id = ANY(%b)"
# In one order, so that two batches never wait for each other.
COUNT_ON = """
INSERT INTO policy_turn AS t (policy_id, level, turn)
SELECT policy, level, more FROM unnest(%b::bigint[], %b::int[], %b::bigint[]) AS r (policy, level, more)
ORDER BY policy, level
ON CONFLICT (policy_id, level) DO UPDATE SET turn = t.turn + excluded.turn
"""


async def turns(link: AsyncConnection[Any], policies: Sequence[int]) -> dict[tuple[int, int], int]:
    """By (policy, level)."""
    rows = await (await link.execute(TURNS, [list(policies)])).fetchall()
    return {(policy, level): turn for policy, level, turn in rows}


async def write(link: AsyncConnection[Any], changes: Changes) -> None:
    """Counts the turns of a batch on."""
    if not changes.turns:
        return
    taken = sorted(changes.turns)
    columns = [[policy for policy, _ in taken], [level for _, level in taken], [changes.turns[one] for one in taken]]
    await link.execute(COUNT_ON, columns)
