"""The shell of the pages. Sign-in, the list and the room are built on it later; until then it says what there is."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from watchbill import __version__
from watchbill.channels.views import sheet


def front(request: HttpRequest) -> HttpResponse:
    """What stands at the root."""
    return _page(200, "Watchbill is running", FRONT)


def incident(request: HttpRequest, number: int) -> HttpResponse:
    """Where a page's link to its incident leads. It tells nothing of the incident to somebody who has not signed in."""
    lines = (
        f"This is where incident #{number} will be shown once you can sign in here.",
        f"Until then: `watchbill show {number}` where Watchbill runs, or the links in your page.",
    )
    return _page(200, f"Incident #{number}", lines)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing is here."""
    return _page(404, "There is nothing here", ("The address may have been cut short. Events go to `/v2/enqueue`.",))


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    return _page(500, "Something went wrong here", ("It is in the log. Paging goes on; it does not depend on pages.",))


FRONT = (
    f"Version {__version__}. Events come in at `/v2/enqueue` (PagerDuty Events v2) and `/v1/alertmanager`.",
    "On the machine that runs it: `watchbill incidents` lists what is open, `watchbill status` says how it is.",
    "For monitors: `/healthz`, `/readyz` and `/metrics`.",
)


def _page(status: int, title: str, lines: tuple[str, ...]) -> HttpResponse:
    return sheet(status, render_to_string("web/plain.html", {"title": title, "lines": lines}))
