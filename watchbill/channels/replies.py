"""Says what an HTTP answer means for a page: taken, perhaps taken, or certainly not."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from watchbill.channels.contract import Outcome, Receipt

# A server may ask for hours by mistake; the page's own patience decides beyond this.
LONGEST_WAIT = 3600.0

# 4xx that pass: request time-out, too early, too many requests.
_PASSING = frozenset({408, 425, 429})


def receipt_for(status: int, headers: Mapping[str, str]) -> Receipt:
    """The receipt for an answer with this status. `Retry-After` is honoured, as seconds or as a date."""
    if 200 <= status < 300:
        return Receipt(Outcome.ACCEPTED, f"The server answered {_named(status)}.")
    wait = _wait(headers)
    if status >= 500:
        return Receipt(Outcome.UNKNOWN, f"The server answered {_named(status)}.", retry_after=wait)
    if status in _PASSING:
        return Receipt(Outcome.FAILED, f"The server answered {_named(status)}.", retry_after=wait)
    if 300 <= status < 400:
        words = f"The server answered {_named(status)}, and redirects are not followed; set the address it points to."
        return Receipt(Outcome.FAILED, words, permanent=status in (301, 308), retry_after=wait)
    return Receipt(Outcome.FAILED, f"The server answered {_named(status)}.", permanent=status >= 400)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until the server wants to be asked again. A date is measured against the server's own `Date`, so that no
    clock of ours takes part."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        wait = (parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)
