"""Feeds, as a calendar program asks for them: real rows, the real view."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, override_settings
from icalendar import Calendar

from tests.acceptance.story import Story
from watchbill.oncall import feeds, views
from watchbill.oncall.feeds import Addresses, Feed, Of
from watchbill.oncall.models import Rotation
from watchbill.oncall.refusal import Refused
from watchbill.oncall.tests.house import House
from watchbill.oncall.views import FeedDesk

ADDRESSES = Addresses("https://pager.example.org/", ("new " * 10, "old " * 10))


@pytest.fixture
def rota(house: House) -> Iterator[House]:
    """The house, with a node that serves its feeds."""
    views.use(FeedDesk(house.story._pool, ADDRESSES))
    with override_settings(ROOT_URLCONF="watchbill.oncall.urls", ALLOWED_HOSTS=["*"]):
        yield house
    views.use(None)


def made(rota: House, of: Of, about: int) -> Feed:
    return rota.do(lambda link: feeds.make(link, of, about, rota.actor()))


def asked(rota: House, address: str, **headers: str) -> HttpResponse:
    path = address.removeprefix("https://pager.example.org")
    return rota.story._run(AsyncClient().get(path, headers=headers))


def events(response: HttpResponse) -> list[tuple[str, str]]:
    """What comes first: title and beginning."""
    found = sorted(Calendar.from_ical(response.content).walk("VEVENT"), key=lambda event: event["DTSTART"].dt)
    return [(str(event["SUMMARY"]), f"{event['DTSTART'].dt:%m-%d %H:%M}") for event in found]


def test_a_persons_feed_has_that_persons_duty_a_month_back_and_a_year_ahead(rota: House):
    response = asked(rota, ADDRESSES.of(made(rota, Of.PERSON, rota.id("Ana"))))
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    found = events(response)
    assert found[:2] == [("On duty: Primary", "10-01 07:00"), ("On duty: Primary", "10-03 07:00")]
    assert 210 < len(found) < 215


def test_a_schedules_feed_names_everybody_and_its_overrides(rota: House):
    rota.add("replace", "2026-11-24 18:00", "2026-11-24 22:00", person="Bo", instead_of="Ana")
    found = events(asked(rota, ADDRESSES.of(made(rota, Of.SCHEDULE, Rotation.objects.get().schedule_id))))
    at = found.index(("Bo: Primary", "11-24 17:00"))
    assert found[at - 1 : at + 2] == [
        ("Ana: Primary", "11-24 08:00"),
        ("Bo: Primary", "11-24 17:00"),
        ("Ana: Primary", "11-24 21:00"),
    ]


def test_a_rotations_feed_is_of_that_rotation_alone(rota: House):
    rota.rota(people=("Cy",), rotation="Weekends")
    weekends = Rotation.objects.get(name="Weekends")
    found = events(asked(rota, ADDRESSES.of(made(rota, Of.ROTATION, weekends.id))))
    assert {title for title, _ in found} == {"Cy: Primary"}


def test_the_same_calendar_is_not_sent_twice(rota: House):
    address = ADDRESSES.of(made(rota, Of.PERSON, rota.id("Ana")))
    first = asked(rota, address)
    again = asked(rota, address, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    rota.add("remove", "2026-11-24 18:00", "2026-11-24 22:00", instead_of="Ana")
    assert asked(rota, address, if_none_match=first["ETag"]).status_code == 200


def test_an_hour_later_it_is_the_same_calendar(rota: House):
    rota.rota("Alone", ("Ana",))
    address = ADDRESSES.of(made(rota, Of.PERSON, rota.id("Ana")))
    first = asked(rota, address)
    rota.story.at("2026-11-24 17:31")
    assert asked(rota, address, if_none_match=first["ETag"]).status_code == 304


def test_an_address_that_was_taken_back_says_so(rota: House):
    feed = made(rota, Of.PERSON, rota.id("Ana"))
    rota.do(lambda link: feeds.revoke(link, feed.id, rota.actor()))
    response = asked(rota, ADDRESSES.of(feed))
    assert response.status_code == 410
    assert b"taken back" in response.content
    with pytest.raises(Refused, match="revoked already"):
        rota.do(lambda link: feeds.revoke(link, feed.id, rota.actor()))


def test_of_somebody_who_has_left_there_is_nothing_more(rota: House):
    feed = made(rota, Of.PERSON, rota.id("Ana"))
    rota.story.switch_off("Ana")
    assert asked(rota, ADDRESSES.of(feed)).status_code == 410


def test_an_old_key_still_reads_and_another_does_not(rota: House):
    feed = made(rota, Of.PERSON, rota.id("Ana"))
    assert asked(rota, Addresses("https://pager.example.org", ("old " * 10,)).of(feed)).status_code == 200
    assert asked(rota, Addresses("https://pager.example.org", ("other " * 10,)).of(feed)).status_code == 404


@pytest.mark.parametrize("token", ["1", "1-", "x-y", "-", "0-AAAA", "999999999999999999999-AAAA", "1-ÄÖ", "²-AAAA"])
def test_no_other_address_leads_anywhere(rota: House, token: str):
    made(rota, Of.PERSON, rota.id("Ana"))
    assert asked(rota, f"/feeds/{token}.ics").status_code == 404


def test_each_feed_has_its_own_signature(rota: House):
    one, other = (made(rota, Of.PERSON, rota.id("Ana")) for _ in range(2))
    stolen = ADDRESSES.of(one).replace(f"/{one.id}-", f"/{other.id}-")
    assert asked(rota, stolen).status_code == 404


def test_without_a_node_it_is_later(story: Story):
    views.use(None)
    with override_settings(ROOT_URLCONF="watchbill.oncall.urls", ALLOWED_HOSTS=["*"]):
        response = story._run(AsyncClient().get("/feeds/1-AAAA.ics"))
    assert (response.status_code, response["Retry-After"]) == (503, "60")


@pytest.mark.parametrize(("of", "about"), [(Of.PERSON, 99), (Of.SCHEDULE, 99), (Of.ROTATION, 99)])
def test_there_is_no_feed_of_what_is_not_there(rota: House, of: Of, about: int):
    with pytest.raises(Refused, match="There is no"):
        made(rota, of, about)


def test_whose_feed_it_is_and_who_may_take_it_back(rota: House):
    with pytest.raises(Refused, match="is made by Ana"):
        rota.do(lambda link: feeds.make(link, Of.PERSON, rota.id("Ana"), rota.actor("Cy")))
    feed = rota.do(lambda link: feeds.make(link, Of.PERSON, rota.id("Ana"), rota.actor("Ana")))
    with pytest.raises(Refused, match="not yours"):
        rota.do(lambda link: feeds.revoke(link, feed.id, rota.actor("Cy")))
    rota.do(lambda link: feeds.revoke(link, feed.id, rota.actor("Ana")))
