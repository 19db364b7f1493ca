"""Lays what a file says over what is stored: what it mentions as it says, what it leaves out as it was."""

from collections.abc import Mapping
from typing import TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from watchbill.configuration.ground import Ground
from watchbill.configuration.kinds import KINDS
from watchbill.configuration.methods import settled_method
from watchbill.configuration.problems import quoted
from watchbill.configuration.rotas import sealed
from watchbill.configuration.state import (
    Integration,
    Member,
    Method,
    Policy,
    PolicyStep,
    Rule,
    Service,
    Target,
    Team,
    User,
    Window,
)
from watchbill.configuration.wanted import (
    Wanted,
    WantedCondition,
    WantedIntegration,
    WantedPolicy,
    WantedRule,
    WantedService,
    WantedStep,
    WantedTarget,
    WantedTeam,
    WantedUser,
    WantedWindow,
)
from watchbill.engine.directory import Condition
from watchbill.runtime.seal import hash_of_key

KNOWN_BY = 6  # first characters of a key that are stored in clear, of 32

T = TypeVar("T")


def pick(given: T | UnsetType, otherwise: T) -> T:
    """What the file says, else the other."""
    return otherwise if given is UNSET else given


def team(ground: Ground, wanted: WantedTeam, old: Team | None) -> Team:
    """The team as it shall be."""
    if wanted.members is UNSET:
        return old or Team(wanted.name)
    seen: dict[str, Member] = {}
    for member in wanted.members:
        if member.user in seen:
            ground.problems.error(member.at, f"{member.user} is in the team already. Leave one.")
        seen[member.user] = Member(member.user, member.role)
    return Team(wanted.name, tuple(seen.values()))


def user(ground: Ground, wanted: WantedUser, old: User | None, *, prune: bool) -> User:
    """The person as he or she shall be."""
    base = old or User(wanted.email, "")
    if old is None:
        _need(ground, wanted, "name", "user")
    methods = dict(base.contact_methods)
    if wanted.contact_methods is not UNSET:
        given = {
            method.name: settled_method(ground, method, base.contact_methods.get(method.name))
            for method in wanted.contact_methods
        }
        methods = given if prune else {**methods, **given}
    rules = wanted.notification_rules
    return User(
        email=wanted.email,
        name=pick(wanted.name, base.name),
        time_zone=pick(wanted.time_zone, base.time_zone),
        active=wanted.active,
        contact_methods=methods,
        high=_rules(ground, UNSET if rules is UNSET else rules.high, base.high, methods),
        low=_rules(ground, UNSET if rules is UNSET else rules.low, base.low, methods),
        out_of_office_calendar=sealed(ground, wanted.out_of_office_calendar, base.out_of_office_calendar),
    )


def _rules(
    ground: Ground, given: tuple[WantedRule, ...] | UnsetType, old: tuple[Rule, ...], methods: Mapping[str, Method]
) -> tuple[Rule, ...]:
    if given is UNSET:
        return tuple(rule for rule in old if rule.use in methods)
    rules = set()
    for wanted in given:
        rule = Rule(wanted.after, wanted.use)
        if wanted.use not in methods:
            near = ground.problems.did_you_mean(wanted.use, methods)
            hint = near or (f" There are {', '.join(methods)}." if methods else " There are none.")
            ground.problems.error(
                wanted.place("use"), f"{quoted(wanted.use)} is no contact method of this person.{hint}"
            )
        elif rule in rules:
            ground.problems.error(wanted.at, "The same rule stands here twice. Leave one.")
        elif not methods[wanted.use].enabled:
            ground.problems.warn(
                wanted.place("use"),
                f"The contact method {quoted(wanted.use)} is switched off, so this rule does nothing.",
            )
        rules.add(rule)
    return tuple(sorted(rules))


def targets(ground: Ground, wanted: tuple[WantedTarget, ...]) -> tuple[Target, ...]:
    """Each target once, in order."""
    for target in wanted:
        if len(target.given) != 1:
            ground.problems.error(target.at, "A target must be a `user`, a `team` or a `schedule`.")
    return tuple(dict.fromkeys(Target(target.kind, target.name) for target in wanted))


def policy(ground: Ground, wanted: WantedPolicy, old: Policy | None) -> Policy:
    """The escalation policy as it shall be."""
    base = old or Policy(wanted.name)
    steps = base.steps
    if wanted.steps is not UNSET:
        steps = tuple(_step(ground, step) for step in wanted.steps)
    return Policy(
        name=wanted.name,
        team=pick(wanted.team, base.team),
        repeat=pick(wanted.repeat, base.repeat),
        steps=steps,
        fallback=base.fallback if wanted.fallback is UNSET else targets(ground, wanted.fallback),
    )


