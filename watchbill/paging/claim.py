"""Claims due pages for one channel: finds whose turn it is, lets the rules decide, and leases what is to be sent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection

from watchbill.engine.claiming import Batch, claim
from watchbill.engine.delivery import LEASE
from watchbill.engine.reasons import Reason
from watchbill.paging.claimed import Claimed, ClaimedMessage, Gone, Suppressed, claimed_of, due_of, gone_of
from watchbill.runtime.clock import monotonic

# Walks the index page_due, past recipients whose pages are held back, from contact method to contact method, so that a thousand pages to one person take no more
# of the lane than one page to another.
DUE_METHODS = """
WITH RECURSIVE clock AS (SELECT app_now() AS now), lane AS (
    (SELECT method_id FROM page, clock WHERE channel = %(channel)s AND state IN ('due', 'leased', 'unknown')
        AND method_id > %(after)s AND due_at <= now ORDER BY method_id LIMIT 1)
    UNION ALL
    SELECT (SELECT p.method_id FROM page p, clock WHERE p.channel = %(channel)s
        AND p.state IN ('due', 'leased', 'unknown') AND p.method_id > lane.method_id AND p.due_at <= now
        ORDER BY p.method_id LIMIT 1)
    FROM lane WHERE lane.method_id IS NOT NULL
)
SELECT method_id FROM lane, clock WHERE method_id IS NOT NULL AND method_id <> ALL(%(busy)s::bigint[]) AND NOT EXISTS (
    SELECT 1 FROM recipient r WHERE r.method_id = lane.method_id AND r.held_until > clock.now
)
LIMIT %(most)s
"""
# From channel to channel along the index, and of those that are not known here the ones with a page long overdue.
STRAY_CHANNELS = """
WITH RECURSIVE lane AS (
    (SELECT channel FROM page WHERE state IN ('due', 'leased', 'unknown') AND channel > '' ORDER BY channel LIMIT 1)
    UNION ALL
    SELECT (SELECT p.channel FROM page p WHERE p.state IN ('due', 'leased', 'unknown') AND p.channel > lane.channel
        ORDER BY p.channel LIMIT 1)
    FROM lane WHERE lane.channel IS NOT NULL
)
SELECT channel FROM lane WHERE channel <> ALL(%(known)s::text[]) AND EXISTS (
    SELECT 1 FROM page p LEFT JOIN recipient r ON r.method_id = p.method_id
    WHERE p.channel = lane.channel AND p.state IN ('due', 'leased', 'unknown')
        AND p.due_at < app_now() - make_interval(secs => %(overdue)s)
        AND (r.held_until IS NULL OR r.held_until <= app_now())
)
"""
KNOWN_RECIPIENTS = "SELECT method_id FROM recipient WHERE method_id = ANY(%b)"
# Whoever adds the same one at this moment claims for it too, and is not waited for.
BARELY_WAIT, WAIT_AS_BEFORE = "SET LOCAL lock_timeout = 20", "SET LOCAL lock_timeout = 1000"
KNOW_RECIPIENTS = """
INSERT INTO recipient (method_id) SELECT unnest(%b::bigint[]) ON CONFLICT DO NOTHING
"""
TAKE_RECIPIENTS = """
SELECT method_id, paced_until, app_now() FROM recipient WHERE method_id = ANY(%b) ORDER BY method_id
FOR UPDATE SKIP LOCKED
"""
# `told` is the incident's first alert. Its inner limit keeps an incident of very many alerts cheap, and the planner off
# the index of all alerts by number.
DUE_PAGES = """
SELECT p.id, p.incident_id, p.person_id, p.method_id, p.urgency, p.created_at, p.late, p.attempts, p.fence, p.reason,
    i.title, i.severity, i.status, i.opened_at, i.ladder::text, s.name, pe.name, m.settings::text,
    coalesce(m.enabled AND pe.active AND m.channel = p.channel, false), pe.time_zone, told.source,
    (told.body->'links')::text, i.id
