"""How a cover request stands: what is taken, what is left, and the word for it. Pure."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from watchbill.engine.duty.hours import Stretch, merged
from watchbill.engine.duty.schedule import Schedule
from watchbill.engine.duty.walls import moment_of
from watchbill.oncall.ground import Ground
from watchbill.oncall.preview import duty_of
from watchbill.oncall.when import shown_span


class State(StrEnum):
    """The first that holds."""

    WITHDRAWN = "withdrawn"  # by the asker, who has the duty that nobody took
    OVER = "over"
    OPEN = "open"  # nobody took any; the asker has the duty
    PART_TAKEN = "part taken"  # the asker has the duty that is left
    TAKEN = "taken"
    NEEDLESS = "needless"  # nobody took it, and the asker has no duty then any more


class Part(Struct, frozen=True):
    """What somebody took, as far as it was not given back."""

    person: int
    since: datetime
    until: datetime


class Cover(Struct, frozen=True):
    """A request. `schedule`: id, 0 for every one in which the asker has duty. `taken`: by its beginning. `declined`: people
    by id."""

    id: int
    asker: int
    schedule: int
    since: datetime
    until: datetime
    note: str
    source: str
    asked_at: datetime
    withdrawn_at: datetime | None
    taken: tuple[Part, ...]
    declined: tuple[int, ...]


def concerned(cover: Cover, ground: Ground) -> tuple[Schedule, ...]:
    """The schedules that it is about, whether or not the asker has duty in them then."""
    if not cover.schedule:
        return ground.schedules_of(cover.asker)
    return (ground.schedules[cover.schedule],) if cover.schedule in ground.schedules else ()


def left(cover: Cover, ground: Ground) -> list[Stretch]:
    """What may still be taken: the duty that the asker has, from now on."""
    if cover.withdrawn_at is not None:
        return []
    since = max(cover.since, ground.now)
    schedules = concerned(cover, ground)
    return merged(part for one in schedules for part in duty_of(cover.asker, one, since, cover.until))


def state_of(cover: Cover, ground: Ground) -> State:
    """How it stands now."""
    if cover.withdrawn_at is not None:
        return State.WITHDRAWN
    if cover.until <= ground.now:
        return State.OVER
    if left(cover, ground):
        return State.PART_TAKEN if cover.taken else State.OPEN
    return State.TAKEN if cover.taken else State.NEEDLESS


def moments(parts: list[Stretch]) -> tuple[tuple[datetime, datetime], ...]:
    """Stretches as datetimes, in UTC."""
    return tuple((moment_of(start), moment_of(end)) for start, end in parts)


def zone_of(cover: Cover, ground: Ground) -> str:
    """The zone in which it is told: that of the schedule it is about."""
    about = concerned(cover, ground)
    own = [one for one in about if duty_of(cover.asker, one, cover.since, cover.until)]
    return (own or list(about))[0].zone if about else "UTC"


def in_words(cover: Cover, ground: Ground, zone: str) -> str:
    """How it stands, in a sentence or two."""
    asker = ground.name(cover.asker)
    taken = "; ".join(f"{ground.name(one.person)} has {shown_span(one.since, one.until, zone)}" for one in cover.taken)
    declined = f" Declined by {_names(cover.declined, ground)}." if cover.declined else ""
    match state_of(cover, ground):
        case State.WITHDRAWN:
            return f"Withdrawn by {asker}; {taken}." if taken else f"Withdrawn by {asker}."
        case State.OVER:
            return f"Over; {taken}." if taken else f"Over; nobody took it, and {asker} had the duty."
        case State.OPEN:
            return f"Open: {asker} has the duty until somebody takes it.{declined}"
        case State.PART_TAKEN:
            return f"Part taken: {taken}. Left: {_spans(left(cover, ground), zone)}.{declined}"
        case State.TAKEN:
            return f"Taken: {taken}."
        case State.NEEDLESS:
            return f"Needless: {asker} has no duty then any more."


def _spans(parts: list[Stretch], zone: str) -> str:
    return " and ".join(shown_span(since, until, zone) for since, until in moments(parts))


def _names(people: tuple[int, ...], ground: Ground) -> str:
    each = [ground.name(person) for person in people]
    return " and ".join(filter(None, (", ".join(each[:-1]), each[-1])))
