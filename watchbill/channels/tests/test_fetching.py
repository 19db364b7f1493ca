"""Calendars of elsewhere, from a real server into a real database: what is on duty, what is told when it cannot be read."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.acceptance.story import Story
from tests.asking import story
from tests.database import SECRET_KEY
from tests.fakes import http
from tests.fakes.http import HttpFake
from watchbill.channels.addresses import Walls
from watchbill.channels.egress import Egress
from watchbill.channels.fetching import Fetcher
from watchbill.oncall import subscriptions
from watchbill.oncall.models import Calendar, CoverRequest, Rotation
from watchbill.oncall.tests.house import House
from watchbill.paging.models import PolicyTarget
from watchbill.people.models import Person
from watchbill.runtime.seal import Seal

__all__ = ["story"]

SEAL = Seal((SECRET_KEY,))


def ics(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//elsewhere//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", *event.splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


ANA_TODAY = "SUMMARY:On call: Ana\nDTSTART;TZID=Europe/Madrid:20261122T000000\nDTEND;TZID=Europe/Madrid:20261123T000000"
BO_TOMORROW = "SUMMARY:Bo\nDTSTART;VALUE=DATE:20261123\nRRULE:FREQ=DAILY;COUNT=3"


class World:
    """A house with a rota that is kept in a calendar elsewhere, and one node that asks for it."""

    def __init__(self, story: Story, web: HttpFake) -> None:
        self.story = story
        self.web = web
        self.house = House(story.cast())
        self.schedule = self.house.rota(people=())
        self.egress = Egress(Walls(allow_loopback=True), ports=frozenset({web.port}))
        self.fetcher = Fetcher(story._pool, self.egress, SEAL)

    def subscribe(self, **of) -> Calendar:
        """To /rota.ics, asked for from now on."""
        settings = {"url": SEAL.seal(f"{self.web.url}/rota.ics")}
        return Calendar.objects.create(settings=settings, next_at=self.story.now, **of)

    def of_the_rotation(self) -> Calendar:
        """The rotation's shifts come from there."""
        return self.subscribe(rotation=Rotation.objects.get())

    def turn(self, *, minutes: int = 0) -> int:
        """So many minutes later, the node looks; answers how many calendars were due."""
        self.story.database.set_clock(self.story.now + timedelta(minutes=minutes))
        return self.story._run(self.fetcher.once())


@pytest.fixture
def world(story: Story) -> Iterator[World]:
    """It is Sunday 2026-11-22, 03:00 in Madrid."""
    with HttpFake() as web:
        world = World(story, web)
        yield world
        story._run(world.egress.close())


def test_a_teams_calendar_says_who_is_on_duty(world: World):
    calendar = world.of_the_rotation()
    world.web.behave(http.status(200, ics(ANA_TODAY, BO_TOMORROW)))
    before = world.house.version()
    assert world.turn() == 1
    assert [world.house.duty(f"2026-11-{day} 12:00") for day in (21, 22, 23, 25, 26)] == [
        [],
        ["Ana"],
        ["Bo"],
        ["Bo"],
        [],
    ]
    line = world.house.timeline("2026-11-22 12:00", "2026-11-22 13:00", world.schedule)
    assert line.shifts[0].source == "the calendar of rotation Daily"
    assert world.house.version() == before + 1
    calendar.refresh_from_db()
    assert (calendar.fault, calendar.problems, calendar.fetched_at) == ("", [], world.story.now)


def test_whoever_the_calendar_names_is_paged(world: World):
    world.of_the_rotation()
    world.web.behave(http.status(200, ics(ANA_TODAY.replace("Ana", "Bo"))))
    world.turn()
    PolicyTarget.objects.filter(policy__name="Payments", step__position=0).update(person=None, schedule=world.schedule)
    world.story._configured()
    world.story.alert("db-1 is down")
    world.story.expect_page("Bo")


