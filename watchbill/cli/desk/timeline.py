"""The journal of an incident in words: what happened, who did it, by which road, and why."""

from datetime import datetime

from watchbill.channels.wording import one_line, span
from watchbill.cli.desk import words
from watchbill.cli.desk.reach import View
from watchbill.cli.desk.shapes import EntryTold, NextPage, person_of
from watchbill.engine.reasons import Reason
from watchbill.journal.queries import Entry

# What a fact says, before the reason of the decision says what came of it.
_FACTS = {
    "AlertTriggered": "Alert",
    "AlertAcknowledged": "Monitor",
    "AlertResolved": "Alert",
    "ChangeReported": "Change",
    "Acknowledged": "Acknowledged",
    "Unacknowledged": "Given back",
    "Snoozed": "Snoozed",
    "Resolved": "Resolved",
    "Reopened": "Reopened",
    "Reassigned": "Handed on",
    "EscalatedNow": "Escalated",
    "TimePassed": "Time",
    "PageFailed": "Page failed",
}
_PEOPLE = frozenset({"Acknowledged", "Unacknowledged", "Snoozed", "Resolved", "Reopened", "Reassigned", "EscalatedNow"})


def entry_told(entry: Entry, view: View) -> EntryTold:
    """One line for people and for `--json`."""
    return EntryTold(
        at=entry.at,
        what=entry.what,
        reason=entry.reason,
        sentence=entry.sentence,
        by=person_of(view, entry.by),
        via=entry.via,
        text=f"{heading(entry)}: {text(entry, view)}",
        data=entry.data,
    )


def heading(entry: Entry) -> str:
    """The word in front."""
    return "Page" if entry.kind == "page" else _FACTS.get(entry.what, entry.what)


def text(entry: Entry, view: View) -> str:
    """One line in words."""
    if entry.kind == "page":
        return _of_page(entry, view)
    said = [_actor(entry, view)] if entry.what in _PEOPLE else []
    said += [entry.sentence, _whom(entry, view), _extra(entry, view)]
    return " ".join(filter(None, said))


def _actor(entry: Entry, view: View) -> str:
    person = person_of(view, entry.by)
    who = f"By {one_line(person.name, 60)}" if person else "By nobody who gave a name"
    return f"{who}, {entry.via}." if entry.via else f"{who}."


def _whom(entry: Entry, view: View) -> str:
    pages = [_page(told, view) for told in entry.data.get("pages", [])]
    return f"Pages {words.people_and_methods(pages)}." if pages else ""


def _page(told: dict[str, int], view: View) -> NextPage:
    person, method = view.people.get(told["person"]), view.methods.get(told["method"])
    return NextPage(
        person.name if person else "somebody",
        person.email if person else "",
        method.name if method else "a method that is gone",
        method.channel if method else "",
    )


def _extra(entry: Entry, view: View) -> str:
    data, said = entry.data, []
    if entry.reason == Reason.REASSIGNED and (people := data.get("people")):
        said.append(f"To {words.names([view.people[one].name for one in people if one in view.people])}.")
    if entry.reason == Reason.REASSIGNED and (policy := view.directory.policies.get(data.get("policy", 0))):
        said.append(f"To the policy {one_line(policy.name, 60)}.")
    if "until" in data:
        said.append(f"Until {words.moment(datetime.fromisoformat(data['until']))}.")
    if (times := data.get("times", 1)) > 1:
        said.append(f"{times} times.")
    said += [one_line(str(note), 200) for note in data.get("notes", [])]
    return " ".join(said)


def _of_page(entry: Entry, view: View) -> str:
    data = entry.data
    page = _page({"person": data.get("person", 0), "method": data.get("method", 0)}, view)
    said = f"to {one_line(page.person, 60)} ({one_line(page.method, 40)}). {entry.sentence}"
    if data.get("attempt", 0) > 1:
        said += f" Attempt {data['attempt']}."
    if "ms" in data:
        said += f" Took {span(data['ms'] / 1000)}."
    if detail := data.get("detail"):
        said += f" {one_line(str(detail), 200)}"
    return said
