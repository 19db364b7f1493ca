"""The tables of who is on duty."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rotation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("position", models.IntegerField(default=0)),
                ("shadow", models.BooleanField(default=False)),
                ("starts_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "rotation",
            },
        ),
        migrations.CreateModel(
            name="CoverRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("note", models.TextField(default="")),
                ("source", models.TextField(default="")),
                ("asked_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "asker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
            ],
            options={
                "db_table": "cover_request",
            },
        ),
        migrations.CreateModel(
            name="CoverAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="oncall.coverrequest"
                    ),
                ),
            ],
            options={
                "db_table": "cover_answer",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.BigIntegerField(db_column="person_id")),
                ("kind", models.TextField()),
                ("key", models.TextField(unique=True)),
                ("subject", models.TextField()),
                ("body", models.TextField(default="")),
                ("incident", models.BigIntegerField(db_column="incident_id", null=True)),
                ("created_at", models.DateTimeField()),
                ("state", models.TextField(default="due")),
                ("due_at", models.DateTimeField(null=True)),
                ("attempts", models.SmallIntegerField(default=0)),
                ("detail", models.TextField(default="")),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "notice",
                "indexes": [
                    models.Index(condition=models.Q(("state", "due")), fields=["due_at"], name="notice_due"),
                    models.Index(fields=["person", "created_at"], name="notice_of_person"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Calendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("settings", models.JSONField(default=dict)),
                ("shifts", models.JSONField(default=list)),
                ("problems", models.JSONField(default=list)),
                ("fault", models.TextField(default="")),
                ("fetched_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendars",
                        to="people.person",
                    ),
                ),
                (
                    "rotation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar",
                        to="oncall.rotation",
                    ),
                ),
            ],
            options={
                "db_table": "calendar",
            },
        ),
        migrations.CreateModel(
            name="RotationEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("plan", models.JSONField()),
                (
                    "rotation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="editions", to="oncall.rotation"
                    ),
                ),
            ],
            options={
                "db_table": "rotation_edition",
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("time_zone", models.TextField(default="UTC")),
                ("hours", models.JSONField(default=list)),
                ("gap_lead", models.IntegerField(default=259200)),
                ("holidays", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="schedules", to="people.team"
                    ),
                ),
            ],
            options={
                "db_table": "schedule",
            },
        ),
        migrations.AddField(
            model_name="rotation",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rotations", to="oncall.schedule"
            ),
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("via", models.TextField(default="")),
                ("note", models.TextField(default="")),
                ("shifts", models.JSONField(null=True)),
                ("created_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "answer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overrides",
                        to="oncall.coveranswer",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "instead_of",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "rotation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overrides",
                        to="oncall.rotation",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="overrides", to="oncall.schedule"
                    ),
                ),
            ],
            options={
                "db_table": "schedule_override",
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.person"
                    ),
                ),
                (
                    "rotation",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="oncall.rotation"
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="oncall.schedule"
                    ),
                ),
            ],
            options={
                "db_table": "feed",
            },
        ),
        migrations.AddField(
            model_name="coverrequest",
            name="schedule",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="oncall.schedule"
            ),
        ),
        migrations.AddConstraint(
            model_name="coveranswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("since__isnull", True), ("until__isnull", True)),
                    ("until__gt", models.F("since")),
                    _connector="OR",
                ),
                name="cover_answer_lasts",
            ),
        ),
        migrations.AddIndex(
            model_name="calendar",
            index=models.Index(fields=["next_at"], name="calendar_due"),
        ),
        migrations.AddConstraint(
            model_name="calendar",
            constraint=models.CheckConstraint(
                condition=models.Q(("rotation__isnull", True), ("person__isnull", True), _connector="XOR"),
                name="calendar_is_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="calendar",
            constraint=models.UniqueConstraint(
                condition=models.Q(("person__isnull", False)), fields=("person",), name="calendar_of_person_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="rotationedition",
            constraint=models.UniqueConstraint(fields=("rotation", "since"), name="rotation_edition_once"),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)), fields=("name",), name="schedule_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="rotation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)), fields=("schedule", "name"), name="rotation_name_once"
            ),
        ),
        migrations.AddIndex(
            model_name="override",
            index=models.Index(fields=["schedule", "until"], name="override_of_schedule"),
        ),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("rotation__isnull", True), ("schedule__isnull", True)),
                    models.Q(("person__isnull", True), ("rotation__isnull", False), ("schedule__isnull", True)),
                    models.Q(("person__isnull", True), ("rotation__isnull", True), ("schedule__isnull", False)),
                    _connector="OR",
                ),
                name="feed_is_of_one",
            ),
        ),
        migrations.AddIndex(
            model_name="coverrequest",
            index=models.Index(fields=["until"], name="cover_request_until"),
        ),
        migrations.AddConstraint(
            model_name="coverrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("since"))), name="cover_request_lasts"
            ),
        ),
        migrations.AddConstraint(
            model_name="coverrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source", ""), _negated=True),
                fields=("asker", "source"),
                name="cover_request_source_once",
            ),
        ),
    ]
