"""What a monitor sent along with an alert, a line each: labels as k=v, addresses apart, nothing empty and nothing twice."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from watchbill.channels.wording import one_line

MOST = 12
LONGEST = 200


def lines(body: Any, summary: str) -> list[str]:
    """All but the addresses. `body`: the rest of an alert. `summary`: what is told already. Of what is long, the
    beginning."""
    told = {one_line(summary)}
    found = [f"{name}  {one_line(text, LONGEST)}" for name, text in _named(body, told) if not _is_address(text)]
    more = len(found) - MOST
    return found if more <= 0 else [*found[:MOST], f"and {more} more; see --json"]


def links(bodies: Iterable[Any]) -> list[str]:
    """The addresses that came with alerts, whole, to be copied; each once."""
    told: set[str] = set()
    return [f"{name}  {text}" for body in bodies for name, text in _named(body, told) if _is_address(text)][:MOST]


def _named(body: Any, told: set[str]) -> Iterator[tuple[str, str]]:
    """Names with texts, one line each, without those that are empty or in `told`, which grows."""
    for name, text in _parts(body) if isinstance(body, dict) else ():
        line = one_line(text)
        if line and line not in told:
            told.add(line)
            yield one_line(name, 40), line


def _parts(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names with texts; some of them empty."""
    for kind, address, otherwise in (("links", "href", "Link"), ("images", "src", "Image")):
        given = body.get(kind)
        for link in given if isinstance(given, list) else []:
            if isinstance(link, dict):
                yield str(link.get("text") or link.get("alt") or otherwise), str(link.get(address) or "")
    details = body.get("custom_details")
    for name, value in {**body, **(details if isinstance(details, dict) else {"details": details})}.items():
        if name in ("links", "images", "custom_details"):
            continue
        if name == "annotations" and isinstance(value, dict):
            yield from ((str(inner), _text(each)) for inner, each in value.items())
        else:
            yield str(name), _text(value)


def _is_address(text: str) -> bool:
    """What is broken or cut off would lead nowhere."""
    return text.startswith(("https://", "http://"))


def _text(value: Any) -> str:
    """A value as people write it: a mapping as `a=b c=d`, a list with commas."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(each)}" for name, each in value.items() if each not in ("", None, {}, []))
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return "" if value is None else msgspec.json.encode(value).decode()
