"""Schedules as targets, steps by round robin and steps with a condition."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Expands only: old code runs on it."""

    dependencies = [
        ("oncall", "0001_first"),
        ("paging", "0003_failed_lately"),
        ("people", "0001_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyTurn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("policy", models.BigIntegerField(db_column="policy_id")),
                ("level", models.IntegerField()),
                ("turn", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "policy_turn",
            },
        ),
        migrations.RemoveConstraint(
            model_name="policytarget",
            name="policy_target_is_one",
        ),
        migrations.AddField(
            model_name="policystep",
            name="only",
            field=models.JSONField(db_column="only_when", null=True),
        ),
        migrations.AddField(
            model_name="policystep",
            name="whom",
            field=models.TextField(db_default="on_duty", default="on_duty"),
        ),
        migrations.AddField(
            model_name="policytarget",
            name="schedule",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="oncall.schedule"),
        ),
        migrations.AddConstraint(
            model_name="policytarget",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("schedule__isnull", True), ("team__isnull", True)),
                    models.Q(("person__isnull", True), ("schedule__isnull", True), ("team__isnull", False)),
                    models.Q(("person__isnull", True), ("schedule__isnull", False), ("team__isnull", True)),
                    _connector="OR",
                ),
                name="policy_target_is_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyturn",
            constraint=models.UniqueConstraint(fields=("policy", "level"), name="policy_turn_once"),
        ),
    ]
