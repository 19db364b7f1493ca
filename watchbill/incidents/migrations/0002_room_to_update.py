"""Rows that are updated often keep room on their disk page, so that an update writes no index."""

from django.db import migrations


class Migration(migrations.Migration):
    """Changes how rows are stored from now on; old code runs on it."""

    dependencies = [("incidents", "0001_first")]
    operations = [
        migrations.RunSQL("ALTER TABLE incident SET (fillfactor = 85)", "ALTER TABLE incident RESET (fillfactor)"),
        migrations.RunSQL("ALTER TABLE alert SET (fillfactor = 75)", "ALTER TABLE alert RESET (fillfactor)"),
    ]
