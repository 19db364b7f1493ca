"""Log lines: JSON for machines or text for people, with the ids of incident and page, never with a secret."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
import structlog.tracebacks

# Names under which a secret could come along; what stands there is not written.
SECRET = ("key", "token", "secret", "password", "authorization", "url")
NOT_SECRET = frozenset({"dedup_key", "public_url"})
HIDDEN = "…"


def configure(level: str, form: str) -> None:
    """Sets logging up for this process. `level`: debug, info, warning or error. `form`: json or text."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    if form == "json":
        # Without the local variables, which hold settings, headers and signed links.
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        shared.append(structlog.processors.ExceptionRenderer(tracebacks))
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _take_in_the_libraries(number, shared, renderer)


def hide_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leaves out what may be a secret, by its name."""
    for name in event:
        if name not in NOT_SECRET and any(name == part or name.endswith(f"_{part}") for part in SECRET):
            event[name] = HIDDEN
    return event


def _take_in_the_libraries(level: int, shared: list[Any], renderer: Any) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    # Faults of a page are told by Django; that a page was not found is no fault.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
