"""An index for triggers that were kept on a node's disk: when a monitor last said of their key that it is over."""

from django.db import migrations, models
from django.db.models.fields.json import KT


class Migration(migrations.Migration):
    """Expands only: old code runs on it."""

    dependencies = [
        ("journal", "0001_first"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                models.F("service"),
                KT("data__dedup_key"),
                models.F("id"),
                condition=models.Q(("what", "AlertResolved")),
                name="journal_ended_keys",
            ),
        ),
    ]
