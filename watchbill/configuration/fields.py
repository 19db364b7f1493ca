"""A thing as lines that people compare: each value by its path in the file, as text, secrets without theirs."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from watchbill.configuration.state import Integration, Method, Policy, Rule, Secret, Service, Target, Team, User, Window
from watchbill.configuration.words import write_duration, write_moment
from watchbill.engine.words import TargetKind

Path = tuple[str, ...]


class Value(Struct, frozen=True):
    """What is shown, and what is compared. `secret`: nothing but that it is there is shown."""

    shown: str
    compared: Any = None
    secret: bool = False


def fields_of(thing: Any) -> dict[Path, Value]:
    """The lines of a thing, in the order of the file. What is empty has none."""
    match thing:
        case Team():
            return {("members", member.user): Value(member.role.value) for member in thing.members}
        case User():
            return _user(thing)
        case Policy():
            return _policy(thing)
        case Service():
            return _service(thing)
        case Window():
            return _window(thing)
    raise TypeError(type(thing))


def _user(user: User) -> dict[Path, Value]:
    fields: dict[Path, Value] = {
        ("name",): Value(user.name),
        ("time_zone",): Value(user.time_zone),
        ("active",): _flag(user.active),
    }
    for method in user.contact_methods.values():
        fields |= _method(method)
    for urgency, rules in (("high", user.high), ("low", user.low)):
        if rules:
            fields["notification_rules", urgency] = Value(_rules(rules))
    return fields


def _method(method: Method) -> dict[Path, Value]:
    at = ("contact_methods", method.name)
    fields: dict[Path, Value] = {(*at, "channel"): Value(method.channel)}
    if not method.enabled:
        fields[*at, "enabled"] = _flag(method.enabled)
    for name, value in method.settings.items():
        fields[*at, name] = Value("(secret)", value, secret=True) if isinstance(value, Secret) else Value(value)
    return fields


def _rules(rules: Iterable[Rule]) -> str:
    return ", ".join(
        f"{rule.use} after {write_duration(rule.after)}" if rule.after else f"{rule.use} at once" for rule in rules
    )


def _policy(policy: Policy) -> dict[Path, Value]:
    fields: dict[Path, Value] = {}
    if policy.team:
        fields["team",] = Value(policy.team)
    fields["repeat",] = Value(str(policy.repeat))
    for number, step in enumerate(policy.steps, start=1):
        fields["steps", f"#{number}"] = Value(f"{_targets(step.page)}, wait {write_duration(step.wait)}")
    if policy.fallback:
        fields["fallback",] = Value(_targets(policy.fallback))
    return fields


def _targets(targets: Iterable[Target]) -> str:
    return (
        ", ".join(target.name if target.kind is TargetKind.USER else f"team {target.name}" for target in targets)
        or "nobody"
    )


def _service(service: Service) -> dict[Path, Value]:
    grouping = service.grouping if isinstance(service.grouping, str) else f"window {write_duration(service.grouping)}"
    fields: dict[Path, Value] = {("team",): Value(service.team), ("policy",): Value(service.policy)}
    if service.description:
        fields["description",] = Value(service.description)
    fields["urgency",] = Value(service.urgency)
    fields["grouping",] = Value(grouping)
    fields["acknowledge_timeout",] = Value(
        write_duration(service.acknowledge_timeout) if service.acknowledge_timeout else "never"
    )
    fields["active",] = _flag(service.active)
    for way in service.integrations.values():
        fields["integrations", way.name, "kind"] = Value(way.kind)
        fields["integrations", way.name, "key"] = _key(way)
    return fields


def _key(way: Integration) -> Value:
    if not way.key_sha256:
        return Value("a new one, printed once when it is made", way)
    begins = f"{way.key_begins}…, " if way.key_begins else ""
    return Value(f"{begins}SHA-256 {way.key_sha256[:8]}…", (way.key_sha256, way.key_begins))


def _window(window: Window) -> dict[Path, Value]:
    return {
        ("reason",): Value(window.reason),
        ("starts",): Value(write_moment(window.starts)),
        ("ends",): Value(write_moment(window.ends)),
        ("services",): Value(", ".join(window.services)),
    }


def _flag(value: bool) -> Value:
    return Value("true" if value else "false")
