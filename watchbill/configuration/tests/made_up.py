"""Configurations that nobody would write, for properties: whole documents, every key given."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from watchbill.configuration.phrases import write_hand_off, write_hours
from watchbill.configuration.words import write_duration
from watchbill.configuration.yaml_text import scalar
from watchbill.engine.duty.schedule import WEEK, HandOff, Hours, Unit
from watchbill.engine.words import Whom
from watchbill.runtime.seal import hash_of_key

# Characters that have been trouble somewhere: quotes, colons, hashes, dollars, newlines of other worlds, beyond 16 bits.
ODD = "ab Z09:#-'\"$ {}[]!&*?|>%@`,\\/~=é\u2028\x85\xad\U0001f600"
NAMES = st.text(ODD, min_size=1, max_size=8).filter(
    lambda text: text.strip() and text == text.strip() and "\x85" not in text
)
TEXTS = st.text(ODD + "\n\t", max_size=20)
DURATIONS = st.integers(0, 10**6).map(write_duration)
WAITS = st.integers(1, 10**6).map(write_duration)
EMAILS = st.sampled_from([f"{name}@example.org" for name in ("ana", "bo", "cy", "dee+x", "é.f")])


def _unique(names: st.SearchStrategy[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(names, max_size=most, unique_by=str.casefold)


@st.composite
def methods(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for name in draw(_unique(NAMES, 3)):
        method: dict[str, Any] = {"name": name, "enabled": draw(st.sampled_from(["true", "false"]))}
        if draw(st.booleans()):
            method |= {"channel": "email", "address": "a@" + draw(TEXTS).replace("$", "$ ")}
        else:
            method |= {
                "channel": "ntfy",
                "topic": draw(st.sampled_from(["t", "$${X}"])),
                "token": "tk_" + draw(st.sampled_from(["1", "2"])),
            }
        found.append(method)
    return found


@st.composite
def users(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for email in draw(st.lists(EMAILS, max_size=4, unique=True)):
        roads = draw(methods())
        rules: st.SearchStrategy[list[Any]] = st.just([])
        if roads:
            rule = st.fixed_dictionaries({"after": DURATIONS, "use": st.sampled_from([road["name"] for road in roads])})
            rules = st.lists(rule, max_size=3, unique_by=lambda one: (one["after"], one["use"]))
        found.append({
            "email": email, "name": draw(NAMES), "time_zone": draw(st.sampled_from(["UTC", "Europe/Madrid"])),
            "active": draw(st.sampled_from(["true", "false"])), "contact_methods": roads,
            "out_of_office_calendar": draw(st.sampled_from(["", "https://a.example/away"])),
            "notification_rules": {"high": draw(rules), "low": draw(rules)},
        })  # fmt: skip
    return found


WINDOWS = st.lists(st.builds(Hours, st.integers(0, WEEK - 1), st.integers(1, WEEK)), max_size=2).map(write_hours)
ZONES = st.sampled_from(["UTC", "Europe/Madrid", "Australia/Lord_Howe", "America/Sao_Paulo"])
HAND_OFFS = st.builds(
    HandOff,
    st.sampled_from(Unit),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(1, 3),
    st.sampled_from([0, 150, 540, 1439]),
    st.sampled_from([(0,), (1, 4), (0, 1, 2, 3, 4, 5, 6)]),
    st.sampled_from([1, 31]),
).map(write_hand_off)


@st.composite
def rotations(draw: st.DrawFn, active: list[str], teams: list[str]) -> list[dict[str, Any]]:
    seats = [{"user": email} for email in active] + [{"team": name} for name in teams]
    found = []
    for name in draw(_unique(NAMES, 2)) if seats else ():
        # What was in force cannot begin at another time, so the same name always begins at the same.
        starts = ["", "2026-06-01 09:00Z", "2077-06-01 09:00Z"][len(name) % 3]
        limits = {"starts": starts, "ends": draw(st.sampled_from(["", "2078-06-01 09:00Z"]))}
        rotation: dict[str, Any] = {"name": name, "shadow": draw(st.sampled_from(["true", "false"])), **limits}
        if draw(st.integers(0, 3)) == 0:
            found.append(rotation | {"calendar": draw(st.sampled_from(["https://a.example/1", "https://a.example/2"]))})
            continue
        order = draw(st.permutations(seats))[: draw(st.integers(1, 3))]
        people = [*order[:1], {"together": order[1:]}] if len(order) == 3 else order
        found.append(rotation | {
            "people": people, "hand_off": draw(HAND_OFFS), "time_zone": draw(ZONES), "hours": draw(WINDOWS),
            "starts_with": draw(st.sampled_from(people)), "shadows": order[:1],
        })  # fmt: skip
    return found


@st.composite
def schedules(draw: st.DrawFn, active: list[str], teams: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "team": draw(st.sampled_from(teams)), "time_zone": draw(ZONES), "hours": draw(WINDOWS),
            "gap_warning": draw(DURATIONS), "holidays": draw(st.sampled_from([[], ["ES", "US-CA"]])),
            "rotations": draw(rotations(active, teams)),
        }
        for name in (draw(_unique(NAMES, 2)) if teams else ())
    ]  # fmt: skip


@st.composite
def rotas(draw: st.DrawFn) -> dict[str, Any]:
    """A document of nothing but schedules, and the people and the team in them."""
    emails = [f"{name}@example.org" for name in ("ana", "bo", "cy")]
    return {
        "watchbill": "1", "teams": [{"name": "all", "members": emails[:2]}],
        "users": [{"email": email, "name": email} for email in emails],
        "schedules": draw(schedules(emails, ["all"])),
    }  # fmt: skip


@st.composite
def steps(draw: st.DrawFn, page: list[dict[str, Any]]) -> dict[str, Any]:
    step: dict[str, Any] = {"page": page, "wait": draw(WAITS), "whom": draw(st.sampled_from(list(Whom))).value}
    if draw(st.booleans()):
        severities = draw(st.sampled_from([[], ["critical", "info"]]))
        step["only"] = {"hours": draw(WINDOWS), "time_zone": draw(ZONES), "severities": severities}
    return step


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Teams and people may be none; services need both a team and a policy."""
    people = draw(users())
    emails = [user["email"] for user in people]
    team_names, policy_names = draw(_unique(NAMES, 3)), draw(_unique(NAMES, 3))
    rotas = draw(schedules([user["email"] for user in people if user["active"] == "true"], team_names))
    targets = [{"user": email} for email in emails] + [{"team": name} for name in team_names]
    targets += [{"schedule": rota["name"]} for rota in rotas]
    some = st.lists(st.sampled_from(targets), max_size=2, unique_by=str) if targets else st.just([])
    teams = [
        {
            "name": name,
            "members": [
                {"user": email, "role": draw(st.sampled_from(["owner", "observer"]))}
                for email in draw(st.permutations(emails))
            ],
        }
        for name in team_names
    ]
    policies = [
        {
            "name": name, "team": draw(st.sampled_from(["", *team_names])), "repeat": str(draw(st.integers(0, 9))),
            "steps": [draw(steps(page)) for page in draw(st.lists(some, max_size=2)) if page],
            "fallback": draw(some),
        }
        for name in policy_names
    ]  # fmt: skip
    services = []
    for name in draw(_unique(NAMES, 3)) if team_names and policy_names else []:
        ways = [
            {
                "name": way,
                "kind": "native",
                "key_sha256": hash_of_key(name + way),
                "key_begins": draw(st.sampled_from(["wbabcd", "#'"])),
            }
            for way in draw(_unique(NAMES, 2))
        ]
        services.append({
            "name": name, "description": draw(TEXTS), "team": draw(st.sampled_from(team_names)),
            "policy": draw(st.sampled_from(policy_names)), "urgency": draw(st.sampled_from(["high", "by_severity"])),
            "grouping": draw(st.sampled_from(["off", "open", {"window": "10m"}])),
            "acknowledge_timeout": draw(st.sampled_from(["never", "30m"])),
            "active": draw(st.sampled_from(["true", "false"])), "integrations": ways,
        })  # fmt: skip
    windows = [
        {"reason": reason, "starts": f"2030-01-0{draw(st.integers(1, 3))} 10:00Z", "ends": "2030-02-01 10:00 Europe/Madrid",
         "services": [service["name"] for service in services]}
        for reason in draw(st.lists(NAMES, max_size=3))
    ]  # fmt: skip
    return {
        "watchbill": "1", "teams": teams, "users": people, "schedules": rotas, "escalation_policies": policies,
        "services": services, "maintenance_windows": windows,
    }  # fmt: skip


def text_of(thing: Any) -> str:
    """The document as YAML, in one line."""
    if isinstance(thing, dict):
        return "{" + ", ".join(f"{key}: {text_of(value)}" for key, value in thing.items()) + "}"
    if isinstance(thing, list):
        return "[" + ", ".join(map(text_of, thing)) + "]"
    return scalar(thing)