FROM unnest(%(methods)s::bigint[]) AS w (method_id)
CROSS JOIN LATERAL (
    SELECT * FROM page WHERE channel = %(channel)s AND method_id = w.method_id
        AND state IN ('due', 'leased', 'unknown') AND due_at <= %(now)s
    ORDER BY urgency, id DESC LIMIT %(each)s
) p
LEFT JOIN incident i ON i.id = p.incident_id
LEFT JOIN service s ON s.id = i.service_id
LEFT JOIN person pe ON pe.id = p.person_id
LEFT JOIN contact_method m ON m.id = p.method_id
LEFT JOIN LATERAL (
    SELECT a.source, a.body FROM (SELECT id, source, body FROM alert WHERE incident_id = i.id LIMIT 100) a
    ORDER BY a.id LIMIT 1
) told ON true
"""
# Nobody else claims for these recipients now, so a page whose fence is still the one that was read is still as it was
# read: an older claim that reports in between takes the fence away, and wins.
LEASE_PAGES = """
UPDATE page p SET state = 'leased', due_at = %(until)s, fence = %(fence)s, attempts = p.attempts + 1,
    attempted_at = %(now)s, message = r.message, outcome = ''
FROM unnest(%(ids)s::bigint[], %(fences)s::bigint[], %(messages)s::bigint[]) AS r (id, fence, message)
WHERE p.id = r.id AND p.fence = r.fence
RETURNING p.id
"""
# A page whose method is gone is held like one that is being sent, until the rules know of it: see channels.receipts.
HOLD_GONE = """
UPDATE page p SET state = 'leased', due_at = %(until)s, fence = %(fence)s
FROM unnest(%(ids)s::bigint[], %(fences)s::bigint[]) AS r (id, fence)
WHERE p.id = r.id AND p.fence = r.fence
RETURNING p.id
"""
SUPPRESS_PAGES = """
UPDATE page p SET state = 'suppressed', fence = 0, due_at = NULL, settled_at = %(now)s, outcome = r.why
FROM unnest(%(ids)s::bigint[], %(fences)s::bigint[], %(whys)s::text[]) AS r (id, fence, why)
WHERE p.id = r.id AND p.fence = r.fence
RETURNING p.id
"""
HOLD_PAGES = """
UPDATE page p SET state = 'due', fence = 0, due_at = r.until, outcome = %(why)s
FROM unnest(%(ids)s::bigint[], %(fences)s::bigint[], %(untils)s::timestamptz[]) AS r (id, fence, until)
WHERE p.id = r.id AND p.fence = r.fence
"""
PACE = """
UPDATE recipient r SET paced_until = p.paced, held_until = p.held
FROM unnest(%b::bigint[], %b::timestamptz[], %b::timestamptz[]) AS p (method_id, paced, held)
WHERE r.method_id = p.method_id
"""

METHOD_GONE = Reason.PAGE_SUPPRESSED_METHOD_GONE

MOST_BUNDLED = 1000
MOST_EACH = 25  # messages on their way to one machine: one that hangs must not take the whole lane


async def claim_due(
    link: AsyncConnection[Any],
    *,
    channel: str,
    per_minute: int | None,
    after: int,
    most: int,
    fence: int,
    busy: Sequence[int] = (),
) -> Claimed:
    """Leases due pages of one channel, inside the caller's transaction.

    `busy`: contact methods that have as many messages on their way as one may have at once; they wait.

    `per_minute`: see engine.claiming. `after`: the contact method behind which to go on. `most`: messages, > 0.
    `fence`: a number that no other claim has.
    """
    since = monotonic()
    rows = await (
        await link.execute(DUE_METHODS, {"channel": channel, "after": after, "most": most, "busy": list(busy)})
    ).fetchall()
    methods = [method for (method,) in rows]
    if not methods:
        return Claimed(found=after > 0)
    taken = await _take(link, methods)
    more = len(methods) == most
    onward = methods[-1] if more else 0
    if not taken:  # another node is at them
        return Claimed(after=onward, found=more)
    now: datetime = next(iter(taken.values()))[1]
    each = MOST_BUNDLED if per_minute is not None else max(1, min(MOST_EACH, most // len(taken)))
    parameters = {"methods": list(taken), "channel": channel, "now": now, "each": each}
    found = await (await link.execute(DUE_PAGES, parameters)).fetchall()
    by_method: dict[int, list[Sequence[Any]]] = {}
    for row in found:
        by_method.setdefault(row[3], []).append(row)
    batches = {
        method: claim([due_of(row) for row in due], per_minute=per_minute, paced_until=taken[method][0], now=now)
        for method, due in by_method.items()
    }
    rows_by_id = {row[0]: row for row in found}
    messages = await _lease(link, batches, rows_by_id, fence=fence, now=now, since=since)
    gone = await _hold_gone(link, batches, rows_by_id, fence=fence, now=now)
    suppressed = await _put_off(link, batches, rows_by_id, now=now)
    if per_minute is not None:
        paces = [batch.paced_until for batch in batches.values()]
        await link.execute(PACE, [list(batches), paces, [batch.held_until for batch in batches.values()]])
    done = bool(messages or suppressed or gone) or any(batch.held for batch in batches.values())
    return Claimed(messages, suppressed, gone, onward, done or more, now)


async def stray_channels(link: AsyncConnection[Any], *, known: Collection[str], overdue: float) -> list[str]:
    """The channels, other than these, on which pages wait that have been due for more than `overdue` seconds."""
    rows = await link.execute(STRAY_CHANNELS, {"known": sorted(known), "overdue": overdue})
    return [channel for (channel,) in await rows.fetchall()]


async def _take(link: AsyncConnection[Any], methods: list[int]) -> dict[int, tuple[datetime | None, datetime]]:
    """Locks the recipients that no other node claims for at this moment: their pace and the time."""
    rows = await (await link.execute(TAKE_RECIPIENTS, [methods])).fetchall()
    if len(rows) < len(methods):
        known = {method for (method,) in await (await link.execute(KNOWN_RECIPIENTS, [methods])).fetchall()}
        if new := sorted(set(methods) - known):
            if not await _know(link, new):
                for method in new:
                    await _know(link, [method])
            await link.execute(WAIT_AS_BEFORE)
            rows = await (await link.execute(TAKE_RECIPIENTS, [methods])).fetchall()
    return {method: (paced_until, now) for method, paced_until, now in rows}


async def _know(link: AsyncConnection[Any], methods: list[int]) -> bool:
    try:
        async with link.transaction():
            await link.execute(BARELY_WAIT)
            await link.execute(KNOW_RECIPIENTS, [methods])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


async def _lease(
    link: AsyncConnection[Any],
    batches: Mapping[int, Batch],
    rows: Mapping[int, Sequence[Any]],
    *,
    fence: int,
    now: datetime,
    since: float,
) -> tuple[ClaimedMessage, ...]:
    sends = [send for batch in batches.values() for send in batch.sends]
    if not sends:
        return ()
    wanted = [(page, send[0]) for send in sends for page in send]
    parameters = {
        "until": now + LEASE,
        "fence": fence,
        "now": now,
        "ids": [page for page, _ in wanted],
        "fences": [rows[page][8] for page, _ in wanted],
        "messages": [lead for _, lead in wanted],
    }
    won = {page for (page,) in await (await link.execute(LEASE_PAGES, parameters)).fetchall()}
    messages = []
    for send in sends:
        pages = tuple(claimed_of(rows[page]) for page in send if page in won)
        if pages:
            messages.append(ClaimedMessage(pages, fence, now, since))
    return tuple(messages)


async def _hold_gone(
    link: AsyncConnection[Any],
    batches: Mapping[int, Batch],
    rows: Mapping[int, Sequence[Any]],
    *,
    fence: int,
    now: datetime,
) -> tuple[Gone, ...]:
    pages = [page for batch in batches.values() for page, why in batch.suppressed if why is METHOD_GONE]
    if not pages:
        return ()
    fences = [rows[page][8] for page in pages]
    parameters = {"until": now + LEASE, "fence": fence, "ids": pages, "fences": fences}
    won = await (await link.execute(HOLD_GONE, parameters)).fetchall()
    return tuple(gone_of(rows[page], fence) for (page,) in won)


async def _put_off(
    link: AsyncConnection[Any], batches: Mapping[int, Batch], rows: Mapping[int, Sequence[Any]], *, now: datetime
) -> tuple[Suppressed, ...]:
    suppressed = [pair for batch in batches.values() for pair in batch.suppressed if pair[1] is not METHOD_GONE]
    if suppressed:
        parameters: dict[str, Any] = {
            "ids": [page for page, _ in suppressed],
            "fences": [rows[page][8] for page, _ in suppressed],
            "whys": [str(why) for _, why in suppressed],
            "now": now,
        }
        done = {page for (page,) in await (await link.execute(SUPPRESS_PAGES, parameters)).fetchall()}
        suppressed = [pair for pair in suppressed if pair[0] in done]
    held = [(page, batch.held_until) for batch in batches.values() for page in batch.held]
    if held:
        holding = {
            "ids": [page for page, _ in held],
            "fences": [rows[page][8] for page, _ in held],
            "untils": [until for _, until in held],
            "why": str(Reason.PAGE_HELD_BACK),
        }
        await link.execute(HOLD_PAGES, holding)
    return tuple(Suppressed(page, rows[page][1], rows[page][2], rows[page][3], why) for page, why in suppressed)
