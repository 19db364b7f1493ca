"""Alerts: repeated, grouped, muted, worsened, ended."""

from django.db import transaction

from tests.acceptance.story import Story
from watchbill.engine.facts import Acknowledged, Resolved
from watchbill.engine.reasons import Reason
from watchbill.engine.words import Grouping
from watchbill.incidents.models import Alert, Incident, MaintenanceWindow
from watchbill.incidents.muted import reconsider_muted


def test_a_repeated_alert_is_one_alert_and_pages_nobody_again(story: Story) -> None:
    story.cast().alert("db-1 is down", key="db-1")
    story.expect_page("Ana")
    for _ in range(3):
        assert story.alert("db-1 is down", key="db-1").reason is Reason.ALERT_REPEATED
    story.expect_no_page()
    assert (Alert.objects.get().count, Incident.objects.count()) == (4, 1)


def test_a_repeated_alert_says_something_new_and_that_is_kept(story: Story) -> None:
    story.cast().alert("80 % full", key="disk", severity="warning")
    story.alert("90 % full", key="disk", severity="warning")
    assert (Alert.objects.get().summary, story.incident().title) == ("90 % full", "80 % full")


def test_an_alert_that_becomes_worse_wakes_people(story: Story) -> None:
    story.cast().alert("80 % full", key="disk", severity="warning")
    story.expect_page("Ana", urgency="low")
    story.alert("99 % full", key="disk", severity="critical")
    story.expect_page("Ana", urgency="high", why=Reason.ALERT_WORSENED.sentence)


def test_the_last_alert_that_ends_ends_the_incident(story: Story) -> None:
    story.cast().set_service("checkout", grouping=Grouping.OPEN)
    story.alert("disk 1")
    story.alert("disk 2")
    assert story.alert_ends("disk 1").reason is Reason.ALERT_RESOLVED
    assert story.alert_ends("disk 2").reason is Reason.LAST_ALERT_RESOLVED
    assert story.alert_ends("disk 2").reason is Reason.NO_OPEN_ALERT
    assert story.incident().status == "resolved"


def test_the_same_key_after_the_end_is_a_new_incident(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.alert_ends("db-1 is down")
    assert story.alert("db-1 is down").incident == 2


def test_a_window_groups_only_what_begins_in_it(story: Story) -> None:
    story.cast().set_service("checkout", grouping=Grouping.WINDOW, grouping_window=600)
    assert story.alert("disk 1").incident == 1
    story.fast_forward(minutes=9, seconds=59)
    assert story.alert("disk 2").incident == 1
    story.fast_forward(seconds=1)
    assert story.alert("disk 3").incident != 1


def test_resolving_by_hand_closes_the_alerts_so_that_the_next_one_is_new(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.does("Ana", Resolved)
    assert Alert.objects.get().resolved_at is not None
    assert story.alert("db-1 is down").reason is Reason.FIRST_ALERT


def test_maintenance_pages_nobody_until_it_ends(story: Story) -> None:
    story.cast().maintenance("checkout", minutes=30)
    assert story.alert("db-1 is down").reason is Reason.MUTED_BY_MAINTENANCE
    story.fast_forward(minutes=29)
    story.expect_no_page()
    story.fast_forward(minutes=1)
    story.expect_page("Ana")
    story.expect_reason(Reason.MAINTENANCE_OVER)


def test_maintenance_during_which_the_alert_ends_pages_nobody_ever(story: Story) -> None:
    story.cast().maintenance("checkout", minutes=30)
    story.alert("db-1 is down")
    story.alert_ends("db-1 is down")
    story.fast_forward(hours=2)
    story.expect_no_page()


def test_a_monitor_may_acknowledge(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.expect_page("Ana")
    assert story.alert_is_worked_on("db-1 is down").reason is Reason.ACKNOWLEDGED_BY_MONITOR
    story.fast_forward(hours=1)
    story.expect_no_page()
    assert story.does("Ana", Acknowledged).reason is Reason.ACKNOWLEDGED, "a monitor holds nothing; Ana may take it"
    assert story.does("Bo", Acknowledged).reason is Reason.ALREADY_ACKNOWLEDGED


def test_nobody_outside_the_team_is_told(story: Story) -> None:
    story.cast().alert("db-1 is down")
    story.fast_forward(hours=3)
    assert "Cy" not in {message.person for _, _, message in story._told}


def test_a_maintenance_window_that_is_cut_short_wakes_people_then(story: Story) -> None:
    story.cast().maintenance("checkout", minutes=300)
    story.alert("db-1 is down")
    story.fast_forward(minutes=10)
    with transaction.atomic():
        MaintenanceWindow.objects.all().delete()
        reconsider_muted()
    story._configured()
    story.fast_forward(seconds=1)
    story.expect_page("Ana", why=Reason.MAINTENANCE_OVER.sentence)
