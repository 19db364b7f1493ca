"""What apply does to a real database: all of it or nothing, once, gently."""

from __future__ import annotations

import json
import threading

import pytest

from watchbill.configuration.diff import Action
from watchbill.configuration.problems import BadFile, Collided
from watchbill.configuration.tests.bad_files import GOOD
from watchbill.runtime.seal import hash_of_key

PUSH = """\
watchbill: 1
users:
  - email: ana@example.org
    contact_methods:
      - {name: push, channel: ntfy, topic: ana, token: "${ANA_TOKEN}"}
"""


def said(plan):
    return {
        (c.action.value, c.title, c.name): {" › ".join(f.path): (f.old, f.new) for f in c.fields} for c in plan.changes
    }


def test_applying_writes_rows_and_applying_again_changes_nothing(house):
    before = house.version()
    applied = house.apply(GOOD)
    assert applied.plan.count(Action.ADD) == 4
    assert house.version() == before + 1
    assert house.all("SELECT email, name, time_zone, active FROM person") == [
        ("ana@example.org", "Ana Ruiz", "UTC", True)
    ]
    (made,) = applied.new_keys
    assert house.one("SELECT key_begins FROM integration WHERE key_sha256 = %s", hash_of_key(made.key)) == made.key[:6]
    again = house.apply(GOOD)
    assert (again.plan.changes, again.new_keys, house.version()) == ((), (), before + 1)


def test_the_journal_names_what_changed_and_no_values(house):
    house.apply(GOOD)
    house.apply(PUSH)
    house.apply(GOOD.replace("Ana Ruiz", "Ana R."))
    rows = house.all("SELECT what, by_id, via, data FROM journal WHERE kind = 'configuration' ORDER BY id")
    assert [row[0] for row in rows] == [
        "created team", "created user", "created escalation policy", "created service", "changed user", "changed user",
    ]  # fmt: skip
    assert {row[1:3] for row in rows} == {(0, "file")}
    assert rows[-1][3] == {"id": 1, "name": "ana@example.org", "fields": ["name"]}
    assert rows[-2][3]["fields"] == [f"contact_methods › push › {name}" for name in ("channel", "topic", "token")]
    assert "tk_secret" not in json.dumps([row[3] for row in rows])


def test_what_the_file_does_not_mention_stays(house):
    house.apply(GOOD)
    assert not house.plan("watchbill: 1\nusers:\n  - email: ana@example.org\n").changes
    assert dict(house.plan("watchbill: 1\nusers: []\n").left) == {"users": ("ana@example.org",)}
    assert house.plan("watchbill: 1\n").left == ()


def test_a_field_that_changes_is_told_old_and_new(house):
    house.apply(GOOD)
    changed = house.apply(
        GOOD.replace("wait: 5m", "wait: 90s").replace(
            "team: Payments\n    policy", "urgency: high\n    team: Payments\n    policy"
        )
    )
    assert said(changed.plan) == {
        ("change", "escalation policy", "Payments"): {
            "steps › #1": ("ana@example.org, wait 5m", "ana@example.org, wait 1m30s")
        },
        ("change", "service", "checkout"): {"urgency": ("by_severity", "high")},
    }


# secrets and keys


def test_a_secret_is_sealed_at_rest_and_compared_when_opened(house):
    house.apply(GOOD)
    house.apply(PUSH)
    stored = house.one("SELECT settings FROM contact_method WHERE name = 'push'")
    assert house.seal.open(stored) == {"topic": "ana", "token": "tk_secret_of_ana"}
    assert "tk_secret" not in json.dumps(stored)
    assert not house.plan(PUSH).changes
    assert not house.plan(PUSH.replace('"${ANA_TOKEN}"', "!keep ")).changes
    house.environ["ANA_TOKEN"] = "tk_another"
    assert said(house.plan(PUSH)) == {
        ("change", "user", "ana@example.org"): {"contact_methods › push › token": ("(secret)", "(another secret)")}
    }


def test_a_kept_secret_survives_a_change_beside_it(house):
    house.apply(GOOD)
    house.apply(PUSH)
    house.apply(PUSH.replace('"${ANA_TOKEN}"', "!keep ").replace("topic: ana", "topic: ana-2"))
    assert house.seal.open(house.one("SELECT settings FROM contact_method WHERE name = 'push'")) == {
        "topic": "ana-2", "token": "tk_secret_of_ana",
    }  # fmt: skip


def test_a_key_that_opens_none_of_the_stored_secrets_seals_nothing(house):
    from watchbill.runtime.seal import Seal

    house.apply(GOOD)
    house.apply(PUSH)
    house.seal = Seal(("another key, which the nodes do not have at all",))
    with pytest.raises(BadFile, match="opens none of the stored secrets"):
        house.apply(PUSH.replace("name: push", "name: push 2"))


