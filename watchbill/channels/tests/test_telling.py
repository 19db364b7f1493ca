"""Notices, from the rota to the mail: planned by two nodes, told once, by a real mail server."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.acceptance.conftest import story
from tests.acceptance.story import Phone, Story
from tests.database import SECRET_KEY, Database
from tests.fakes.smtp import Smtp, SmtpFake
from watchbill.channels import telling
from watchbill.channels.contract import Outcome, Receipt
from watchbill.channels.telling import Teller
from watchbill.channels.tests.duty import DutyHouse, moment, told
from watchbill.engine.duty.schedule import OverrideKind
from watchbill.incidents.actions import Actor
from watchbill.oncall import outgoing
from watchbill.oncall.actions import cover, override
from watchbill.oncall.checks import Wish
from watchbill.oncall.models import Notice
from watchbill.oncall.models import Schedule as ScheduleRow
from watchbill.oncall.notices import Notices
from watchbill.oncall.tests.house import House
from watchbill.paging.models import PolicyTarget
from watchbill.people.models import ContactMethod, Person
from watchbill.runtime.database import Link
from watchbill.runtime.metrics import Metrics
from watchbill.runtime.seal import Seal

__all__ = ["story"]


@pytest.fixture
def smtp() -> Iterator[SmtpFake]:
    with SmtpFake() as smtp:
        yield smtp


@pytest.fixture
def chat() -> Phone:
    return Phone("chat")


@pytest.fixture
def duty(database: Database, smtp: SmtpFake, chat: Phone) -> Iterator[DutyHouse]:
    duty = DutyHouse(database, smtp, chat=chat)
    duty.cast()
    yield duty
    duty.close()


def states() -> list[tuple[str, str, int]]:
    return list(Notice.objects.order_by("id").values_list("kind", "state", "attempts"))


def due_in(duty: DutyHouse) -> float:
    """Seconds until the one notice is due again."""
    row = duty.database.link.execute("SELECT extract(epoch FROM due_at - app_now())::float8 FROM notice").fetchone()
    assert row is not None
    return float(row[0])


# What is told


def test_a_hand_off_reaches_both_once_whichever_node_plans_it__goalert_583(duty: DutyHouse, smtp: SmtpFake) -> None:
    duty.at("2026-11-30 07:00")
    duty.pass_time("2026-11-30 12:00")
    ((subject, body),) = told(smtp.mails, "Ana")
    assert subject == "Your duty in Primary begins at Mon 2026-11-30 09:00 CET"
    assert "You take over from Bo." in body
    ((subject, body),) = told(smtp.mails, "Bo")
    assert subject == "Your duty in Primary has ended"
    assert "On duty now: Ana." in body
    assert not told(smtp.mails, "Cy") and not told(smtp.mails, "Dora")
    assert states() == [("starts", "sent", 1), ("ends", "sent", 1)]


def test_a_node_that_starts_anew_tells_nothing_twice(duty: DutyHouse, smtp: SmtpFake) -> None:
    assert duty.plan("2026-11-30 08:40") == ["starts Ana"]
    duty.nodes = [Notices(duty.pool)]
    assert duty.plan("2026-11-30 08:55") == []
    assert duty.plan("2026-11-30 09:05") == ["ends Bo"]


def test_nodes_that_were_all_away_catch_the_last_hour_up(duty: DutyHouse) -> None:
    assert duty.plan("2026-11-30 09:20") == ["ends Bo", "starts Ana"]


def test_a_gap_reaches_the_owner_with_lead_and_again_until_it_is_filled(duty: DutyHouse, smtp: SmtpFake) -> None:
    duty.at("2026-11-28 09:00")
    duty.override("remove", "2026-12-01 18:00", "2026-12-01 22:00", by="Ana", instead_of="Ana")
    duty.pass_time("2026-11-28 17:50")
    assert told(smtp.mails, "Cy") == [], "three days before is soon enough"
    duty.pass_time("2026-11-28 18:30")
    assert [subject for subject, _ in told(smtp.mails, "Cy")] == [
        "Nobody is on duty in Primary from Tue 2026-12-01 18:00 CET"
    ]
    assert "Why: override by Ana takes Ana off duty." in told(smtp.mails, "Cy")[0][1]
    duty.pass_time("2026-11-30 18:30", step=timedelta(hours=1))
    assert len(told(smtp.mails, "Cy")) == 2, "and a day before"
    duty.override("add", "2026-12-01 18:00", "2026-12-01 22:00", by="Bo", person="Bo")
    duty.pass_time("2026-12-01 19:00", step=timedelta(hours=1))
    assert len(told(smtp.mails, "Cy")) == 2, "Bo has filled it"


def test_the_lead_of_a_gap_is_what_the_schedule_says(duty: DutyHouse) -> None:
    ScheduleRow.objects.update(gap_lead=7200)
    duty.at("2026-11-28 09:00")
    duty.override("remove", "2026-12-01 18:00", "2026-12-01 22:00", by="Ana", instead_of="Ana")
    assert duty.plan("2026-12-01 15:59") == []
    assert duty.plan("2026-12-01 16:00") == ["gap Cy"]


def test_a_lead_of_nothing_is_never(duty: DutyHouse) -> None:
    ScheduleRow.objects.update(gap_lead=0)
    duty.at("2026-11-28 09:00")
    duty.override("remove", "2026-12-01 18:00", "2026-12-01 22:00", by="Ana", instead_of="Ana")
    assert [told for told in duty.plan("2026-12-01 18:00") if told.startswith("gap")] == []


def test_a_gap_of_a_team_without_an_owner_is_told_to_its_responders(duty: DutyHouse) -> None:
    duty.database.link.execute("UPDATE membership SET role = 'observer' WHERE person_id = %s", [duty.ids["Cy"]])
    duty.at("2026-12-01 10:00")
    duty.override("remove", "2026-12-01 18:00", "2026-12-01 22:00", by="Ana", instead_of="Ana")
    assert duty.plan() == ["gap Ana", "gap Bo"]


def test_the_week_ahead_comes_on_sunday_evening_of_ones_own_zone__goalert_4190(duty: DutyHouse, smtp: SmtpFake) -> None:
    Person.objects.filter(name="Bo").update(time_zone="America/Chicago")
    assert duty.plan("2026-11-29 18:00") == ["week Ana"]
    assert duty.plan("2026-11-30 01:10") == ["week Bo"]
    duty.tell()
    ((subject, body),) = told(smtp.mails, "Bo")
    assert subject == "Your duty in the week ahead: once"
    assert "now, until Mon 2026-11-30 02:00 CST: Primary, 8 h" in body


def test_an_override_is_told_to_whom_it_concerns_and_when_it_is_taken_back(duty: DutyHouse, smtp: SmtpFake) -> None:
    duty.at("2026-11-30 12:00")
    wish = Wish(
        duty.schedule,
        OverrideKind.REPLACE,
        moment("2026-12-01 18:00"),
        moment("2026-12-01 22:00"),
        person=duty.ids["Bo"],
        instead_of=duty.ids["Ana"],
    )
    cy = Actor(duty.ids["Cy"], "test")
    made = duty.change(lambda link: override.add(link, wish, cy))
    assert duty.plan() == ["override Ana", "override Bo"]
    assert duty.plan("2026-11-30 12:01") == []
    duty.change(lambda link: override.remove(link, made.number, cy))
    assert duty.plan("2026-11-30 12:02") == ["override Ana", "override Bo"]
    assert duty.plan("2026-11-30 12:03") == []
    duty.tell()
    assert [subject for subject, _ in told(smtp.mails, "Ana")] == [
        "You are off duty in Primary, by an override",
        "An override in Primary was taken back",
    ]


def test_cover_is_asked_for_taken_and_given_back(duty: DutyHouse, smtp: SmtpFake) -> None:
    duty.at("2026-11-30 12:00")
    ana, bo = (Actor(duty.ids[name], "test") for name in ("Ana", "Bo"))
    ask = cover.Ask(duty.ids["Ana"], moment("2026-12-01 18:00"), moment("2026-12-01 22:00"), note="a play")
    request = duty.change(lambda link: cover.ask(link, ask, ana))
    assert duty.plan() == ["cover Bo", "cover Cy"]
    taken = duty.change(lambda link: cover.take(link, request.number, bo, until=moment("2026-12-01 20:00")))
    assert duty.plan("2026-11-30 12:01") == ["cover Ana"]
    duty.change(lambda link: override.remove(link, taken.overrides[0], bo))
    assert duty.plan("2026-11-30 12:02") == ["override Ana", "override Bo"]
    assert duty.plan("2026-11-30 12:03") == []
    duty.tell()
    (asked, _) = told(smtp.mails, "Bo")
    assert asked[0] == "Ana asks for cover in Primary" and "a play" in asked[1]
    assert [subject for subject, _ in told(smtp.mails, "Ana")] == [
        "Bo takes your cover",
        "An override in Primary was taken back",
    ]
    assert "Still yours: Tue 2026-12-01 20:00–22:00 CET, 2 h." in told(smtp.mails, "Ana")[0][1]


def test_a_schedule_that_is_removed_ends_duty_and_is_no_gap(duty: DutyHouse) -> None:
    duty.at("2026-12-01 12:00")
    ScheduleRow.objects.update(removed_at=moment("2026-12-01 12:00"))
    assert duty.plan("2026-12-01 12:01") == ["ends Ana"]
    assert duty.plan("2026-12-01 12:30") == []


def test_one_schedule_that_cannot_be_reckoned_holds_no_other_up(duty: DutyHouse) -> None:
    duty.database.link.execute("UPDATE schedule SET time_zone = 'Mars/Olympus', hours = '[]'")
    broken = ScheduleRow.objects.get()
    duty.second_schedule("Second")
    assert broken.time_zone == "Mars/Olympus"
    assert duty.plan("2026-11-30 08:40") == ["starts Ana"]


def test_whose_zone_is_not_known_here_is_told_in_utc(duty: DutyHouse, smtp: SmtpFake) -> None:
    Person.objects.filter(name="Ana").update(time_zone="Mars/Olympus")
    duty.plan("2026-11-30 08:40")
    duty.tell()
    assert told(smtp.mails, "Ana")[0][0].endswith("at Mon 2026-11-30 08:00 UTC")


# How it is told


def test_people_are_told_where_they_want_what_is_not_urgent(duty: DutyHouse, smtp: SmtpFake, chat: Phone) -> None:
    duty.method("Ana", "chat", low=True)
    duty.method("Bo", "chat")
    duty.plan("2026-11-30 09:05")
    duty.tell()
    assert [notice.person for notice in chat.noticed] == ["Ana"]
    assert len(told(smtp.mails, "Bo")) == 1, "mail is quieter than a chat that nobody has asked for"


def test_a_server_that_is_busy_is_asked_again_later(duty: DutyHouse, smtp: SmtpFake) -> None:
    smtp.behave(Smtp.REFUSE_LATER_AT_RCPT, Smtp.REFUSE_LATER_AT_RCPT, then=Smtp.NORMAL)
    duty.plan("2026-11-30 08:40")
    duty.tell()
    assert states() == [("starts", "due", 1)]
    assert due_in(duty) == pytest.approx(5, abs=1)
    duty.database.move_clock(seconds=6)
    duty.tell()
    assert due_in(duty) == pytest.approx(10, abs=1)
    duty.database.move_clock(seconds=11)
    duty.tell()
    assert states() == [("starts", "sent", 3)]
    assert len(told(smtp.mails, "Ana")) == 1


def test_after_hours_it_is_given_up_with_what_was_said(duty: DutyHouse, smtp: SmtpFake) -> None:
    smtp.behave(Smtp.REFUSE_LATER_AT_RCPT)
    duty.plan("2026-11-30 08:40")
    for _ in range(24):
        duty.tell()
        duty.database.move_clock(minutes=31)
    (notice,) = Notice.objects.all()
    assert (notice.state, notice.due_at) == ("failed", None)
    assert "450" in notice.detail
    assert notice.settled_at - notice.created_at < timedelta(hours=7)
    assert duty.change(outgoing.backlog) == outgoing.Backlog(due=0, failed_last_day=1)


def test_what_one_way_refuses_for_good_goes_another(duty: DutyHouse, smtp: SmtpFake, chat: Phone) -> None:
    smtp.behave(Smtp.REFUSE_AT_RCPT)
    duty.method("Ana", "chat")
    duty.plan("2026-11-30 08:40")
    duty.tell()
    assert [notice.person for notice in chat.noticed] == ["Ana"]
    assert states() == [("starts", "sent", 1)]


def test_where_every_way_refuses_it_is_given_up_at_once(duty: DutyHouse, smtp: SmtpFake) -> None:
    smtp.behave(Smtp.REFUSE_AT_RCPT)
    duty.plan("2026-11-30 08:40")
    duty.tell()
    assert states() == [("starts", "failed", 1)]
    assert "550" in Notice.objects.get().detail


def test_who_left_before_it_was_told_is_not_told(duty: DutyHouse, smtp: SmtpFake) -> None:
    duty.plan("2026-11-30 08:40")
    Person.objects.filter(name="Ana").update(active=False)
    duty.tell()
    assert states() == [("starts", "failed", 1)]
    assert not smtp.mails


def test_whoever_has_no_method_any_more_is_a_failure_that_says_so(duty: DutyHouse) -> None:
    duty.plan("2026-11-30 08:40")
    ContactMethod.objects.filter(person__name="Ana").update(enabled=False)
    duty.tell()
    assert Notice.objects.get().detail == "The person has no contact method that is switched on."


def test_a_node_that_dies_while_it_tells_leaves_it_to_another_and_writes_nothing_later(
    duty: DutyHouse, smtp: SmtpFake
) -> None:
    duty.plan("2026-11-30 08:40")
    dead, alive = duty.tellers
    (claimed,) = duty.run(dead.claim(after=0, most=10)).messages
    assert duty.run(alive.claim(after=0, most=10)).messages == ()
    duty.database.move_clock(seconds=61)
    (again,) = duty.run(alive.claim(after=0, most=10)).messages
    assert (claimed.attempt, again.attempt) == (1, 2)
    smtp.behave(Smtp.REFUSE_AT_RCPT)
    duty.run(dead.send(claimed))
    assert states() == [("starts", "due", 2)], "the claim has passed on"
    smtp.behave(Smtp.NORMAL)
    duty.run(alive.send(again))
    assert states() == [("starts", "sent", 2)]


def test_what_one_node_is_claiming_holds_no_other_up(duty: DutyHouse) -> None:
    async def both(link: Link) -> tuple[int, int]:
        """The second claims while the first has not committed."""
        first = await outgoing.claim(link, most=1)
        async with duty.pool.transaction() as other:
            second = await outgoing.claim(other, most=10)
        return len(first), len(second)

    duty.plan("2026-11-30 09:05")
    assert len(states()) == 2
    assert duty.change(both) == (1, 1)


def test_two_nodes_that_plan_at_the_same_moment_write_each_notice_once(duty: DutyHouse) -> None:
    async def both() -> list[int]:
        return await asyncio.gather(*(node.once() for node in duty.nodes))

    duty.at("2026-11-30 09:05")
    assert sum(duty.run(both())) == len(states()) == 2


def test_cover_that_was_given_back_before_anybody_heard_of_it_is_not_said_to_be_taken(duty: DutyHouse) -> None:
    duty.at("2026-11-30 12:00")
    ana, bo = (Actor(duty.ids[name], "test") for name in ("Ana", "Bo"))
    ask = cover.Ask(duty.ids["Ana"], moment("2026-12-01 18:00"), moment("2026-12-01 22:00"))
    request = duty.change(lambda link: cover.ask(link, ask, ana))
    taken = duty.change(lambda link: cover.take(link, request.number, bo))
    duty.change(lambda link: override.remove(link, taken.overrides[0], bo))
    assert duty.plan() == ["cover Cy", "override Ana", "override Bo"]


def test_an_adapter_that_breaks_is_tried_again(duty: DutyHouse, chat: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(notice: object) -> Receipt:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(chat, "tell", breaks)
    duty.method("Ana", "chat", low=True)
    duty.plan("2026-11-30 08:40")
    duty.tell()
    assert states() == [("starts", "due", 1)]
    assert Notice.objects.get().detail == "A fault of Watchbill's own: RuntimeError"


def test_an_adapter_that_hangs_is_given_up_and_tried_again(
    duty: DutyHouse, chat: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(notice: object) -> Receipt:
        await asyncio.Event().wait()
        raise AssertionError("Nobody sets it.")

    monkeypatch.setattr(telling, "SEND_AT_MOST", 0.05)
    monkeypatch.setattr(chat, "tell", hangs)
    duty.method("Ana", "chat", low=True)
    duty.plan("2026-11-30 08:40")
    duty.tell()
    assert states() == [("starts", "due", 1)]


def test_who_shadows_is_told_of_an_incident_and_where_it_is(story: Story) -> None:
    """The row is written by the road itself, with the page that it goes beside."""
    rota = House(story.cast())
    schedule = rota.rota(shadows=("Cy",))
    PolicyTarget.objects.filter(policy__name="Payments", step__position=0).update(person=None, schedule=schedule)
    story._configured()
    story.alert("db-1 is down")
    story.expect_page("Bo")
    teller = Teller(
        story.phones,
        database=story._pool,
        seal=Seal((SECRET_KEY,)),
        show=lambda incident: f"https://watchbill.example/incidents/{incident}",
        metrics=Metrics(),
    )
    (claimed,) = story._run(teller.claim(after=0, most=10)).messages
    story._run(teller.send(claimed))
    (notice,) = story.phones["sms"].noticed
    assert (notice.person, notice.kind, notice.url) == ("Cy", "shadow", "https://watchbill.example/incidents/1")
    assert notice.subject == "You shadow incident #1: db-1 is down"
    assert states() == [("shadow", "sent", 1)]


def test_the_database_that_is_away_at_the_end_lets_it_be_told_again(duty: DutyHouse, smtp: SmtpFake) -> None:
    duty.plan("2026-11-30 08:40")
    (claimed,) = duty.run(duty.tellers[0].claim(after=0, most=10)).messages
    duty.run(duty.pool.close())
    assert duty.run(duty.tellers[0].send(claimed)) is False
    assert states() == [("starts", "due", 1)]


def test_attempts_are_counted_for_prometheus(duty: DutyHouse, smtp: SmtpFake) -> None:
    duty.plan("2026-11-30 08:40")
    duty.tell()
    labels = {"channel": "email", "outcome": str(Outcome.ACCEPTED)}
    assert duty.metrics.registry.get_sample_value("watchbill_notice_attempts_total", labels) == 1


def test_fewer_notices_are_told_at_once_than_mail_has_connections(duty: DutyHouse) -> None:
    assert telling.WIDTH < 4
