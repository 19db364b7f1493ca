"""Plans and applies a file: reads it, holds it against the database, and writes the difference in one transaction."""

from collections.abc import Callable, Mapping

from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from msgspec import Struct

from watchbill.channels.contract import Channel
from watchbill.configuration.advice import advise
from watchbill.configuration.asking import Request, wish_of
from watchbill.configuration.current import load
from watchbill.configuration.diff import Plan, diff
from watchbill.configuration.export import export as write_yaml
from watchbill.configuration.foreseen import Foreseen, foresee
from watchbill.configuration.foretold import foretell
from watchbill.configuration.ground import Ground
from watchbill.configuration.made import NewKey
from watchbill.configuration.methods import check_seal
from watchbill.configuration.problems import Collided
from watchbill.configuration.settle import Settled, settle
from watchbill.configuration.write import write
from watchbill.oncall.actions.turn import TURN
from watchbill.runtime.models import Configuration
from watchbill.runtime.seal import Seal


class Moved(Exception):
    """The database is no longer as it was when the plan was shown; nothing was written. `plan`: the new one."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("The database changed after the plan was shown.")
        self.plan = plan


class Applied(Struct, frozen=True):
    """What was done. `new_keys`: to be told now, once."""

    plan: Plan
    new_keys: tuple[NewKey, ...]


def plan(asked: Request, seal: Seal) -> Plan:
    """What `apply` would do now. Raises BadFile."""
    with transaction.atomic():
        return _plan(asked, seal)[0]


def foresee_file(asked: Request, seal: Seal) -> Foreseen:
    """What nodes would know if the file were applied now; writes nothing. Raises BadFile."""
    with transaction.atomic():
        settled = _plan(asked, seal)[1]
    return foresee(settled.desired, settled.stored)


def apply(
    asked: Request, seal: Seal, *, shown: Plan | None = None, before_commit: Callable[[], None] = lambda: None
) -> Applied:
    """Does it, all or nothing. `shown`: the plan that somebody agreed to. Raises BadFile; Moved when the database has
    changed since `shown`; Collided."""
    try:
        with transaction.atomic():
            _take_turn()
            found, settled = _plan(asked, seal)
            if shown is not None and not found.same_changes(shown):
                raise Moved(found)
            new_keys = write(found, settled, seal)
            before_commit()
    except (DatabaseError, ProtectedError) as fault:
        raise Collided(str(fault)) from fault
    return Applied(found, new_keys)


def export(channels: Mapping[str, Channel]) -> str:
    """The whole configuration as a file."""
    with transaction.atomic():
        return write_yaml(load(), channels)


def _plan(asked: Request, seal: Seal) -> tuple[Plan, Settled]:
    problems, wish = wish_of(asked)
    ground = Ground(load(), asked.channels, problems, seal, asked.permissive, asked.file)
    settled = settle(ground, wish, prune=asked.prune)
    check_seal(ground, settled.desired)
    problems.raise_if_any()
    advise(wish, settled.desired, problems)
    moved = foretell(wish, settled.desired, settled.stored, problems)
    return diff(settled, problems.warnings, moved), settled


def _take_turn() -> None:
    """Until the transaction ends: no other `apply`, and nobody else who bumps the version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
    Configuration.objects.select_for_update().get(id=1)
