"""The database's clock and the first version of the configuration."""

from django.db import migrations

CLOCK = """
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS 'SELECT clock_timestamp()'
"""
COMMENT = """
COMMENT ON FUNCTION app_now() IS
'The only clock that decides whether anything is due. Tests replace it; nodes never use their own.'
"""


class Migration(migrations.Migration):
    """Expands only: old code runs on it."""

    dependencies = [("runtime", "0001_first")]
    operations = [
        migrations.RunSQL([CLOCK, COMMENT], "DROP FUNCTION app_now()"),
        migrations.RunSQL(
            "INSERT INTO configuration (id, version, key_fingerprint) VALUES (1, 1, '')", migrations.RunSQL.noop
        ),
    ]
