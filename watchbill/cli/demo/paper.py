"""What the demo prints."""

import json
import shlex
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from watchbill.channels.wording import one_line, span
from watchbill.cli.output import terminal

if TYPE_CHECKING:
    from watchbill.cli.demo.house import House
    from watchbill.cli.demo.story import Hop, Story

_NAME_WIDTH = 56
LONGEST_LINE = 400
WHYS = ("error", "why", "problem", "detail")  # of a line of the log, beside its event and its exception


class Paper:
    """One line at a time, whoever writes: the story, or the node's console channel, which is another thread."""

    def __init__(self, *, silent: bool = False) -> None:
        self._console: Console | None = None if silent else terminal()
        self._turn = threading.Lock()

    def line(self, text: Text | str = "", style: str = "") -> None:
        """Prints one line."""
        if self._console is not None:
            with self._turn:
                self._console.print(text, style=style)

    def raw(self, line: str) -> None:
        """Prints a line of the node as it came, with its colours."""
        self.line(Text.from_ansi(line))

    def hop(self, hop: "Hop") -> None:
        """Prints one hop."""
        mark = Text("✓ ", "green") if hop.ok else Text("✗ ", "bold red")
        text = Text.assemble(
            "  ", mark, f"{hop.name:<{_NAME_WIDTH}} ", (f"{_ms(hop.ms):>9}", "bold" if hop.ok else "red")
        )
        self.line(text)
        if not hop.ok:
            self.line(Text(f"    {hop.says}", "red"))

    def head(self, data_dir: Path, *, once: bool) -> None:
        """Says what is being done."""
        what = "one round, then it ends" if once else "a whole Watchbill with a made-up team"
        self.line(Text.assemble(("Watchbill demo", "bold"), f": {what}. Its data lie in {data_dir}"))
        self.line()

    def fallen(self, message: str, house: "House | None") -> None:
        """Says what went wrong, with the end of the node's log."""
        self.line(Text(message, "bold red"))
        if house is not None and (tail := house.log_tail()):
            self.line(f"The end of its log, {house.log}:", style="dim")
            for line, times in distinct(tail.splitlines()):
                again = f"  ({times} times)" if times > 1 else ""
                self.line(Text(f"  {line}{again}", "dim"))

    def verdict(self, total: float, *, started: float) -> None:
        """Ends `--once`. `total`, `started`: seconds."""
        self.line()
        rest = total - started
        text = f"Every hop happened, in {span(total)}: {span(started)} to start, {span(rest)} for the rest."
        self.line(Text.assemble(("✓ ", "green"), text))

    def next_steps(self, house: "House", story: "Story") -> None:
        """Says what to try, each a line to copy."""
        assert story.page is not None
        data = f"--data-dir {shlex.quote(str(house.data_dir))}"
        number = story.page.number
        self.line()
        self.line(
            "Nobody has acknowledged it. In a minute it escalates to Bo, and you will see that here.", style="bold"
        )
        if story.open_before:
            was = "incident" if story.open_before == 1 else "incidents"
            self.line(f"An earlier demo left {story.open_before} {was} open, which go on paging.", style="dim")
        body = (
            f'{{"routing_key":"{story.keys.events}","event_action":"trigger","dedup_key":"my-first",'
            '"payload":{"summary":"Disk is full","source":"db-1","severity":"critical"}}'
        )
        self._step("Take it, as Ana", f"watchbill ack {number} --as ana@demo.example {data}")
        self._step("or with the link in her page", story.page.acknowledge)
        self._step(
            "What is open, and all about this one", f"watchbill incidents {data}", f"watchbill show {number} {data}"
        )
        self._step("Whom the next alert would page", f"watchbill rehearse {data}")
        self._step("Send an alert of your own", f"curl -d '{body}' {house.url}/v2/enqueue")
        self._step(
            "or point Alertmanager here",
            "receivers:",
            "  - name: watchbill",
            "    webhook_configs:",
            f"      - url: {house.url}/v1/alertmanager/{story.keys.alertmanager}",
        )
        self._step("Where things lie", f"{house.data_dir}  (database, keys)", f"{house.log}  (log)")
        self.line()
        self.line("Ctrl-C stops it. The data stay; the next demo in this folder goes on with them.", style="bold")
        self.line()

    def _step(self, title: str, *lines: str) -> None:
        self.line()
        self.line(Text(title, "cyan"))
        for line in lines:
            self.line(f"  {line}")


def distinct(log: Iterable[str]) -> list[tuple[str, int]]:
    """Each event of a log with what it says of the matter, once, and how often; in the order in which they began."""
    return list(Counter(one_line(_gist(line), LONGEST_LINE) for line in log if line.strip()).items())


def _gist(line: str) -> str:
    """What tells one line of the log from another: neither when it was, nor where in the code."""
    try:
        told = json.loads(line)
    except ValueError:
        return line
    if not isinstance(told, dict) or "event" not in told:
        return line
    said = [f"{told.get('level', '')}: {told['event']}".removeprefix(": ")]
    said += [f"{name}={told[name]}" for name in WHYS if told.get(name)]
    return " ".join([*said, _exception(told.get("exception", ""))]).strip()


def _exception(told: Any) -> str:
    """Its type and what it says: of a traceback as text the last line, of one as JSON the first in it."""
    if isinstance(told, list) and told and isinstance(told[0], dict):
        return f"{told[0].get('exc_type', '')}: {told[0].get('exc_value', '')}"
    return "".join(str(told).strip().splitlines()[-1:])


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