def _step(ground: Ground, wanted: WantedStep) -> PolicyStep:
    if not wanted.page:
        ground.problems.error(wanted.place("page"), "This step pages nobody. Name a user, a team or a schedule.")
    if wanted.wait == 0:
        ground.problems.error(wanted.place("wait"), "It must be longer than nothing, or nobody can answer in time.")
    only = None if wanted.only is UNSET else _condition(ground, wanted.only)
    return PolicyStep(targets(ground, wanted.page), wanted.wait, wanted.whom, only)


def _condition(ground: Ground, wanted: WantedCondition) -> Condition | None:
    """None where it always holds."""
    if wanted.hours and not wanted.time_zone and "time_zone" not in wanted.places:
        ground.problems.error(wanted.at, "`time_zone` is missing; `hours` are told by a clock that hangs somewhere.")
    if not wanted.hours and not wanted.severities:
        return None
    zone = wanted.time_zone if wanted.hours else Condition().zone
    return Condition(wanted.hours, zone or Condition().zone, frozenset(wanted.severities))


def service(ground: Ground, wanted: WantedService, old: Service | None, *, prune: bool) -> Service:
    """The service as it shall be."""
    base = old or Service(wanted.name, "", "")
    if old is None:
        _need(ground, wanted, "team", "service")
        _need(ground, wanted, "policy", "service")
    elif old.active and not wanted.active:
        refuse_open(ground, wanted)
    ways = dict(base.integrations)
    if wanted.integrations is not UNSET:
        given = {way.name: _integration(ground, way, base.integrations.get(way.name)) for way in wanted.integrations}
        ways = given if prune else {**ways, **given}
    return Service(
        name=wanted.name,
        team=pick(wanted.team, base.team),
        policy=pick(wanted.policy, base.policy),
        description=pick(wanted.description, base.description),
        urgency=pick(wanted.urgency, base.urgency),
        grouping=pick(wanted.grouping, base.grouping),
        acknowledge_timeout=pick(wanted.acknowledge_timeout, base.acknowledge_timeout),
        active=wanted.active,
        integrations=ways,
    )


def refuse_open(ground: Ground, wanted: WantedService) -> None:
    """A service is not switched off under people who work on its incidents."""
    if numbers := ground.stored.open_incidents.get(wanted.name):
        ground.problems.error(
            wanted.place("active"), f"{wanted.name} cannot be switched off: {told_open(numbers)} open. Resolve first."
        )


def told_open(numbers: tuple[int, ...]) -> str:
    """`incident #7 is`, `incidents #7, #8 are`."""
    shown = ", ".join(f"#{number}" for number in numbers[:5]) + (
        f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    )
    return f"incident {shown} is" if len(numbers) == 1 else f"incidents {shown} are"


def _integration(ground: Ground, wanted: WantedIntegration, old: Integration | None) -> Integration:
    if old is None:
        _need(ground, wanted, "kind", "integration")
    base = replace(old or Integration(wanted.name, ""), name=wanted.name)
    kind = pick(wanted.kind, base.kind)
    if kind and kind not in KINDS and kind != base.kind:
        near = ground.problems.did_you_mean(kind, KINDS) or f" Known are {', '.join(KINDS)}."
        ground.problems.error(wanted.place("kind"), f"{quoted(kind)} is no kind of integration.{near}")
    if wanted.key is not UNSET:
        if wanted.key_sha256 is not UNSET:
            ground.problems.error(wanted.place("key_sha256"), "Give `key` or `key_sha256`, not both.")
        return Integration(wanted.name, kind, hash_of_key(wanted.key), wanted.key[:KNOWN_BY])
    if wanted.key_sha256 is UNSET:
        return replace(base, kind=kind)
    begins = base.key_begins if wanted.key_sha256 == base.key_sha256 else ""
    return Integration(wanted.name, kind, wanted.key_sha256, pick(wanted.key_begins, begins))


def window(ground: Ground, wanted: WantedWindow, old: Window | None) -> Window:
    """The maintenance window as it shall be."""
    if old is None:
        _need(ground, wanted, "ends", "maintenance window")
        _need(ground, wanted, "services", "maintenance window")
    services = old.services if old else ()
    if wanted.services is not UNSET:
        services = tuple(sorted({ref.name for ref in wanted.services}))
    ends = pick(wanted.ends, old.ends if old else wanted.starts)
    if wanted.ends is not UNSET and ends <= wanted.starts and not wanted.doubtful:
        ground.problems.error(wanted.place("ends"), "It must be later than `starts`.")
    return Window(wanted.reason, wanted.starts, ends, services)


def _need(ground: Ground, wanted: Wanted, key: str, title: str) -> None:
    known = ground.offline or wanted.doubtful  # it may be stored, under a name that was meant
    if getattr(wanted, key) is UNSET and key not in wanted.places and not known:
        ground.problems.error(wanted.at, f"`{key}` is missing; a new {title} needs it.")
