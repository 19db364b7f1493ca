"""PagerDuty Events v2: one JSON object a request, with the key inside."""

from collections.abc import Callable

from watchbill.engine.directory import Integration
from watchbill.engine.facts import AlertTriggered
from watchbill.intake.contract import Letter, Parcel, Rejected
from watchbill.intake.event import read_keyed_event, tame_event


def read(body: bytes, key: str) -> Letter | Rejected:
    """Decodes the event and finds its `routing_key`; `key`, of the headers, is not used by this wire."""
    return read_keyed_event(body)


def parse(letter: Letter, integration: Integration, new_key: Callable[[], str]) -> Parcel | Rejected:
    """Makes the one fact."""
    fact = tame_event(letter.content, integration, new_key)
    if isinstance(fact, Rejected):
        return fact
    return Parcel((fact,), fact.dedup_key, 0 if type(fact) is AlertTriggered else 1)
