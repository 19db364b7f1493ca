"""Writes people with their contact methods and rules, and teams with their members."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchbill.configuration.diff import Change
from watchbill.configuration.state import Method, Team, User
from watchbill.configuration.write.rows import Rows, change, create
from watchbill.configuration.write.secrets import stored_secret
from watchbill.people.models import ContactMethod, Membership, NotificationRule, Person
from watchbill.people.models import Team as TeamRow
from watchbill.runtime.seal import Seal


def write_users(changes: Sequence[Change], rows: Rows, seal: Seal) -> None:
    """People are made and changed, never deleted."""
    ids = rows.kinds["users"]
    new: list[User] = [one.after for one in changes if one.before is None]
    for person in create(Person, (_person(user) for user in new)):
        ids[person.email] = person.id
    kept = [one for one in changes if one.before is not None and (one.was or _plain(one.before) != _plain(one.after))]
    change(Person, [_person(one.after, ids[one.name]) for one in kept], ("email", "name", "time_zone", "active"))
    _write_methods(changes, rows, seal)
    _write_rules(changes, rows)


def _person(user: User, row: int | None = None) -> Person:
    return Person(id=row, email=user.email, name=user.name, time_zone=user.time_zone, active=user.active)


def _plain(user: User) -> tuple[Any, ...]:
    return user.name, user.time_zone, user.active


def _write_methods(changes: Sequence[Change], rows: Rows, seal: Seal) -> None:
    new: list[tuple[str, Method]] = []
    kept: list[ContactMethod] = []
    gone: list[int] = []
    for one in changes:
        before: Mapping[str, Method] = one.before.contact_methods if one.before else {}
        after: Mapping[str, Method] = one.after.contact_methods
        gone += [rows.methods.pop((one.name, name)) for name in before if name not in after]
        for name, method in after.items():
            if name not in before:
                new.append((one.name, method))
            elif method != before[name]:
                kept.append(_method(method, rows.kinds["users"][one.name], seal, rows.methods[one.name, name]))
    ContactMethod.objects.filter(id__in=gone).delete()
    made = create(ContactMethod, (_method(method, rows.kinds["users"][email], seal) for email, method in new))
    for (email, method), row in zip(new, made, strict=True):
        rows.methods[email, method.name] = row.id
    change(ContactMethod, kept, ("channel", "settings", "enabled"))


def _method(method: Method, person: int, seal: Seal, row: int | None = None) -> ContactMethod:
    settings = {
        name: value if isinstance(value, str) else stored_secret(value, seal) for name, value in method.settings.items()
    }
    return ContactMethod(
        id=row, person_id=person, name=method.name, channel=method.channel, settings=settings, enabled=method.enabled
    )


def _write_rules(changes: Sequence[Change], rows: Rows) -> None:
    """All rules of a person anew, where any of them differ."""
    users: list[User] = [
        one.after
        for one in changes
        if one.before is None or (one.before.high, one.before.low) != (one.after.high, one.after.low)
    ]
    ids = rows.kinds["users"]
    NotificationRule.objects.filter(person_id__in=[ids[user.email] for user in users]).delete()
    create(
        NotificationRule,
        (
            NotificationRule(
                person_id=ids[user.email],
                urgency=urgency,
                delay=rule.after,
                method_id=rows.methods[user.email, rule.use],
            )
            for user in users
            for urgency, rules in (("high", user.high), ("low", user.low))
            for rule in rules
        ),
    )


def write_teams(changes: Sequence[Change], rows: Rows) -> None:
    """Teams are made and renamed; the members are written anew, in order, where they differ."""
    ids, people = rows.kinds["teams"], rows.kinds["users"]
    for team in create(TeamRow, (TeamRow(name=one.name) for one in changes if one.before is None)):
        ids[team.name] = team.id
    change(TeamRow, [TeamRow(id=ids[one.name], name=one.name) for one in changes if one.was], ("name",))
    differ: list[Team] = [one.after for one in changes if one.before is None or one.before.members != one.after.members]
    Membership.objects.filter(team_id__in=[ids[team.name] for team in differ]).delete()
    create(
        Membership,
        (
            Membership(team_id=ids[team.name], person_id=people[member.user], role=member.role.value, position=position)
            for team in differ
            for position, member in enumerate(team.members)
        ),
    )


def remove_teams(names: Iterable[str], rows: Rows) -> None:
    """With their memberships. The database refuses while a service or a policy needs one."""
    TeamRow.objects.filter(id__in=[rows.kinds["teams"][name] for name in names]).delete()