def test_a_key_of_ones_own_is_stored_as_its_hash(house):
    given = GOOD.replace("kind: events_v2", "kind: events_v2\n        key: ${CHECKOUT_KEY}")
    assert house.apply(given).new_keys == ()
    assert house.one("SELECT key_sha256 FROM integration") == hash_of_key(house.environ["CHECKOUT_KEY"])
    assert not house.plan(given).changes
    assert not house.plan(GOOD).changes, "without a key in the file the stored one stays"


def test_two_integrations_cannot_have_one_key_but_may_swap_theirs(house):
    two = GOOD + "      - name: other\n        kind: native\n        key: {}\n"
    one = GOOD.replace("kind: events_v2", "kind: events_v2\n        key: {}")
    a, b = "a" * 32, "b" * 32
    with pytest.raises(BadFile, match="This is also the key of monitor of the service checkout"):
        house.apply(one.format(a) + two[len(GOOD) :].format(a))
    house.apply(one.format(a) + two[len(GOOD) :].format(b))
    house.apply(one.format(b) + two[len(GOOD) :].format(a))
    assert house.all("SELECT name FROM integration WHERE key_sha256 = %s", hash_of_key(b)) == [("monitor",)]


# renaming


def test_a_rename_keeps_the_row_and_all_that_hangs_on_it(house):
    house.apply(GOOD)
    before = house.all(
        "SELECT id FROM service UNION ALL SELECT id FROM team UNION ALL SELECT id FROM person UNION ALL SELECT id FROM integration"
    )
    renamed = (
        GOOD.replace("ana@example.org", "ana.ruiz@example.org").replace("  - email: ana.ruiz", "  - was: ana@example.org\n    email: ana.ruiz")
        .replace("name: Payments", "name: Money\n    was: Payments").replace(": Payments\n    p", ": Money\n    p")
        .replace("policy: Payments", "policy: Money").replace("name: checkout", "name: till\n    was: checkout")
        .replace("name: monitor", "name: prober\n        was: monitor")
    )  # fmt: skip
    applied = house.apply(renamed)
    assert [(c.was, c.name) for c in applied.plan.changes] == [
        ("Payments", "Money"), ("ana@example.org", "ana.ruiz@example.org"), ("Payments", "Money"), ("checkout", "till"),
    ]  # fmt: skip
    assert [" › ".join(f.path) for c in applied.plan.changes for f in c.fields] == [
        "contact_methods › mail › address", "integrations › prober › name",
    ]  # fmt: skip
    assert (
        house.all(
            "SELECT id FROM service UNION ALL SELECT id FROM team UNION ALL SELECT id FROM person UNION ALL SELECT id FROM integration"
        )
        == before
    )
    assert not house.apply(renamed).plan.changes
    assert not house.apply(house.export()).plan.changes


def test_a_reference_to_an_old_name_is_told_the_new_one(house):
    house.apply(GOOD)
    with pytest.raises(BadFile, match="The team 'Payments' is now called Money"):
        house.plan(GOOD.replace("teams:\n  - name: Payments", "teams:\n  - name: Money\n    was: Payments"))


def test_a_rename_from_a_name_that_the_file_still_has_is_refused(house):
    house.apply(GOOD)
    with pytest.raises(BadFile, match="stands in the file too"):
        house.plan(GOOD + "  - {name: till, was: checkout, team: Payments, policy: Payments}\n")


# taking away


def test_nothing_is_taken_away_without_prune(house):
    house.apply(GOOD)
    emptied = "watchbill: 1\nteams: []\nusers: []\nservices: []\nescalation_policies: []\n"
    assert not house.plan(emptied).changes
    pruned = house.apply(emptied, prune=True).plan
    assert [(c.action, c.name) for c in pruned.changes] == [
        (Action.SWITCH_OFF, "ana@example.org"),
        (Action.SWITCH_OFF, "checkout"),
    ]
    assert [(k.name, k.why) for k in pruned.kept] == [
        ("Payments", "the service checkout, which is switched off, uses it"),
        ("Payments", "the service checkout, which is switched off, belongs to it"),
    ]
    assert house.one("SELECT count(*) FROM person WHERE NOT active") == 1
    assert not house.apply(emptied, prune=True).plan.changes
    back = house.apply(GOOD).plan
    assert {(c.action, c.name) for c in back.changes} == {
        (Action.CHANGE, "ana@example.org"),
        (Action.CHANGE, "checkout"),
    }


def test_what_nothing_needs_is_removed_by_prune(house):
    extra = GOOD.replace(
        "escalation_policies:\n",
        "  - name: Idle\nescalation_policies:\n  - {name: Old, steps: [{page: [{team: Idle}]}]}\n",
    )
    house.apply(extra)
    pruned = house.apply(GOOD, prune=True).plan
    assert [(c.action, c.title, c.name) for c in pruned.changes] == [
        (Action.REMOVE, "team", "Idle"), (Action.REMOVE, "escalation policy", "Old"),
    ]  # fmt: skip
    assert house.all("SELECT name FROM team") == [("Payments",)]


