"""A service's policy must exist; the service's own chapter comes before this one and cannot say so."""

from django.db import migrations


class Migration(migrations.Migration):
    """Expands only: old code runs on it."""

    dependencies = [("paging", "0001_first"), ("catalog", "0001_first")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE service ADD CONSTRAINT service_policy_exists FOREIGN KEY (policy_id) "
            "REFERENCES escalation_policy (id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE service DROP CONSTRAINT service_policy_exists",
        ),
        migrations.RunSQL("ALTER TABLE page SET (fillfactor = 85)", "ALTER TABLE page RESET (fillfactor)"),
    ]
