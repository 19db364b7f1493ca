"""Reads the many words for "how bad" as one of four. A word that nobody knows still pages: it becomes error, and is noted."""

from typing import Any

from watchbill.engine.words import Severity

_SYNONYMS: dict[Severity, str] = {
    Severity.CRITICAL: "critical crit fatal emergency emerg panic page alert disaster severe urgent blocker down p1 sev1 sev-1",
    Severity.ERROR: "error err high major failure failed alerting p2 sev2 sev-2",
    Severity.WARNING: "warning warn average medium moderate minor low ticket degraded p3 sev3 sev-3",
    Severity.INFO: "info information informational notice debug trace ok okay up normal none success clear resolved p4 p5 sev4 sev-4 sev5 sev-5",
}
_BY_WORD = {word: severity for severity, words in _SYNONYMS.items() for word in words.split()}
_EXACT = {severity.value: severity for severity in Severity}
_SHOWN = 40


def tame_severity(said: Any, notes: list[str]) -> Severity:
    """Reads `said`, in any case. Adds a note where the word was not one of the four; never fails."""
    if type(said) is str:
        exact = _EXACT.get(said)
        if exact is not None:
            return exact
        word = said.strip().lower()
        known = _BY_WORD.get(word)
        if known is not None:
            if word != known.value:
                notes.append(f'Severity "{said[:_SHOWN]}" was read as {known.value}.')
            return known
    if said is None or said == "":
        notes.append("No severity was given; it was taken as error.")
    else:
        notes.append(f'Severity "{str(said)[:_SHOWN]}" is not known; it was taken as error.')
    return Severity.ERROR
