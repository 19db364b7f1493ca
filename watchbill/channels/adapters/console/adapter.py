"""Pages whoever watches the terminal: for the demo, and for those who work on Watchbill itself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TextIO

from rich.console import Console as Terminal
from rich.text import Text

from watchbill.channels.contract import BadSettings, Capabilities, Message, Notice, Outcome, Receipt
from watchbill.channels.wording import clock, headline, one_line, others, span
from watchbill.engine.words import Urgency

_INDENT = " " * 13


class Console:
    """Prints to `stream`. `now` tells how long ago the incident began."""

    name = "console"
    capabilities = Capabilities(supports_acknowledge=True, per_minute=None, retry_for=60, fields=())

    def __init__(self, stream: TextIO, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._terminal = Terminal(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raises BadSettings, for it has no settings."""
        if settings:
            raise BadSettings(f"A console has no settings; leave out {', '.join(sorted(settings))}.")

    async def send(self, message: Message) -> Receipt:
        """Prints the page."""
        return self._print(block(message, now=self._now()))

    async def tell(self, notice: Notice) -> Receipt:
        """Prints the notice."""
        return self._print(lines(notice, now=self._now()))

    async def close(self) -> None:
        """Nothing to free: the stream belongs to whoever gave it."""

    def _print(self, text: Text) -> Receipt:
        try:
            self._terminal.print(text)
        except (OSError, ValueError) as fault:  # the terminal has gone away, or its stream was closed
            return Receipt(Outcome.FAILED, f"The terminal could not be written to: {type(fault).__name__}.")
        return Receipt(Outcome.DELIVERED, "Printed.")


def block(message: Message, *, now: datetime) -> Text:
    """The page as a few lines, the worst first."""
    high = message.urgency is Urgency.HIGH
    text = Text()
    text.append(clock(now, message.zone) + " ", style="dim")
    text.append(" PAGE " if high else " page ", style="bold reverse red" if high else "reverse")
    text.append(" ")
    text.append(headline(message), style="bold")
    text.append(f" → {one_line(message.person, 80)}\n")
    told = f"{span((now - message.opened_at).total_seconds())} after it began"
    text.append(f"{_INDENT}{told}, {_punctual(message)}. {one_line(message.why)}\n", style="dim")
    for each in message.bundle:
        line = (
            f"#{each.number} {each.severity.capitalize()}: {one_line(each.title, 120)} ({one_line(each.service, 60)})"
        )
        text.append(f"{_INDENT}also {line}\n")
    if others(message) > len(message.bundle):
        text.append(f"{_INDENT}and {others(message) - len(message.bundle)} more\n")
    text.append(f"{_INDENT}acknowledge  ")
    text.append(message.links.acknowledge, style="underline")
    text.append(f"\n{_INDENT}resolve      {message.links.resolve}")
    return text


def lines(notice: Notice, *, now: datetime) -> Text:
    """The notice as a few lines."""
    text = Text()
    text.append(clock(now, notice.zone) + " ", style="dim")
    text.append(f" note  {one_line(notice.subject)}")
    text.append(f" → {one_line(notice.person, 80)}", style="dim")
    for line in notice.body.splitlines():
        text.append(f"\n{_INDENT}{one_line(line)}", style="dim")
    if notice.url:
        text.append(f"\n{_INDENT}{notice.url}", style="dim")
    return text


def _punctual(message: Message) -> str:
    words = f"{span(message.late)} late" if message.late else "on time"
    return words if message.attempt == 1 else f"{words}, attempt {message.attempt}"
