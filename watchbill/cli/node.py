"""One node: front door, pages, engine loop and senders in one process. `serve` starts it and starts it anew if it dies.

`python -m watchbill.cli.node` reads its settings from `WATCHBILL_…`; `database_url` must be given.
"""

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

import psycopg
import structlog
import uvloop
from django.core.handlers.asgi import ASGIHandler
from granian.constants import Interfaces
from granian.server.embed import Server

from watchbill import __version__, django_settings, wiring
from watchbill.channels import answers
from watchbill.channels.answers import Desk
from watchbill.channels.contract import Channel
from watchbill.channels.fetching import Fetcher
from watchbill.channels.links import LinkMaker, Signer
from watchbill.channels.receipts import Receipts
from watchbill.channels.sender import Sender
from watchbill.channels.strays import Strays
from watchbill.channels.telling import POLL, WIDTH, Teller
from watchbill.intake.budget import Budget
from watchbill.intake.door import Door
from watchbill.oncall import views as feeds
from watchbill.oncall.feeds import Addresses
from watchbill.oncall.notices import Notices
from watchbill.runtime import clock, logs, road
from watchbill.runtime.database import Database, one_line
from watchbill.runtime.deathsignal import die_with_parent
from watchbill.runtime.drain import Drain
from watchbill.runtime.gather import Gatherer
from watchbill.runtime.health import PATHS, Health
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.nodes import Heartbeat, name_of_this_node
from watchbill.runtime.outbox import Lane
from watchbill.runtime.schema import BadDatabase, migrate
from watchbill.runtime.seal import Seal, agree, keys_of
from watchbill.runtime.shelf import FileShelf
from watchbill.runtime.spool import SpoolingRoad
from watchbill.runtime.submit import Committed, Submitter
from watchbill.runtime.wakeups import Wakeups
from watchbill.settings import BadSetting, Settings, load

Scope = MutableMapping[str, Any]
SENDING_AT_MOST = 5.0  # seconds that a stop waits for messages on their way
TRY_DATABASE_EVERY = 0.5  # seconds, at the start
CANNOT_RUN = 78  # exit status: starting again would not help (EX_CONFIG)

log = structlog.get_logger()


class Node:
    """Puts the parts together, runs them, and stops them in the order in which work passes through."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        keys = keys_of(settings)
        self.settings = settings
        self.metrics = Metrics()
        self.database = Database(database_url)
        self.submitter = Submitter(self.database, wiring.ROAD)
        self.gatherer = Gatherer(self.submitter, self._committed)
        self.shelf = FileShelf(settings.data_dir / "spool", settings.spool_mb << 20)
        drain = Drain(self.shelf, self.submitter.run, self._committed)
        self.spool = SpoolingRoad(self.gatherer, self.shelf, drain, ask=self.database.ask, metrics=self.metrics)
        self.wakeups = Wakeups(self.database, self.submitter, self._committed)
        self.receipts = Receipts(self.database, self.gatherer)
        self.heartbeat = Heartbeat(self.database, name=name_of_this_node(), version=__version__)
        self.channels = wiring.channels(settings)
        self._signer = Signer(keys)
        self._links = LinkMaker(settings.base_url, self._signer)
        self._seal = Seal(keys)
        self.lanes = {name: Lane(name, self._sender(channel)) for name, channel in self.channels.items()}
        self.strays = Strays(self.database, self.channels.keys(), self._sender)
        self.telling = Lane("notices", self._teller(), width=WIDTH, poll=POLL)
        self.notices = Notices(self.database, self.telling.hint)
        self.fetcher = Fetcher(self.database, wiring.egress(settings), self._seal)
        self._feeds = feeds.FeedDesk(self.database, Addresses(settings.base_url, keys))
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Starts every part; returns when the node may take events."""
        await self.database.open()
        await self.submitter.refresh()
        await self.spool.open()
        road.use(self.gatherer)
        answers.use(Desk(self._signer, now=clock.wall))
        feeds.use(self._feeds)
        self._begin("gatherer", self.gatherer.run())
        self._begin("spool", self.spool.run())
        self._begin("receipts", self.receipts.run())
        self._begin("wakeups", self.wakeups.run())
        self._begin("heartbeat", self.heartbeat.run())
        self._begin("strays", self.strays.run())
        for name, lane in self.lanes.items():
            self._begin(f"lane {name}", lane.run())
        self._begin("notices", self.notices.run())
        self._begin("telling", self.telling.run())
        self._begin("calendars", self.fetcher.run())

    async def stop(self) -> None:
        """Stops what takes work up first, and last what writes down how it ended."""
        self.wakeups.close()
        self.strays.close()
        self.spool.close()
        self.notices.close()
        self.fetcher.close()
        await self._ended("wakeups", "strays", "spool", "notices", "calendars")
        drained = [lane.drain(SENDING_AT_MOST) for lane in self.lanes.values()]
        await asyncio.gather(*drained, self.telling.drain(SENDING_AT_MOST))
        self.receipts.close()
        await self._ended("receipts")
        self.gatherer.close()  # the receipts tell the rules of what failed, so it goes after them
        self.heartbeat.close()
        await self._ended("gatherer", "heartbeat")
        road.use(None)
        answers.use(None)
        feeds.use(None)
        await self.fetcher.close_connections()
        for channel in self.channels.values():
            await channel.close()
        await self.shelf.close()
        await self.database.close()

    def running(self) -> dict[str, str]:
        """Every part by name: "ok", or what ails it. Notices that fail are no reason to send a node no more events."""
        ailing = {"wakeups": self.wakeups.condition, "spool": self.spool.condition}
        ailing |= {f"lane {name}": lane.condition for name, lane in self.lanes.items()}
        said = {name: condition.said for name, condition in ailing.items()}
        return {name: "stopped" if task.done() else said.get(name, "ok") for name, task in self._tasks.items()}

    @property
    def parts(self) -> "frozenset[asyncio.Task[None]]":
        """Its parts at work; none of them ends before `stop`."""
        return frozenset(self._tasks.values())

    def application(self) -> Callable[[Scope, Any, Any], Awaitable[None]]:
        """What the server serves: the front door for events, health for monitors, Django for everything else."""
        budget = Budget(events_per_second=self.settings.events_per_second, burst=self.settings.events_burst)
        door = Door(self.spool, budget=budget, observe=self.metrics.observe)
        health = Health(self.database, self.metrics, self.running, lambda: self.spool.waiting)
        pages: Any = ASGIHandler()

        async def application(scope: Scope, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                return
            path = scope["path"]
            if door.handles(path):
                await door(scope, receive, send)
            elif path in PATHS:
                await health(dict(scope), receive, send)
            else:
                await pages(scope, receive, send)

        return application

    def _sender(self, channel: Channel) -> Sender:
        return Sender(
            channel,
            database=self.database,
            receipts=self.receipts,
            seal=self._seal,
            links=lambda incident, person, via: self._links.links(
                incident=incident, person=person, channel=via, now=clock.wall()
            ),
            metrics=self.metrics,
        )

    def _teller(self) -> Teller:
        return Teller(
            self.channels,
            database=self.database,
            seal=self._seal,
            show=lambda incident: f"{self.settings.base_url}/incidents/{incident}",
            metrics=self.metrics,
        )

    def _committed(self, done: Committed) -> None:
        for channel in done.channels:
            if channel in self.lanes:
                self.lanes[channel].hint()
        self.wakeups.hint(done.next_due, done.now)

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_report)
        self._tasks[name] = task

    async def _ended(self, *names: str) -> None:
        await asyncio.gather(*(self._tasks[name] for name in names), return_exceptions=True)


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("part_of_node_died", part=task.get_name(), exc_info=fault)