def test_it_is_asked_again_in_a_quarter_of_an_hour_and_nothing_new_wakes_no_node(world: World):
    world.of_the_rotation()
    world.web.behave(http.status(200, ics(ANA_TODAY)))
    world.turn()
    version = world.house.version()
    assert world.turn(minutes=14) == 0
    assert world.turn(minutes=2) == 1
    assert len(world.web.requests) == 2
    assert world.house.version() == version


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (http.status(404), "404"),
        (http.status(200, b"<html>Sign in</html>"), "not iCalendar"),
        (http.status(200, b"x" * (11 * 1024 * 1024)), "10,485,760 bytes"),
        (http.close_after_reading(), "closed the connection"),
        (http.redirect("http://127.0.0.1:1/elsewhere"), "redirects are not followed"),
    ],
    ids=["gone", "a page", "too long", "closed", "moved"],
)
def test_what_cannot_be_read_keeps_the_last_good_copy(world: World, answer, fault):
    calendar = world.of_the_rotation()
    world.web.behave(http.status(200, ics(ANA_TODAY)))
    world.turn()
    read_at = world.story.now
    world.web.behave(answer)
    assert world.turn(minutes=20) == 1
    calendar.refresh_from_db()
    assert fault in calendar.fault
    assert calendar.fetched_at == read_at
    assert world.house.duty("2026-11-22 12:00") == ["Ana"]
    world.web.behave(http.status(200, ics(ANA_TODAY)))
    world.turn(minutes=20)
    calendar.refresh_from_db()
    assert (calendar.fault, calendar.fetched_at) == ("", world.story.now)


def test_an_event_that_is_nobodys_is_told_and_loses_no_other(world: World):
    calendar = world.of_the_rotation()
    world.web.behave(http.status(200, ics(ANA_TODAY, BO_TOMORROW.replace("SUMMARY:Bo", "SUMMARY:Zoe"))))
    world.turn()
    calendar.refresh_from_db()
    assert calendar.problems == ["Event 'Zoe': it names nobody who is known here, by address or by name."]
    assert world.house.duty("2026-11-22 12:00") == ["Ana"]


def test_two_nodes_ask_once(world: World):
    world.of_the_rotation()
    world.web.behave(http.status(200, ics(ANA_TODAY)))
    other = Fetcher(world.story._pool, world.egress, SEAL)
    assert (world.turn(), world.story._run(other.once())) == (1, 0)


def test_who_is_out_of_office_asks_for_cover_of_the_duty_in_it_once(world: World):
    world.house.rota("Nights", ("Ana", "Bo"))
    world.subscribe(person=Person.objects.get(name="Ana"))
    away = "SUMMARY:Vacation\nDTSTART;VALUE=DATE:20261124\nDTEND;VALUE=DATE:20261127"
    dinner = "SUMMARY:Dinner\nDTSTART:20261124T190000Z\nDTEND:20261124T210000Z"
    world.web.behave(http.status(200, ics(away, dinner)))
    world.turn()
    world.turn(minutes=20)
    (request,) = CoverRequest.objects.all()
    assert (request.asker.name, request.note) == ("Ana", "Vacation")
    assert world.house.duty("2026-11-24 12:00", schedule=request.schedule_id or world.schedule + 1) == ["Ana"]


def test_who_has_no_duty_while_away_asks_for_nothing(world: World):
    world.subscribe(person=Person.objects.get(name="Cy"))
    world.web.behave(http.status(200, ics("SUMMARY:Vacation\nDTSTART;VALUE=DATE:20261124\nDTEND;VALUE=DATE:20261127")))
    world.turn()
    assert not CoverRequest.objects.exists()


def test_what_an_address_said_that_was_changed_meanwhile_is_not_kept(world: World):
    calendar = world.of_the_rotation()
    world.web.behave(http.status(200, ics(ANA_TODAY)))
    due = world.story._run(_claimed(world))
    Calendar.objects.update(settings={"url": SEAL.seal(f"{world.web.url}/other.ics")}, next_at=world.story.now)
    world.story._run(world.fetcher._refresh(*due))
    calendar.refresh_from_db()
    assert (calendar.shifts, calendar.fetched_at, calendar.next_at) == ([], None, world.story.now)


def test_the_calendar_of_a_rotation_that_was_taken_away_is_asked_for_no_more(world: World):
    world.of_the_rotation()
    Rotation.objects.update(removed_at=world.story.now)
    assert world.turn() == 0


async def _claimed(world: World):
    async with world.story._pool.transaction() as link:
        (one,) = await subscriptions.claim(link, most=5)
        return one, await subscriptions.names(link)
