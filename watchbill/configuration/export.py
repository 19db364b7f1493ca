"""Plain data to YAML, in one order whatever the database's: the same state always gives the same text."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from watchbill.channels.contract import Channel
from watchbill.configuration.document import KEEP
from watchbill.configuration.export_schedules import hours_line, schedule_lines, target_lines
from watchbill.configuration.lines import Lines, dashed, listed, pair
from watchbill.configuration.state import (
    TITLES,
    Integration,
    Method,
    Policy,
    PolicyStep,
    Rule,
    Secret,
    Service,
    Stored,
    Team,
    User,
    Window,
)
from watchbill.configuration.words import escape_variables, write_duration, write_moment
from watchbill.configuration.yaml_text import scalar
from watchbill.engine.directory import Condition
from watchbill.engine.words import Severity, Whom

HEAD = """\
# Everything that is configured in Watchbill, as `watchbill export` wrote it.
# `watchbill plan FILE` shows what a changed file would do, `watchbill apply FILE` does it.
# !keep stands for a secret that stays as it is stored; of a key only the SHA-256 is known.
watchbill: 1
"""

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
        "schedules": (schedule_lines(schedule, stored) for schedule in _sorted(state.schedules)),
        "escalation_policies": map(_policy, _sorted(state.escalation_policies)),
        "services": map(_service, _sorted(state.services)),
        "maintenance_windows": map(
            _window, sorted(windows, key=lambda one: (one.starts, one.reason, one.ends, one.services))
        ),
    }
    text = [HEAD]
    for kind in TITLES:
        entries = [line for entry in parts[kind] for line in dashed(entry)]
        text.append(f"\n{kind}:\n" + "".join(f"  {line}\n" for line in entries) if entries else f"\n{kind}: []\n")
    return "".join(text)


def _sorted(things: Mapping[str, T]) -> list[T]:
    return [things[name] for name in sorted(things)]


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _team(team: Team) -> Lines:
    yield pair("name", team.name)
    yield from listed(
        "members", (iter((pair("user", member.user), f"role: {member.role.value}")) for member in team.members)
    )


def _user(user: User, secrets: Mapping[str, frozenset[str]]) -> Lines:
    yield pair("email", user.email)
    yield pair("name", user.name)
    yield pair("time_zone", user.time_zone)
    if not user.active:
        yield "active: false"
    methods = user.contact_methods.values()
    yield from listed("contact_methods", (_method(one, secrets.get(one.channel, frozenset())) for one in methods))
    yield "notification_rules:"
    for urgency, rules in (("high", user.high), ("low", user.low)):
        yield from (f"  {line}" for line in listed(urgency, map(_rule, rules)))
    if user.out_of_office_calendar is not None:
        yield f"out_of_office_calendar: {KEEP}"


def _method(method: Method, secrets: frozenset[str]) -> Lines:
    yield pair("name", method.name)
    yield pair("channel", method.channel)
    if not method.enabled:
        yield "enabled: false"
    for name, value in sorted(method.settings.items()):
        if isinstance(value, Secret) or name in secrets:
            yield f"{scalar(name)}: {KEEP}"
        else:
            yield pair(scalar(name), escape_variables(value))


def _rule(rule: Rule) -> Lines:
    yield f"after: {write_duration(rule.after)}"
    yield pair("use", rule.use)


def _policy(policy: Policy) -> Lines:
    yield pair("name", policy.name)
    yield pair("team", policy.team) if policy.team else "team: null"
    yield f"repeat: {policy.repeat}"
    yield from listed("steps", map(_step, policy.steps))
    yield from listed("fallback", map(target_lines, policy.fallback))


def _step(step: PolicyStep) -> Lines:
    yield from listed("page", map(target_lines, step.page))
    yield f"wait: {write_duration(step.wait)}"
    if step.whom is not Whom.ON_DUTY:
        yield f"whom: {step.whom.value}"
    if step.only is not None:
        yield "only:"
        yield from (f"  {line}" for line in _condition(step.only))


def _condition(only: Condition) -> Lines:
    if only.hours:
        yield hours_line(only.hours)
        yield pair("time_zone", only.zone)
    if only.severities:
        yield f"severities: [{', '.join(severity.value for severity in Severity if severity in only.severities)}]"


def _service(service: Service) -> Lines:
    yield pair("name", service.name)
    yield pair("description", service.description)
    yield pair("team", service.team)
    yield pair("policy", service.policy)
    yield pair("urgency", service.urgency)
    word = isinstance(service.grouping, str)
    yield f"grouping: {service.grouping}" if word else f"grouping: {{window: {write_duration(int(service.grouping))}}}"
    timeout = service.acknowledge_timeout
    yield f"acknowledge_timeout: {write_duration(timeout) if timeout else 'never'}"
    if not service.active:
        yield "active: false"
    yield from listed("integrations", map(_integration, service.integrations.values()))


def _integration(way: Integration) -> Lines:
    yield pair("name", way.name)
    yield pair("kind", way.kind)
    yield f'key_sha256: "{way.key_sha256}"'
    if way.key_begins:
        yield pair("key_begins", way.key_begins)


def _window(window: Window) -> Lines:
    yield pair("reason", window.reason)
    yield f"starts: {write_moment(window.starts)}"
    yield f"ends: {write_moment(window.ends)}"
    yield from listed("services", (iter((scalar(name),)) for name in window.services))
