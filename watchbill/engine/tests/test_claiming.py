"""Which due pages of one contact method are told now, and how."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchbill.engine.case import Ladder, Paging
from watchbill.engine.claiming import DuePage, claim
from watchbill.engine.reasons import Reason
from watchbill.engine.tests.build import ANA, BO, at
from watchbill.engine.tests.profile import BOUNDED
from watchbill.engine.words import Severity, Status, Urgency

WAKING_ANA = Ladder(0, 0, at(300), (Paging(ANA, at(0)),))
NOW = 7200.0  # seconds; pages of `age` 0 were just written


def due(id: int, *, age: float = 0, low: bool = False, severity: Severity = Severity.CRITICAL, **changes) -> DuePage:  # noqa: A002 - reads as the field
    """A page to Ana that is due, `age` seconds old."""
    fields = {"status": Status.TRIGGERED, "ladder": WAKING_ANA, "incident": id, "person": ANA, **changes}
    urgency = Urgency.LOW if low else Urgency.HIGH
    return DuePage(id=id, urgency=urgency, severity=severity, created_at=at(NOW - age), **fields)


def claimed(*pages: DuePage, per_minute: int | None = 5, paced: float | None = None):
    """The batch, with the pace in seconds after now."""
    paced_until = None if paced is None else at(NOW + paced)
    return claim(pages, per_minute=per_minute, paced_until=paced_until, now=at(NOW))


def seconds(time) -> float:
    return (time - at(NOW)).total_seconds()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": Status.ACKNOWLEDGED}, Reason.PAGE_SUPPRESSED_ACKNOWLEDGED),
        ({"status": Status.RESOLVED}, Reason.PAGE_SUPPRESSED_RESOLVED),
        ({"reached": False}, Reason.PAGE_SUPPRESSED_METHOD_GONE),
        ({"ladder": Ladder(1, 0, at(300), (Paging(BO, at(0)),))}, Reason.PAGE_SUPPRESSED_NOT_THEIRS),
        ({"ladder": Ladder()}, Reason.PAGE_SUPPRESSED_NOT_THEIRS),
        # the first that holds is said
        ({"status": Status.ACKNOWLEDGED, "reached": False, "ladder": Ladder()}, Reason.PAGE_SUPPRESSED_ACKNOWLEDGED),
    ],
)
@pytest.mark.parametrize("per_minute", [5, None])
def test_what_is_not_sent_and_why(changes, why, per_minute):
    batch = claimed(due(1, **changes), due(2), per_minute=per_minute)
    assert (batch.sends, batch.suppressed, batch.held) == (((2,),), ((1, why),), ())


@pytest.mark.parametrize(
    ("pages", "sends"),
    [
        ([], ()),
        ([due(1), due(2), due(3)], ((1,), (2,), (3,))),
        ([due(1), due(2), due(3), due(4)], ((1, 2, 3, 4),)),  # from four on they are told as one
        # the first things first: urgent, then bad, then new
        (
            [
                due(1, low=True),
                due(2, severity=Severity.ERROR),
                due(3, age=60),
                due(4, age=30),
            ],
            ((4, 3, 2, 1),),
        ),
        # old and not urgent: one digest, from two on, behind the rest
        ([due(1, low=True, age=1801), due(2, low=True, age=9999), due(3)], ((3,), (1, 2))),
        ([due(1, low=True, age=1801), due(3)], ((3,), (1,))),
        ([due(1, low=True, age=1800), due(2, low=True, age=1800)], ((1,), (2,))),  # half an hour is not old yet
        # urgent and old is never folded for its age
        ([due(1, age=99999), due(2, age=99999)], ((1,), (2,))),
        # four that are new and two that are old: two messages
        ([due(n) for n in (1, 2, 3, 4)] + [due(n, low=True, age=1801) for n in (5, 6)], ((1, 2, 3, 4), (5, 6))),
    ],
)
def test_what_is_told_together(pages, sends):
    batch = claimed(*pages)
    assert (batch.sends, batch.suppressed, batch.held, batch.held_until) == (sends, (), (), None)


def test_a_machine_gets_each_page_by_itself_and_has_no_pace():
    batch = claimed(*[due(n) for n in range(1, 8)], per_minute=None)
    assert sorted(batch.sends) == [(n,) for n in range(1, 8)]


@pytest.mark.parametrize(
    ("per_minute", "paced", "sends", "held", "held_until", "then"),
    [
        (5, None, [(1,), (2,), (3,)], (), None, 36),
        (5, -999, [(1,), (2,), (3,)], (), None, 36),  # a pace of long ago
        (5, 24, [(1,), (2,), (3,)], (), None, 60),  # just as many as there is room for
        (5, 36, [(1,), (2, 3)], (), None, 60),  # the last message takes in what has no room
        (5, 48, [(1, 2, 3)], (), None, 60),
        (5, 49, [], (1, 2, 3), 1, 49),  # no room: held until there is
        (5, 60, [], (1, 2, 3), 12, 60),
        (5, 3600, [], (1, 2, 3), 12, 60),  # the clock was set back: not held for an hour
        (1, None, [(1, 2, 3)], (), None, 60),
        (1, 0.001, [], (1, 2, 3), 0.001, 0.001),
        (1, 60, [], (1, 2, 3), 60, 60),
        (2, None, [(1,), (2, 3)], (), None, 60),
        (7, None, [(1,), (2,), (3,)], (), None, 25.714284),  # a minute that seven do not divide
    ],
)
def test_the_pace(per_minute, paced, sends, held, held_until, then):
    batch = claimed(due(1, age=1), due(2, age=2), due(3, age=3), per_minute=per_minute, paced=paced)
    assert (list(batch.sends), batch.held) == (sends, held)
    assert (None if batch.held_until is None else seconds(batch.held_until)) == held_until
    assert seconds(batch.paced_until) == then


def test_nothing_to_hold_is_not_held():
    assert claimed(per_minute=1, paced=60).held_until is None


def test_urgent_pages_that_keep_coming_do_not_starve_one_that_can_wait():
    """One urgent page a minute, just as the pace allows one message a minute."""
    waiting, paced, told = {1: due(1, low=True)}, None, set()
    for minute in range(3):
        waiting[2 + minute] = due(2 + minute)
        now = at(NOW + minute * 60)
        batch = claim(tuple(waiting.values()), per_minute=1, paced_until=paced, now=now)
        paced = batch.paced_until
        told |= {page for send in batch.sends for page in send}
        waiting = {page: one for page, one in waiting.items() if page not in told}
    assert 1 in told
    assert waiting == {}


PAGES = st.builds(
    due,
    st.just(0),
    age=st.sampled_from([0, 1, 1799, 1800, 1801, 10**6]),
    low=st.booleans(),
    severity=st.sampled_from(Severity),
    status=st.sampled_from([Status.TRIGGERED] * 5 + [Status.ACKNOWLEDGED, Status.RESOLVED]),
    reached=st.sampled_from([True] * 5 + [False]),
    ladder=st.sampled_from([WAKING_ANA] * 5 + [Ladder()]),
)


def numbered(pages: list[DuePage]) -> list[DuePage]:
    return [replace(page, id=number) for number, page in enumerate(pages, start=1)]


@BOUNDED
@given(
    pages=st.lists(PAGES, max_size=12).map(numbered),
    per_minute=st.one_of(st.none(), st.integers(1, 60)),
    paced=st.one_of(st.none(), st.floats(-100, 100)),
)
def test_every_page_is_sent_held_or_suppressed_exactly_once(pages, per_minute, paced):
    batch = claimed(*pages, per_minute=per_minute, paced=paced)
    said = [page for send in batch.sends for page in send]
    said += [page for page, _ in batch.suppressed] + list(batch.held)
    assert sorted(said) == [page.id for page in pages]
    assert all(batch.sends)
    if per_minute is not None:
        assert len(batch.sends) <= per_minute
        assert at(NOW) <= batch.paced_until <= at(NOW) + timedelta(minutes=1)
    assert not (batch.sends and batch.held)
    assert (batch.held_until is not None) is bool(batch.held)


@BOUNDED
@given(
    arrivals=st.lists(st.tuples(st.integers(0, 300_000).map(lambda ms: ms / 1000), PAGES), max_size=12),
    per_minute=st.integers(1, 7),
)
def test_nothing_is_held_for_longer_than_the_pace_asks(arrivals, per_minute):
    """A recipient over five minutes: pages come, what is held comes back when it was said to."""
    each = 60 / per_minute
    pages = numbered([page for _, page in arrivals])
    coming = [(time, page) for (time, _), page in zip(arrivals, pages, strict=True)]
    arrived = {page.id: time for time, page in coming}
    waiting: list[tuple[float, DuePage]] = list(coming)
    paced, sent = None, []
    while waiting:
        now = min(time for time, _ in waiting)
        here = [page for time, page in waiting if time <= now]
        batch = claim(here, per_minute=per_minute, paced_until=paced, now=at(NOW + now))
        paced = batch.paced_until
        sent += [now] * len(batch.sends)
        for send in batch.sends:
            assert all(now - arrived[page] <= each + 0.001 for page in send)
        held = {page.id for page in here if page.id in batch.held}
        waiting = [(time, page) for time, page in waiting if time > now]
        if held:
            assert batch.held_until is not None
            again = (batch.held_until - at(NOW)).total_seconds()
            assert again > now
            waiting += [(again, page) for page in here if page.id in held]
    for begin in sent:  # `per_minute` at once, and as many in the minute that follows
        assert sum(begin <= time < begin + 60 for time in sent) <= 2 * per_minute
