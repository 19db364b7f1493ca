"""What the rules ask of the journal, for many facts in one query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

# A resolve that was itself kept on a node's disk says nothing: it was said before its line was written, nobody knows how
# long. The index journal_ended_keys serves this, one key at a time.
LAST_ENDED = """
SELECT wanted.service_id, wanted.dedup_key, ended.at
FROM unnest(%b::bigint[], %b::text[]) AS wanted (service_id, dedup_key)
CROSS JOIN LATERAL (
    SELECT at FROM journal
    WHERE what = 'AlertResolved' AND service_id = wanted.service_id AND data ->> 'dedup_key' = wanted.dedup_key
        AND data ->> 'kept_at' IS NULL
    ORDER BY id DESC LIMIT 1
) ended
"""


async def last_ended(link: AsyncConnection[Any], keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], datetime]:
    """When monitors last said of these (service, dedup key) pairs that they are over, as far as they did."""
    services, names = [service for service, _ in keys], [key for _, key in keys]
    rows = await (await link.execute(LAST_ENDED, [services, names])).fetchall()
    return {(service, key): at for service, key, at in rows}
