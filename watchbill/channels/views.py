"""The answer page behind every link in a page, and its form for machines."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from msgspec import Struct

from watchbill.channels import answers
from watchbill.channels.answers import Answered, Opened, Standing
from watchbill.channels.links import Action
from watchbill.channels.wording import ago, instant, one_line
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Status
from watchbill.runtime.road import Unavailable

_STATUS = {Standing.GOOD: 200, Standing.EXPIRED: 410, Standing.FORGED: 404, Standing.GONE: 403}
_WHAT_IS_WRONG = {
    Standing.EXPIRED: "This link has ended. Use the link of a newer page, or open the incident in Watchbill.",
    Standing.FORGED: "This link leads to nothing. It may have been cut short on its way: copy the whole of it.",
    Standing.GONE: "This link belongs to somebody who is no longer active here. Nothing was changed.",
}
_TO_RESOLVE = "To resolve it, use the other link of your page."
_DONE = frozenset({Reason.ACKNOWLEDGED, Reason.RESOLVED})
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Told(Struct, frozen=True):
    """What a machine is answered. `done`: whether this answer changed something."""

    done: bool
    reason: str
    sentence: str
    incident: int = 0
    status: str = ""
    holder: str = ""


# Both views are exempt from the CSRF check because no cookie takes part in them: the signed token in the address is the
# credential, and who can forge a request to it already holds it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
async def answer(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET and HEAD only show, so that a scanner that follows every link in a mail does no harm; POST does it."""
    try:
        desk = answers.current()
        opened = await desk.open(token)
        if opened.standing is not Standing.GOOD or opened.grant is None:
            return _page(_STATUS[opened.standing], {"wrong": _WHAT_IS_WRONG[opened.standing], "opened": opened})
        if request.method != "POST":
            return _page(200, _offered(opened))
        done = await desk.answer(opened.grant, via=f"{opened.grant.channel} link")
        return _page(200, _outcome(opened, done))
    except Unavailable as fault:
        context = {
            "wrong": "Watchbill cannot be reached just now. Nothing was changed; try again in a moment.",
            "again": True,
        }
        return _later(_page(503, context), fault)


@csrf_exempt
@require_POST
async def answer_now(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same for a button that a notification carries: acts at once, and answers in JSON."""
    try:
        desk = answers.current()
        opened = await desk.open(token)
        if opened.standing is not Standing.GOOD or opened.grant is None:
            told = Told(False, f"link_{opened.standing}", _WHAT_IS_WRONG[opened.standing])
            return _json(_STATUS[opened.standing], told)
        done = await desk.answer(opened.grant, via=opened.grant.channel)
    except Unavailable as fault:
        return _later(_json(503, Told(False, "unavailable", "Nothing was changed; try again in a moment.")), fault)
    glance = done.glance
    told = Told(done.reason in _DONE, done.reason.value, done.reason.sentence, opened.grant.incident)
    if glance is not None:
        told = msgspec.structs.replace(told, status=glance.status.value, holder=glance.holder)
    return _json(200, told)


def _offered(opened: Opened) -> dict[str, Any]:
    """The page before anything is done: the button, unless the incident is already where the link would take it."""
    grant, glance = opened.grant, opened.glance
    over = glance is not None and glance.status is Status.RESOLVED
    held = glance is not None and glance.status is Status.ACKNOWLEDGED
    acknowledges = grant is not None and grant.action is Action.ACKNOWLEDGE
    nothing = over or (held and acknowledges)
    hint = ""
    if over:
        hint = "It was resolved before this link was opened. There is nothing left to do here."
    elif nothing:
        hint = f"It was acknowledged before this link was opened. {_TO_RESOLVE}"
    return {
        "opened": opened,
        "glance": glance,
        "verb": "Acknowledge" if acknowledges else "Resolve",
        "offers": not nothing,
        "hint": hint,
        "promise": "Paging stops, and everyone sees that you have it."
        if acknowledges
        else "The incident ends for everyone; if it is still broken, its monitors open a new one.",
    }


def _outcome(opened: Opened, done: Answered) -> dict[str, Any]:
    glance = done.glance or opened.glance
    held = glance is not None and glance.status is Status.ACKNOWLEDGED
    acknowledges = opened.grant is not None and opened.grant.action is Action.ACKNOWLEDGE
    return {
        "opened": opened,
        "glance": glance,
        "offers": False,
        "hint": _TO_RESOLVE if held and acknowledges else "",
        "outcome": done.reason.sentence,
    }


def _page(status: int, context: dict[str, Any]) -> HttpResponse:
    usual = {"instant": instant, "ago": ago, "line": one_line, "again": False, "glance": None, "hint": ""}
    html = render_to_string("channels/answer.html", {**usual, **context})
    return _private(sheet(status, html))


def sheet(status: int, html: str) -> HttpResponse:
    """A page made of channels/sheet.html, as a response that allows its own style and nothing else."""
    response = HttpResponse(html, status=status)
    style = "".join(_STYLE.findall(html))
    digest = b64encode(sha256(style.encode()).digest()).decode()
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response["Cache-Control"] = "no-store"
    return response


def _json(status: int, told: Told) -> HttpResponse:
    return _private(HttpResponse(msgspec.json.encode(told), content_type="application/json", status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a credential: it is neither kept, nor told to the next site, nor put into an index."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _later(response: HttpResponse, fault: Unavailable) -> HttpResponse:
    response["Retry-After"] = str(fault.retry_after)
    return response
