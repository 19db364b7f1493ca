"""`watchbill feed`: makes, lists and revokes the addresses that calendar programs subscribe to."""

from datetime import datetime

from msgspec import Struct
from rich import box
from rich.table import Table
from rich.text import Text

from watchbill.channels.wording import instant, one_line
from watchbill.cli.desk.reach import DONE, Desk, Refused, View
from watchbill.cli.duty.named import actor_of, change, person_named, rotation_named, schedule_named
from watchbill.cli.output import show_json, terminal
from watchbill.oncall import feeds
from watchbill.oncall import ground as grounds
from watchbill.oncall.feeds import Addresses, Feed, Of
from watchbill.oncall.ground import Ground
from watchbill.runtime.seal import keys_of
from watchbill.settings import BadSetting


class Choice(Struct, frozen=True):
    """What a feed shall be of, as it was typed: a person, or a schedule, or a rotation of it."""

    person: str | None
    schedule: str | None
    rotation: str | None
    me: str | None
    json: bool


class FeedTold(Struct, frozen=True):
    """A feed. `of`: person, rotation or schedule. `name`: empty where what it is of is gone."""

    number: int
    of: str
    name: str
    address: str
    made_at: datetime
    used_at: datetime | None


class FeedsTold(Struct, frozen=True):
    """`feed list --json`."""

    feeds: list[FeedTold]


async def add(desk: Desk, choice: Choice) -> int:
    """Makes one, and tells its address."""
    addresses = _addresses(desk)
    async with desk.look() as view:
        actor = await actor_of(view, choice.me)
        of, about = await _about(view, choice)
        ground = await grounds.read(view.link)
    feed = await change(desk, lambda link: feeds.make(link, of, about, actor))
    told = _told(feed, ground, addresses)
    if choice.json:
        show_json(told)
        return DONE
    console = terminal()
    console.print(f"Feed {told.number}: {one_line(told.name, 200)}. Subscribe to this address in your calendar:")
    console.print(Text(told.address, "bold"), soft_wrap=True)
    console.print(Text(f"Whoever has it can read it. To take it back: watchbill feed revoke {told.number}", "dim"))
    return DONE


async def listed(desk: Desk, *, json: bool) -> int:
    """Lists those that were not revoked."""
    addresses = _addresses(desk)
    async with desk.look() as view:
        ground = await grounds.read(view.link)
        found = FeedsTold([_told(feed, ground, addresses) for feed in await feeds.listed(view.link)])
    if json:
        show_json(found)
        return DONE
    console = terminal()
    if not found.feeds:
        console.print("There is no feed yet. Make one: watchbill feed add --person EMAIL")
        return DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for title in ("No.", "Of", "Last asked for"):
        table.add_column(title, overflow="fold")
    for one in found.feeds:
        asked = instant(one.used_at, "UTC") if one.used_at else "never"
        table.add_row(str(one.number), one_line(one.name, 100) or "what is no more", asked)
    console.print(table, soft_wrap=False)
    return DONE


async def revoke(desk: Desk, number: int, me: str | None) -> int:
    """Takes one back."""
    async with desk.look() as view:
        actor = await actor_of(view, me)
    await change(desk, lambda link: feeds.revoke(link, number, actor))
    terminal().print(f"Feed {number} is revoked. Calendars that still ask for it are told so.")
    return DONE


async def _about(view: View, choice: Choice) -> tuple[Of, int]:
    if choice.person:
        return Of.PERSON, await person_named(view, choice.person)
    named = await schedule_named(view.link, choice.schedule or "")
    if choice.rotation is None:
        return Of.SCHEDULE, named.id
    return Of.ROTATION, rotation_named(view.directory.schedules[named.id], choice.rotation)


def _addresses(desk: Desk) -> Addresses:
    try:
        return Addresses(desk.settings.base_url, keys_of(desk.settings, make=False))
    except BadSetting as fault:
        raise Refused(str(fault)) from None


def _told(feed: Feed, ground: Ground, addresses: Addresses) -> FeedTold:
    name = feeds.title_of(feed, ground)
    return FeedTold(feed.id, feed.of, name, addresses.of(feed), feed.made_at, feed.used_at)
