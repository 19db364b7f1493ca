"""The front door: a plain ASGI application that takes events in, hands their facts to the road and answers after the commit."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from typing import Protocol

import structlog
from msgspec.structs import replace

from watchbill.engine.directory import Integration
from watchbill.engine.reasons import Reason
from watchbill.intake.answers import Answer, accept, deliver, refuse
from watchbill.intake.bodies import Gone, Head, Receive, Scope, Send, discard, read_body, read_head
from watchbill.intake.budget import Budget
from watchbill.intake.contract import Fault, KeyPlace, Parcel, Rejected, Wire
from watchbill.intake.keys import find_integration, key_of_authorization
from watchbill.intake.routes import WIRES, Routes
from watchbill.runtime.road import Road, Unavailable

PATIENCE = 20.0
log = structlog.get_logger(__name__)


class Observe(Protocol):
    """Counts `events` events, or 1 for a request that was refused as a whole. `outcome`: "accepted", "spooled", "gone" or
    the value of a Fault."""

    def __call__(self, outcome: str, wire: str, events: int, /) -> None: ...


def _observe_nothing(outcome: str, wire: str, events: int, /) -> None:
    pass


class Door:
    """Serves the paths of `wires`; whoever mounts it asks `handles` first and serves all others elsewhere.

    `patience`: seconds that a body may take to arrive.
    """

    def __init__(
        self,
        road: Road,
        *,
        budget: Budget | None = None,
        observe: Observe = _observe_nothing,
        wires: Sequence[Wire] = WIRES,
        patience: float = PATIENCE,
    ) -> None:
        self._road = road
        self._budget = budget or Budget()
        self._observe = observe
        self._routes = Routes(wires)
        self._patience = patience

    def handles(self, path: str) -> bool:
        """Whether `path`, decoded as in an ASGI scope, is one of the door's."""
        return self._routes.find(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; never raises for what a sender, the database or our own code does wrong."""
        route = self._routes.find(scope["path"])
        if route is None:
            raise LookupError("Ask handles() before: this path is not the front door's.")
        wire, key = route
        try:
            answer = await self._answer(wire, key, scope, receive)
        except Gone:
            self._count(wire, "gone", 1)
            return
        except Unavailable as why:
            answer = refuse(wire, Fault.UNAVAILABLE, (str(why),), retry_after=why.retry_after)
        except Exception:
            log.exception("intake.failed", wire=wire.name)
            answer = refuse(wire, Fault.FAILED, ("Something went wrong here, not in what you sent.",))
        try:
            await deliver(send, answer)
        except Exception as why:  # a sender that left does not hear; what was committed stays
            log.info("intake.answer_not_sent", wire=wire.name, status=answer.status, why=repr(why))
        self._count(wire, answer.outcome, answer.events)
        self._count(wire, Fault.INVALID.value, answer.bad_lines)

    def _count(self, wire: Wire, outcome: str, events: int) -> None:
        """After the answer, and never in its way: a counter that fails must not make a committed event look lost."""
        try:
            if events:
                self._observe(outcome, wire.name, events)
        except Exception:
            log.exception("intake.not_counted", wire=wire.name, outcome=outcome)

    async def _answer(self, wire: Wire, key: str, scope: Scope, receive: Receive) -> Answer:
        head = read_head(scope)
        early = _refuse_head(wire, head, scope["method"])
        integration: Integration | None = None
        if early is None and wire.key_place is not KeyPlace.BODY:
            key = key or key_of_authorization(head.authorization)
            found = await self._whose(wire, key, scope)
            if isinstance(found, Integration):
                integration = found
            else:
                early = found
        if early is not None:
            await discard(receive, head, patience=self._patience)
            return early
        body = await read_body(receive, head, limit=wire.limit, patience=self._patience)
        if isinstance(body, Fault):
            return _refuse_body(wire, body)
        letter = wire.read(body, key)
        if isinstance(letter, Rejected):
            return _refuse_parts(wire, letter, head, body)
        if integration is None:
            found = await self._whose(wire, letter.key, scope)
            if isinstance(found, Answer):
                return found
            integration = found
        parcel = wire.parse(letter, integration, _new_key)
        if isinstance(parcel, Rejected):
            return refuse(wire, parcel.fault, parcel.errors)
        return await self._hand_in(wire, parcel, integration)

    async def _whose(self, wire: Wire, key: str, scope: Scope) -> Integration | Answer:
        """The integration that `key` opens. Says that it is unknown only after the database has said so."""
        integration = find_integration(self._road.directory, key)
        if integration is not None:
            return integration
        if not key:
            return refuse(
                wire,
                Fault.UNKNOWN_KEY,
                ("The integration key is missing: send it as `Authorization: Bearer KEY`.",),
            )
        client = scope.get("client")
        address = client[0] if client else ""
        now = asyncio.get_running_loop().time()
        wait = self._budget.guess_wait(address, now=now)
        if wait:
            return refuse(
                wire,
                Fault.OVER_BUDGET,
                ("Too many unknown keys came from this address.",),
                retry_after=wait,
            )
        integration = find_integration(await self._road.fresh_directory(), key)
        if integration is not None:
            return integration
        self._budget.guessed(address, now=now)
        return refuse(wire, Fault.UNKNOWN_KEY, (_unknown(wire, key),))

    async def _hand_in(self, wire: Wire, parcel: Parcel, integration: Integration) -> Answer:
        if parcel.facts:
            starts = len(parcel.facts) - parcel.endings
            now = asyncio.get_running_loop().time()
            wait = self._budget.take(integration.id, starts=starts, endings=parcel.endings, now=now)
            if wait:
                return refuse(
                    wire,
                    Fault.OVER_BUDGET,
                    ("This integration sends more than its share.",),
                    retry_after=wait,
                )
            try:
                decisions = await self._road.submit(parcel.facts)
            except Exception:
                self._budget.give_back(integration.id, starts=starts, endings=parcel.endings, now=now)
                raise
            if any(decision.reason is Reason.SPOOLED for decision in decisions):
                parcel = replace(parcel, spooled=True)
        return accept(wire, parcel)


def _new_key() -> str:
    return secrets.token_hex(16)


def _unknown(wire: Wire, key: str) -> str:
    if wire.key_place is not KeyPlace.BODY:
        return "This integration key is not known."
    if len(key) != 32:
        return "Length of 'routing_key' is incorrect (should be 32 characters)"
    return "Invalid routing key"


def _refuse_head(wire: Wire, head: Head, method: str) -> Answer | None:
    if method != "POST":
        return refuse(wire, Fault.WRONG_METHOD, (f"Send events with POST, not {method[:20]}.",))
    if head.encoding not in (b"", b"identity"):
        shown = head.encoding[:20].decode("latin-1")
        return refuse(wire, Fault.UNREADABLE, (f"The body is compressed ({shown}); send it as it is.",))
    return None


def _refuse_body(wire: Wire, fault: Fault) -> Answer:
    if fault is Fault.TOO_LARGE:
        return refuse(wire, fault, (f"The body is larger than {wire.limit} bytes.",))
    return refuse(wire, fault, ("The body did not arrive in time.",))


def _refuse_parts(wire: Wire, rejected: Rejected, head: Head, body: bytes) -> Answer:
    """The Content-Type decides nothing, because `curl -d` calls everything a form and SNS calls JSON plain text; but
    where the body is no JSON either, it is the first thing to say."""
    errors = rejected.errors
    kind = head.kind.partition(b";")[0].strip().lower()
    foreign = kind and not kind.startswith(b"text/") and not kind.endswith(b"json")
    if rejected.fault is Fault.UNREADABLE and foreign and not _is_json(body):
        errors = (
            f"{errors[0]} The Content-Type is {kind[:60].decode('latin-1')}; send application/json.",
            *errors[1:],
        )
    return refuse(wire, rejected.fault, errors)


def _is_json(body: bytes) -> bool:
    """Whether it is JSON of some kind, if only one that we refuse: with a key twice, a NUL or half a surrogate pair."""
    try:
        json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False
    except (ValueError, RecursionError):  # a number that is too long; too deep
        return True
    return True
