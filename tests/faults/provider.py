"""The machine that is paged, and what it has seen of each page."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from tests.fakes.http import Behaviour, HttpFake, Request

NODES_WAIT = 9.0  # seconds for an answer


@dataclass(frozen=True)
class Seen:
    """One message. `at`: monotonic. `port`: of the node that sent it. `status`: what it is answered, 0 for nothing that is
    HTTP. `answered`: whether it says in time that it has the page, if its node is there to hear it."""

    at: float
    page: int
    attempt: int
    key: str
    port: int
    status: int
    answered: bool

    @property
    def taken(self) -> bool:
        """A clear refusal tells nobody; whatever else happens after the request was read may have."""
        return self.status < 400


class Provider(HttpFake):
    """`seen`: all messages in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Seen] = []

    def behaviour_for(self, request: Request) -> Behaviour:
        """See HttpFake; asked once for each request, when it has arrived."""
        behaviour = super().behaviour_for(request)
        data = request.json()["data"]
        links = [link for link in data["links"].values() if isinstance(link, str) and link]
        self.seen.append(
            Seen(
                at=time.monotonic(),
                page=data["page"],
                attempt=int(request.headers["watchbill-attempt"]),
                key=data["incident"]["title"],
                port=(urlsplit(links[0]).port or 0) if links else 0,
                status=_status(behaviour),
                answered=200 <= _status(behaviour) < 300 and behaviour.delay < NODES_WAIT,
            )
        )
        return behaviour

    def of(self, prefix: str) -> list[Seen]:
        """What came of the events of one run."""
        return [one for one in self.seen if one.key.startswith(prefix)]

    def told(self, prefix: str, after: Mapping[str, float] = MappingProxyType({})) -> dict[str, float]:
        """The keys that arrived, and when for the first time; by `after` for the first time behind that moment."""
        told: dict[str, float] = {}
        for one in self.of(prefix):
            if one.answered and one.at > after.get(one.key, 0.0):
                told.setdefault(one.key, one.at)
        return told


def _status(behaviour: Behaviour) -> int:
    raw = behaviour.raw or b""
    return int(raw[9:12]) if raw.startswith(b"HTTP/1.1 ") else 0
