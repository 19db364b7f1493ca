"""States, spans and what comes next, in words. Colour only repeats what a symbol and a word have said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.text import Text

from watchbill.channels.wording import one_line, span
from watchbill.cli.desk.shapes import Next, NextPage, Told
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Severity, Status

_SYMBOLS = {Status.TRIGGERED: "▲", Status.ACKNOWLEDGED: "◆", Status.RESOLVED: "✓"}
_COLOURS = {Status.TRIGGERED: "bold red", Status.ACKNOWLEDGED: "yellow", Status.RESOLVED: "green"}
_SEVERITIES = {Severity.CRITICAL: "bold red", Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
# What needs no explaining: the ladder goes its way.
PLAIN = frozenset({Reason.FIRST_ALERT, Reason.FIRST_PAGE, Reason.STEP_TIMED_OUT, Reason.NEXT_RULE_DUE})
_SECOND = timedelta(seconds=1)
_CLIMBS = frozenset({Reason.STEP_TIMED_OUT, Reason.REASSIGNED_UNANSWERED, Reason.LADDER_REPEATED})


def state(incident: Told) -> Text:
    """`▲ triggered`: a symbol and a word, and a colour."""
    status = Status(incident.status)
    if incident.muted_until is not None:
        return Text("▽ muted", "cyan")
    if incident.snoozed:
        return Text("◇ snoozed", "yellow")
    return Text(f"{_SYMBOLS[status]} {status}", _COLOURS[status])


def severity(incident: Told) -> Text:
    """`critical`, and what it means for people's sleep."""
    return Text(incident.severity, _SEVERITIES[Severity(incident.severity)])


def wakes(incident: Told) -> str:
    """Urgency in words."""
    return f"{incident.urgency} urgency"


def age(since: datetime, now: datetime) -> str:
    """`3 min 20 s`."""
    return span(max((now - since).total_seconds(), 0)) if now - since >= _SECOND else "now"


def ago(at: datetime, now: datetime) -> str:
    """`3 min 20 s ago`, `just now`."""
    return f"{age(at, now)} ago" if now - at >= _SECOND else "just now"


def clock(seconds: float) -> str:
    """`4:10`, `1:02:03`: a count-down."""
    whole = max(round(seconds), 0)
    if whole >= 86400:
        return span(whole)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(at: datetime, *, date: bool = True) -> str:
    """An instant in the terminal's own zone, which is named."""
    local = at.astimezone()
    return local.strftime("%Y-%m-%d %H:%M:%S %Z" if date else "%H:%M:%S")


def zone(at: datetime) -> str:
    """The name of the terminal's zone at an instant."""
    return at.astimezone().tzname() or "local time"


def article(word: str) -> str:
    """`a critical`, `an error`."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def names(people: Sequence[str]) -> str:
    """`Ana`, `Ana and Bo`, `Ana, Bo and Cy`; each once."""
    each = [one_line(name, 60) for name in dict.fromkeys(people)]
    return " and ".join(filter(None, (", ".join(each[:-1]), each[-1]))) if each else "nobody"


def people_and_methods(pages: Sequence[NextPage]) -> str:
    """`Ana (phone, e-mail) and Bo (phone)`."""
    roads: dict[str, dict[str, None]] = {}
    for page in pages:
        roads.setdefault(page.person, {})[one_line(page.method, 40)] = None
    return names([f"{person} ({', '.join(methods)})" for person, methods in roads.items()])


def holder(incident: Told) -> str:
    """Who has it, or whom it wakes."""
    if incident.status == Status.RESOLVED:
        return f"{incident.acknowledged_by.name} had it" if incident.acknowledged_by else "nobody had it"
    if incident.muted_until is not None:
        return "maintenance; nobody is paged"
    if incident.status == Status.ACKNOWLEDGED:
        return (
            f"{incident.acknowledged_by.name} has it" if incident.acknowledged_by else "taken by nobody who gave a name"
        )
    people = [one.name for one in incident.paging]
    return f"{names(people)} {'are' if len(people) > 1 else 'is'} being paged"


def coming(incident: Told) -> str:
    """What comes next by itself, short: `escalates to Bo in 4:10`. Empty when nothing does and nothing should."""
    if incident.next is None:
        return "nobody else will be paged" if incident.status == Status.TRIGGERED else ""
    return coming_words(incident.next)


def coming_words(told: Next) -> str:
    """One thing that comes, short."""
    when = f"in {clock(told.in_seconds)}" if told.in_seconds > 0 else "now"
    whom = names([one.name for one in told.people] or [page.person for page in told.pages])
    reason = Reason(told.reason)
    if reason in _CLIMBS:
        return f"escalates to {whom} {when}"
    if reason is Reason.NEXT_RULE_DUE:
        return f"pages {people_and_methods(told.pages)} {when}"
    if reason in (Reason.LADDER_EXHAUSTED, Reason.NO_STEP_APPLIES):
        return f"pages the fallback, {whom}, {when}, and then nobody"
    if reason in (Reason.NOBODY_ON_DUTY, Reason.GAP_IN_SCHEDULE):
        return f"pages the fallback, {whom}, {when}"
    if reason is Reason.NOBODY_AT_ALL:
        return f"reaches nobody {when}"
    if reason is Reason.MUTED_BY_MAINTENANCE:
        return f"looks again {when}"
    return f"comes back to {whom} {when}"  # an acknowledgement, a snooze or a maintenance that ends
