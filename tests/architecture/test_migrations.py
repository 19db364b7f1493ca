"""A migration that has landed is never edited: a database that has run it would not get what was added.

A new one is added to the record by `python -m tests.architecture.test_migrations`.
"""

import hashlib
import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command

PROJECT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("migrations.json")


def found() -> dict[str, str]:
    """Every migration and the SHA-256 of its text."""
    return {
        str(path.relative_to(PROJECT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(PROJECT.glob("watchbill/*/migrations/0*.py"))
    }


def test_no_migration_was_edited_after_it_landed() -> None:
    recorded, now = json.loads(RECORD.read_text()), found()
    edited = [name for name, digest in recorded.items() if now.get(name) != digest]
    assert not edited, f"Edited or removed: {edited}. Write a new migration that goes on from there."
    assert not now.keys() - recorded.keys(), "Record the new one: python -m tests.architecture.test_migrations"


def test_the_models_have_no_change_without_a_migration(migrated: object) -> None:
    told = StringIO()
    call_command("makemigrations", check=True, dry_run=True, verbosity=1, stdout=told, skip_checks=True)


if __name__ == "__main__":
    recorded = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    RECORD.write_text(json.dumps({**found(), **recorded}, indent=2, sort_keys=True) + "\n")
