"""A thing as lines that people compare: each value by its path in the file, as text, secrets without theirs."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from watchbill.configuration.phrases import anchor_matters, without_anchor, write_hand_off, write_hours
from watchbill.configuration.state import (
    Integration,
    Method,
    Place,
    Policy,
    PolicyStep,
    Rotation,
    Rule,
    Schedule,
    Secret,
    Service,
    Target,
    Team,
    User,
    Window,
)
from watchbill.configuration.words import write_duration, write_moment
from watchbill.engine.directory import Condition
from watchbill.engine.duty.schedule import HandOff, Hours
from watchbill.engine.words import Severity, TargetKind, Whom

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
        case Schedule():
            return _schedule(thing)
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
    if user.out_of_office_calendar is not None:
        fields["out_of_office_calendar",] = _secret(user.out_of_office_calendar)
    return fields


def _method(method: Method) -> dict[Path, Value]:
    at = ("contact_methods", method.name)
    fields: dict[Path, Value] = {(*at, "channel"): Value(method.channel)}
    if not method.enabled:
        fields[*at, "enabled"] = _flag(method.enabled)
    for name, value in method.settings.items():
        fields[*at, name] = _secret(value) if isinstance(value, Secret) else Value(value)
    return fields


def _secret(secret: Secret) -> Value:
    return Value("(secret)", secret, secret=True)


def _schedule(schedule: Schedule) -> dict[Path, Value]:
    fields: dict[Path, Value] = {
        ("team",): Value(schedule.team),
        ("time_zone",): Value(schedule.time_zone),
        ("hours",): Value(_hours(schedule.hours)),
        ("gap_warning",): Value(write_duration(schedule.gap_warning)),
    }
    if schedule.holidays:
        fields["holidays",] = Value(", ".join(schedule.holidays))
    for rotation in schedule.rotations:
        fields |= {("rotations", rotation.name, key): value for key, value in _rotation(rotation).items()}
    return fields


def _rotation(rotation: Rotation) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    if rotation.calendar is not None:
        fields["calendar"] = _secret(rotation.calendar)
    if rotation.hand_off is not None:
        fields["people"] = Value(", ".join(map(_place, rotation.people)))
        fields["hand_off"] = Value(_hand_off(rotation.hand_off), rotation.hand_off)
        fields["time_zone"] = Value(rotation.time_zone)
    if rotation.hours:
        fields["hours"] = Value(_hours(rotation.hours))
    for key, moment in (("starts", rotation.starts), ("ends", rotation.ends)):
        if moment is not None:
            fields[key] = Value(write_moment(moment))
    if rotation.starts_with:
        fields["starts_with"] = Value(_place(rotation.starts_with))
    if rotation.shadows:
        fields["shadows"] = Value(_targets(rotation.shadows))
    if rotation.shadow:
        fields["shadow"] = _flag(rotation.shadow)
    return fields


def _place(place: Place) -> str:
    return " + ".join(_target(seat) for seat in place)


def _hand_off(rule: HandOff) -> str:
    return write_hand_off(rule if anchor_matters(rule) else without_anchor(rule))


def _hours(hours: Iterable[Hours]) -> str:
    return ", ".join(write_hours(hours)) or "always"


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
        fields["steps", f"#{number}"] = Value(_step(step))
    if policy.fallback:
        fields["fallback",] = Value(_targets(policy.fallback))
    return fields


def _targets(targets: Iterable[Target]) -> str:
    return ", ".join(map(_target, targets)) or "nobody"


def _target(target: Target) -> str:
    return target.name if target.kind is TargetKind.USER else f"{target.kind.value} {target.name}"


def _step(step: PolicyStep) -> str:
    whom = {Whom.ON_DUTY: "", Whom.EVERYONE: "everyone of ", Whom.ROUND_ROBIN: "one by turns of "}[step.whom]
    only = f", only {_condition(step.only)}" if step.only is not None else ""
    return f"{whom}{_targets(step.page)}, wait {write_duration(step.wait)}{only}"


def _condition(only: Condition) -> str:
    parts = [f"{_hours(only.hours)} {only.zone}"] if only.hours else []
    parts += [" or ".join(severity for severity in Severity if severity in only.severities)] * bool(only.severities)
    return " and for ".join(parts) if only.hours else f"for {parts[0]}"


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