async def run(settings: Settings) -> int:
    """Runs a node until SIGTERM or SIGINT; answers its exit status. Raises BadSetting."""
    node = Node(settings, settings.database_url)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await node.start()
    server = Server(
        node.application(),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=1024,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve(), name="server")
    waiting = asyncio.create_task(stopping.wait())
    log.info("node_ready", host=settings.host, port=settings.port, version=__version__)
    await asyncio.wait({serving, waiting, *node.parts}, return_when=asyncio.FIRST_COMPLETED)
    log.info("node_stopping")
    # A node with a dead part answers and does not work; the supervisor starts a whole one.
    broken = serving.done() or any(part.done() for part in node.parts)
    if serving.done():
        _report(serving)
    else:
        server.stop()  # type: ignore[no-untyped-call]  # granian has not annotated it
        await asyncio.wait({serving}, timeout=1)
    waiting.cancel()
    await node.stop()
    log.info("node_stopped")
    return 1 if broken else 0


def main() -> int:
    """The process of one node; answers its exit status."""
    die_with_parent()
    try:
        settings = load()
        logs.configure(settings.log_level, settings.log_format)
        django_settings.configure(settings.database_url, keys_of(settings)[0])
        _prepare(settings)
        _spare_the_collector()
        return uvloop.run(run(settings))
    except (BadSetting, BadDatabase) as fault:
        sys.stderr.write(f"watchbill: {fault}\n")
        return CANNOT_RUN


def _prepare(settings: Settings) -> None:
    """Brings the tables up to date as soon as the database answers; until then it says so, seldom. Raises BadSetting or
    BadDatabase."""
    said = ""
    while True:
        try:
            migrate(settings.database_url)
            agree(settings.database_url, keys_of(settings))
            return
        except psycopg.OperationalError as fault:
            if one_line(fault) != said:
                said = one_line(fault)
                log.error("database_cannot_be_reached", error=said, next="It is tried again until it answers.")
            time.sleep(TRY_DATABASE_EVERY)


def _spare_the_collector() -> None:
    """What is loaded by now stays for good, and an event leaves no circles behind: look for garbage seldom. Measured: an
    eighth to a quarter of the node's time per event, and half of the p99 under load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


if __name__ == "__main__":
    sys.exit(main())
