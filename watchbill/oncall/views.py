"""The address behind a feed: a calendar program asks for it every hour, without signing in."""

import asyncio
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe
from msgspec import Struct

from watchbill.oncall import feeds, ground
from watchbill.oncall.calendars.render import render
from watchbill.oncall.feeds import Addresses, Feed
from watchbill.oncall.ground import Ground
from watchbill.runtime import road
from watchbill.runtime.database import Database

FORGED = "There is no such calendar. The address may have been cut short: copy the whole of it."
REVOKED = "This calendar address was taken back. Ask for a new one: watchbill feed add."
LATER = "The database is away. Your calendar program will ask again."


class FeedDesk(Struct, frozen=True):
    """What the view needs of the node: its database, and the addresses of feeds."""

    database: Database
    addresses: Addresses


@require_safe
async def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """A feed as iCalendar. 404 for an address that was never good, 410 for one that was taken back."""
    read = feeds.number_in(token)
    if read is None:
        return _told(404, FORGED)
    number, signature = read
    try:
        desk = current()
        async with desk.database.transaction() as link:
            found = await feeds.find(link, number)
            if found is None or not desk.addresses.matches(found, signature):
                return _told(404, FORGED)
            if found.revoked_at is not None:
                return _told(410, REVOKED)
            now = await ground.read(link, back=2 * feeds.BACK)
            await feeds.used(link, found)
    except road.Unavailable:
        response = _told(503, LATER)
        response["Retry-After"] = "60"
        return response
    # Some tens of milliseconds of reckoning: on a thread, for the loop sends pages.
    body = await asyncio.to_thread(_rendered, found, now)
    if body is None:
        return _told(410, REVOKED)
    return _calendar(request, body)


def _rendered(found: Feed, now: Ground) -> bytes | None:
    title = feeds.title_of(found, now)
    return render(title, feeds.told(found, now), stamp=found.made_at) if title else None


def _calendar(request: HttpRequest, body: bytes) -> HttpResponseBase:
    tag = quote_etag(sha256(body).hexdigest()[:32])
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="watchbill.ics"'
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=300"
    return response


def _told(status: int, words: str) -> HttpResponse:
    response = HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


_desk: FeedDesk | None = None


def use(desk: FeedDesk | None) -> None:
    """Makes `desk` the one that this process's feeds are read from. The node does so once at its start."""
    global _desk
    _desk = desk


def current() -> FeedDesk:
    """The desk of this process. Raises Unavailable while there is none."""
    if _desk is None:
        raise road.Unavailable("This node is not running yet.")
    return _desk
