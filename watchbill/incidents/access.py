"""What one person may see of incidents, and so may do: every read on somebody's behalf goes through here."""

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection

from watchbill.engine.case import Incident
from watchbill.engine.directory import Directory, Policy, Target
from watchbill.engine.words import TargetKind
from watchbill.incidents import load, queries


class Sight(Struct, frozen=True):
    """`person`: id, 0 for whoever keeps the machine, who sees everything. `services`: ids, None for all."""

    person: int = 0
    services: frozenset[int] | None = None


EVERYTHING = Sight()


def sight_of(person: int, directory: Directory) -> Sight:
    """What a person sees: the services of their teams, and those whose policy may page them."""
    teams = {id_ for id_, team in directory.teams.items() if any(member == person for member, _ in team.members)}
    policies = {id_ for id_, policy in directory.policies.items() if _pages(policy, person, teams, directory)}
    services = (
        id_ for id_, service in directory.services.items() if service.team in teams or service.policy in policies
    )
    return Sight(person, frozenset(services))


def sees(sight: Sight, incident: Incident) -> bool:
    """Whether this incident is in sight; one that a person has, or is being woken for, always is."""
    if sight.services is None or incident.service in sight.services:
        return True
    return incident.acknowledged_by == sight.person or any(
        paging.person == sight.person for paging in incident.ladder.paging
    )


async def find(link: AsyncConnection[Any], sight: Sight, numbers: Sequence[int]) -> dict[int, Incident]:
    """The incidents with these numbers that are in sight, by number."""
    found = await load.by_number(link, numbers)
    return {incident.id: incident for incident in found if sees(sight, incident)}


async def listed(link: AsyncConnection[Any], sight: Sight, wanted: queries.Wanted) -> list[Incident]:
    """The incidents that are wanted, as far as they are in sight."""
    return await queries.listed(link, wanted, person=sight.person, services=sight.services)


def _pages(policy: Policy, person: int, teams: Collection[int], directory: Directory) -> bool:
    targets: list[Target] = [*policy.fallback, *(target for step in policy.steps for target in step.targets)]
    return any(_may_mean(target, person, teams, directory) for target in targets)


def _may_mean(target: Target, person: int, teams: Collection[int], directory: Directory) -> bool:
    """Whether the person is behind a target at any time: whoever has turns in a schedule sees what it is paged for."""
    if target.kind is TargetKind.USER:
        return target.id == person
    if target.kind is TargetKind.TEAM:
        return target.id in teams
    schedule = directory.schedules.get(target.id)
    return schedule is not None and person in schedule.names
