"""Plain data to YAML, in one order whatever the database's: the same state always gives the same text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from watchbill.channels.contract import Channel
from watchbill.configuration.document import KEEP
from watchbill.configuration.state import (
    TITLES,
    Integration,
    Method,
    Policy,
    Rule,
    Secret,
    Service,
    Stored,
    Target,
    Team,
    User,
    Window,
)
from watchbill.configuration.words import escape_variables, write_duration, write_moment
from watchbill.configuration.yaml_text import scalar
from watchbill.engine.words import TargetKind

HEAD = """\
# Everything that is configured in Watchbill, as `watchbill export` wrote it.
# `watchbill plan FILE` shows what a changed file would do, `watchbill apply FILE` does it.
# !keep stands for a secret that stays as it is stored; of a key only the SHA-256 is known.
watchbill: 1
"""

Lines = Iterator[str]
T = TypeVar("T")


def export(stored: Stored, channels: Mapping[str, Channel]) -> str:
    """The whole configuration as YAML. Maintenance windows that are over are history, and left out."""
    state = stored.state
    secrets = {
        name: frozenset(field.name for field in channel.capabilities.fields if field.secret)
        for name, channel in channels.items()
    }
    windows = [window for title, window in state.maintenance_windows.items() if title not in stored.over]
    parts: dict[str, Iterable[Lines]] = {
        "teams": map(_team, _sorted(state.teams)),
        "users": (_user(user, secrets) for user in _sorted(state.users)),
        "escalation_policies": map(_policy, _sorted(state.escalation_policies)),
        "services": map(_service, _sorted(state.services)),
        "maintenance_windows": map(
            _window, sorted(windows, key=lambda one: (one.starts, one.reason, one.ends, one.services))
        ),
    }
    text = [HEAD]
    for kind in TITLES:
        entries = [line for entry in parts[kind] for line in _dashed(entry)]
        text.append(f"\n{kind}:\n" + "".join(f"  {line}\n" for line in entries) if entries else f"\n{kind}: []\n")
    return "".join(text)


def _sorted(things: Mapping[str, T]) -> list[T]:
    return [things[name] for name in sorted(things)]


def _dashed(lines: Lines) -> Lines:
    for number, line in enumerate(lines):
        yield f"{'  ' if number else '- '}{line}"


def _listed(key: str, entries: Iterable[Lines]) -> Lines:
    lines = [line for entry in entries for line in _dashed(entry)]
    yield f"{key}:" if lines else f"{key}: []"
    yield from (f"  {line}" for line in lines)


def _pair(key: str, text: str) -> str:
    return f"{key}: {scalar(text)}"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _team(team: Team) -> Lines:
    yield _pair("name", team.name)
    yield from _listed(
        "members", (iter((_pair("user", member.user), f"role: {member.role.value}")) for member in team.members)
    )


def _user(user: User, secrets: Mapping[str, frozenset[str]]) -> Lines:
    yield _pair("email", user.email)
    yield _pair("name", user.name)
    yield _pair("time_zone", user.time_zone)
    if not user.active:
        yield "active: false"
    methods = user.contact_methods.values()
    yield from _listed("contact_methods", (_method(one, secrets.get(one.channel, frozenset())) for one in methods))
    yield "notification_rules:"
    for urgency, rules in (("high", user.high), ("low", user.low)):
        yield from (f"  {line}" for line in _listed(urgency, map(_rule, rules)))


def _method(method: Method, secrets: frozenset[str]) -> Lines:
    yield _pair("name", method.name)
    yield _pair("channel", method.channel)
    if not method.enabled:
        yield "enabled: false"
    for name, value in sorted(method.settings.items()):
        if isinstance(value, Secret) or name in secrets:
            yield f"{scalar(name)}: {KEEP}"
        else:
            yield _pair(scalar(name), escape_variables(value))


def _rule(rule: Rule) -> Lines:
    yield f"after: {write_duration(rule.after)}"
    yield _pair("use", rule.use)


def _target(target: Target) -> Lines:
    yield _pair("user" if target.kind is TargetKind.USER else "team", target.name)


def _policy(policy: Policy) -> Lines:
    yield _pair("name", policy.name)
    yield _pair("team", policy.team) if policy.team else "team: null"
    yield f"repeat: {policy.repeat}"
    yield from _listed("steps", (_step(step.page, step.wait) for step in policy.steps))
    yield from _listed("fallback", map(_target, policy.fallback))


def _step(page: Iterable[Target], wait: int) -> Lines:
    yield from _listed("page", map(_target, page))
    yield f"wait: {write_duration(wait)}"


def _service(service: Service) -> Lines:
    yield _pair("name", service.name)
    yield _pair("description", service.description)
    yield _pair("team", service.team)
    yield _pair("policy", service.policy)
    yield _pair("urgency", service.urgency)
    word = isinstance(service.grouping, str)
    yield f"grouping: {service.grouping}" if word else f"grouping: {{window: {write_duration(int(service.grouping))}}}"
    timeout = service.acknowledge_timeout
    yield f"acknowledge_timeout: {write_duration(timeout) if timeout else 'never'}"
    if not service.active:
        yield "active: false"
    yield from _listed("integrations", map(_integration, service.integrations.values()))


def _integration(way: Integration) -> Lines:
    yield _pair("name", way.name)
    yield _pair("kind", way.kind)
    yield f'key_sha256: "{way.key_sha256}"'
    if way.key_begins:
        yield _pair("key_begins", way.key_begins)


def _window(window: Window) -> Lines:
    yield _pair("reason", window.reason)
    yield f"starts: {write_moment(window.starts)}"
    yield f"ends: {write_moment(window.ends)}"
    yield from _listed("services", (iter((scalar(name),)) for name in window.services))
