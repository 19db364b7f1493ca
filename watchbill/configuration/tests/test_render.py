"""What people see, as a whole. After a wanted change delete the golden file, run once, and look at what was written."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from watchbill.configuration.made import NewKey
from watchbill.configuration.problems import BadFile
from watchbill.configuration.render import as_json, key_lines, plan_lines, problem_lines
from watchbill.configuration.tests.bad_files import GOOD

GOLDEN = Path(__file__).parent / "golden"


def printed(lines) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=100, highlight=False, markup=False, emoji=False, soft_wrap=True, color_system=None
    )
    for line in lines:
        console.print(line)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def held_against(name: str, text: str) -> None:
    path = GOLDEN / name
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


CHANGED = """\
watchbill: 1
teams:
  - name: Money
    was: Payments
    members: [cy@example.org, {user: ana@example.org, role: owner}]
  - name: Empty
users:
  - email: ana@example.org
    name: Ana Ruiz Soler
    contact_methods:
      - {name: mail, channel: email, address: ana@example.com}
      - {name: phone push, channel: ntfy, topic: ana, token: tk_another}
    notification_rules:
      low: []
  - email: cy@example.org
    name: Cy
    contact_methods: [{name: push, channel: ntfy, topic: cy, token: tk_cy}]
escalation_policies:
  - name: Payments
    steps:
      - page: [cy@example.org]
        wait: 90s
      - page: [{team: Empty}]
    fallback: []
services:
  - name: checkout
    description: "Takes the money.\\nRunbook: ask Ana."
    team: Money
    grouping: open
    acknowledge_timeout: never
    integrations:
      - {name: Prometheus, was: Alertmanager}
      - {name: build, kind: change_v2}
  - name: refunds
    team: Empty
    policy: Payments
maintenance_windows:
  - {reason: Database moves to the new rack, starts: 2030-12-03 22:00 Europe/Madrid, ends: 2030-12-04 02:00 Europe/Madrid}
"""


def prepared(house, example):
    house.environ["ANA_NTFY_TOKEN"] = "tk_ana"
    house.apply(
        example.replace(
            "    integrations:\n",
            "    integrations:\n      - {name: old prober, kind: native, key: k0123456789abcdefghij}\n",
        )
    )
    house.database.link.execute(
        "UPDATE integration SET key_sha256 = repeat('ab', 32), key_begins = 'wbfixd' WHERE name = 'Alertmanager'"
    )


def test_a_first_plan(house, example):
    house.environ["ANA_NTFY_TOKEN"] = "tk_ana"
    held_against("first.txt", printed(plan_lines(house.plan(example))))


def test_a_plan_that_changes_much(house, example):
    prepared(house, example)
    held_against("changed.txt", printed(plan_lines(house.plan(CHANGED))))


def test_a_plan_that_prunes(house, example):
    prepared(house, example)
    held_against("pruned.txt", printed(plan_lines(house.plan(CHANGED, prune=True))))


def test_nothing_to_do(house):
    house.apply(GOOD)
    assert printed(plan_lines(house.plan(GOOD))).endswith("\nNothing to do: the database is as the file says.\n")


def test_mistakes(house):
    try:
        house.plan(
            GOOD.replace("wait: 5m", "wait: 5 minuts")
            .replace("kind:", "knid:")
            .replace("members: [ana", "members: [anna")
        )
    except BadFile as fault:
        held_against("mistakes.txt", printed(problem_lines(fault.problems, "error")))


def test_a_key_that_was_made():
    made = NewKey("checkout", "Alertmanager", "alertmanager", "wb" + "x" * 30)
    held_against("key.txt", printed(key_lines([made], "https://watchbill.example.org")))


def test_json_tells_the_same_and_no_secret(house, example):
    prepared(house, example)
    told = as_json(house.plan(CHANGED))
    assert told["counts"] == {"add": 3, "change": 5, "switch off": 0, "remove": 0}
    ana = next(change for change in told["changes"] if change["name"] == "ana@example.org")
    assert {"path": ["contact_methods", "phone push", "token"], "old": "(secret)", "new": "(another secret)"} in ana[
        "fields"
    ]
    assert "tk_" not in str(told)