def test_prune_takes_a_contact_method_with_its_rules(house):
    house.apply(GOOD)
    house.apply(PUSH + "    notification_rules: {high: [{use: push}, {after: 1m, use: mail}]}\n")
    house.apply(GOOD.replace("    notification_rules:\n      high:\n        - use: mail\n", ""), prune=True)
    assert house.all("SELECT name FROM contact_method") == [("mail",)]
    assert house.all("SELECT urgency, delay FROM notification_rule") == [("high", 60)]


@pytest.mark.parametrize("prune", [True, False])
def test_a_service_with_open_incidents_is_not_switched_off(house, prune):
    house.apply(GOOD)
    number = house.open_incident("checkout")
    text = (
        "watchbill: 1\nservices: []\n"
        if prune
        else GOOD.replace("policy: Payments\n", "policy: Payments\n    active: false\n")
    )
    with pytest.raises(BadFile, match=f"cannot be switched off: incident #{number} is open"):
        house.apply(text, prune=prune)
    house.database.link.execute("UPDATE incident SET status = 'resolved'")
    assert house.apply(text, prune=prune).plan.count(Action.SWITCH_OFF) == 1


# maintenance windows

WINDOW = (
    GOOD
    + "maintenance_windows:\n  - {reason: move, starts: 2027-01-01 10:00Z, ends: 2027-01-01 12:00Z, services: [checkout]}\n"
)


def test_a_window_that_is_the_only_one_of_its_reason_moves(house):
    house.apply(WINDOW)
    moved = WINDOW.replace("01 10:00Z", "02 10:00Z").replace("01 12:00Z", "02 12:00Z")
    assert said(house.apply(moved).plan) == {
        ("change", "maintenance window", "move, 2027-01-02 10:00Z"): {
            "starts": ("2027-01-01 10:00Z", "2027-01-02 10:00Z"), "ends": ("2027-01-01 12:00Z", "2027-01-02 12:00Z"),
        }
    }  # fmt: skip
    assert house.one("SELECT count(*) FROM maintenance_window") == 1
    assert not house.apply(moved).plan.changes


def test_a_window_that_is_over_is_history(house):
    from datetime import UTC, datetime

    house.database.set_clock(datetime(2026, 12, 1, tzinfo=UTC))
    house.apply(WINDOW)
    house.database.set_clock(datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert not house.apply(WINDOW, prune=True).plan.changes
    assert not house.apply(GOOD + "maintenance_windows: []\n", prune=True).plan.changes
    assert "maintenance_windows: []" in house.export()
    late = house.apply(WINDOW.replace("move", "another"))
    assert "This maintenance window is over" in late.plan.warnings[-1].message
    assert house.one("SELECT count(*) FROM maintenance_window") == 1


# all or nothing


class Crash(Exception):
    pass


def test_a_crash_in_the_middle_leaves_nothing(house):
    def crash():
        raise Crash

    before = house.version()
    with pytest.raises(Crash):
        house.apply(GOOD, before_commit=crash)
    counts = [
        house.one(f"SELECT count(*) FROM {table}") for table in ("person", "team", "service", "integration", "journal")
    ]
    assert (counts, house.version()) == ([0] * 5, before)


def test_a_plan_that_is_no_longer_true_is_not_applied(house):
    from watchbill.configuration.actions import Moved

    shown = house.plan(GOOD)
    house.apply(GOOD.replace("Ana Ruiz", "Ana"))
    with pytest.raises(Moved) as moved:
        house.apply(GOOD, shown=shown)
    assert said(moved.value.plan) == {("change", "user", "ana@example.org"): {"name": ("Ana", "Ana Ruiz")}}
    assert house.one("SELECT name FROM person") == "Ana"
    house.apply(GOOD, shown=moved.value.plan)
    assert house.one("SELECT name FROM person") == "Ana Ruiz"


def test_of_two_applies_at_once_the_second_waits_and_finds_nothing_to_do(house):
    from django.db import connection

    inside, go_on = threading.Event(), threading.Event()
    results = {}

    def hold():
        inside.set()
        assert go_on.wait(30)

    def first():
        results["first"] = house.apply(GOOD, before_commit=hold)
        connection.close()

    def second():
        results["second"] = house.apply(GOOD)
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while house.one(waiting) == 0 and threads[1].is_alive():
        pass
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert len(results["first"].plan.changes) == 4
    assert results["second"].plan.changes == ()
    assert house.one("SELECT count(*) FROM journal") == 4


def test_who_collides_with_another_writer_is_told_so(house):
    house.apply(GOOD)

    def break_a_rule():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO team (name) VALUES ('Payments')")

    with pytest.raises(Collided):
        house.apply(GOOD.replace("Ana Ruiz", "Ana"), before_commit=break_a_rule)
    assert house.one("SELECT name FROM person") == "Ana Ruiz"
