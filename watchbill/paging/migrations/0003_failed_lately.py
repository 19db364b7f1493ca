"""An index for `watchbill status`: what was given up in the last day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Expands only: old code runs on it."""

    dependencies = [
        ("paging", "0002_policy_of_service"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="page",
            index=models.Index(condition=models.Q(("state", "failed")), fields=["settled_at"], name="page_failed"),
        ),
    ]
