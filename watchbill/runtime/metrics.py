"""What this node counts and measures, for Prometheus. What the database knows is asked when somebody looks."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The node's own registry; nothing is shared between nodes of one process, as tests have."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter(
            "watchbill_events_total",
            "Events at the front door, by wire and by what became of them.",
            ["wire", "outcome"],
            registry=self.registry,
        )
        self._first_attempt = Histogram(
            "watchbill_first_attempt_seconds",
            "From an event's transaction to the first attempt to send its page, by the database's clock.",
            ["channel"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._attempts = self._by_outcome(
            "watchbill_page_attempts_total",
            "Attempts to send a page, by what the channel said. Attempted is not delivered, delivered not acknowledged.",
        )
        self._suppressed = Counter(
            "watchbill_pages_suppressed_total",
            "Pages that were not sent, by reason.",
            ["channel", "reason"],
            registry=self.registry,
        )
        self._notices = self._by_outcome(
            "watchbill_notice_attempts_total",
            "Attempts to tell a notice, which wakes nobody, by what the channel said.",
        )
        self._spooled = Counter(
            "watchbill_spooled_total",
            "Events that were kept on this node's disk while the database was away.",
            registry=self.registry,
        )
        self.spool_events = Gauge(
            "watchbill_spool_events", "Events that wait on this node's disk.", registry=self.registry
        )
        self.spool_bytes = Gauge(
            "watchbill_spool_bytes", "Bytes that the spool takes on this node's disk.", registry=self.registry
        )
        self.pages = Gauge(
            "watchbill_pages", "Pages that wait or are on their way, by state.", ["state"], registry=self.registry
        )
        self.oldest_due = Gauge(
            "watchbill_oldest_due_page_seconds",
            "Age of the oldest page that is due and has not been attempted; 0 when there is none.",
            registry=self.registry,
        )
        self.open_incidents = Gauge(
            "watchbill_open_incidents",
            "Incidents that are not resolved, by status.",
            ["status"],
            registry=self.registry,
        )
        self.beat_age = Gauge(
            "watchbill_node_beat_age_seconds", "Seconds since each node's last beat.", ["node"], registry=self.registry
        )

    def observe(self, outcome: str, wire: str, events: int, /) -> None:
        """Counts events at the front door."""
        self._events.labels(wire, outcome).inc(events)

    def spooled(self, events: int) -> None:
        """Events were kept on disk."""
        self._spooled.inc(events)

    def first_attempt(self, seconds: float, channel: str) -> None:
        """A page is being sent for the first time, so long after its event."""
        self._first_attempt.labels(channel).observe(seconds)

    def attempt(self, channel: str, outcome: str) -> None:
        """An attempt ended."""
        self._attempts.labels(channel, outcome).inc()

    def notice(self, channel: str, outcome: str) -> None:
        """An attempt to tell a notice ended."""
        self._notices.labels(channel, outcome).inc()

    def suppressed(self, channel: str, reason: str) -> None:
        """A page was not sent."""
        self._suppressed.labels(channel, reason).inc()

    def _by_outcome(self, name: str, says: str) -> Counter:
        return Counter(name, says, ["channel", "outcome"], registry=self.registry)
