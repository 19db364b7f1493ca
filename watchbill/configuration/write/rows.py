"""Which row stands behind which name, growing while rows are made; and how many rows are written in few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from msgspec import Struct

from watchbill.configuration.state import Ids

BATCH = 2000


class Rows(Struct):
    """Ids by kind and name, of methods by person and name, of integrations by service and name, of rotations by schedule
    and name."""

    kinds: dict[str, dict[str, int]]
    methods: dict[tuple[str, str], int]
    integrations: dict[tuple[str, str], int]
    rotations: dict[tuple[str, str], int]

    @classmethod
    def of(cls, ids: Ids) -> "Rows":
        """What is there before anything is written."""
        kinds = {kind: dict(rows) for kind, rows in ids.kinds.items()}
        return cls(kinds, dict(ids.methods), dict(ids.integrations), dict(ids.rotations))


def create(model: type[models.Model], rows: Iterable[models.Model]) -> Sequence[Any]:
    """Makes rows, and answers them with their ids."""
    made: Sequence[Any] = model._default_manager.bulk_create(list(rows), batch_size=BATCH)
    return made


def change(model: type[models.Model], rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Writes these columns of rows that are there."""
    if rows:  # an upsert on the id: `bulk_update` builds a CASE for each row and takes ten times as long
        model._default_manager.bulk_create(
            list(rows), batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=list(columns)
        )
