"""When maintenance windows change, the incidents that they mute are looked at again, at once."""

from django.db import connection

# The same locks as runtime.submit takes, of every service: no batch writes an older `due_at` over this one, and none that
# still mutes by the windows of before is left out because it has not committed yet.
LOCK = """
SELECT pg_advisory_xact_lock(7120402, id::int) FROM (SELECT id FROM service ORDER BY id) service
"""
LOOK_AGAIN = "UPDATE incident SET due_at = app_now() WHERE muted_until IS NOT NULL AND due_at IS NOT NULL"


def reconsider_muted() -> None:
    """Makes every muted incident due, inside the caller's transaction; the rules decide whether its mute still holds."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(LOOK_AGAIN)
