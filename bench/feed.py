"""What a calendar program's question costs: a year of feed for a person in 20 rotations.

python -m bench.feed
"""

from datetime import UTC, date, datetime
from time import perf_counter

from watchbill.engine.duty.schedule import Edition, HandOff, Rotation, Schedule, Unit
from watchbill.oncall.calendars.render import render
from watchbill.oncall.feeds import Feed, Of, told
from watchbill.oncall.ground import Ground

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
PEOPLE = {number: f"person {number}" for number in range(1, 5)}
TIMES = 11


def ground() -> Ground:
    """Twenty schedules of four people who hand over each day."""
    schedules = {}
    for number in range(1, 21):
        rule = HandOff(Unit.DAY, date(2026, 1, 1), at=9 * 60)
        edition = Edition(0, "Europe/Madrid", rule, ((1,), (2,), (3,), (4,)))
        rotation = Rotation(number, "daily", (edition,))
        schedules[number] = Schedule(number, f"schedule {number}", 1, "Europe/Madrid", (rotation,), names=PEOPLE)
    return Ground(NOW, {}, {}, schedules)


def main() -> None:
    """Measures and tells."""
    there = ground()
    feed = Feed(1, Of.PERSON, 1, "", NOW)
    took = []
    body = b""
    for _ in range(TIMES):
        began = perf_counter()
        body = render("Person 1 on duty", told(feed, there), stamp=NOW)
        took.append(perf_counter() - began)
    took.sort()
    shifts = body.count(b"BEGIN:VEVENT")
    print(
        f"{shifts} shifts, {len(body) / 1024:.0f} KB: median {took[TIMES // 2] * 1000:.0f} ms, best {took[0] * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
