"""Rows of incidents and alerts. They mirror engine.case; the rules decide, `apply.py` writes.

References carry no foreign key constraint: each would cost a lock and a look-up for every event, and only `apply.py`
writes here, from cases that were loaded under the service's lock. The tests check that no reference dangles.
"""

from django.db import models


class Incident(models.Model):
    """One incident; its id is the number that people say. `ladder`: engine.case.Ladder as JSON."""

    service = models.BigIntegerField(db_column="service_id")
    policy = models.BigIntegerField(db_column="policy_id")
    title = models.TextField()
    severity = models.TextField()
    urgency = models.TextField()
    status = models.TextField()
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    acknowledged_by = models.BigIntegerField(default=0)
    snoozed = models.BooleanField(default=False)
    returns_at = models.DateTimeField(null=True)
    muted_until = models.DateTimeField(null=True)
    alerts_open = models.IntegerField()
    alerts_total = models.IntegerField()
    ladder = models.JSONField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "incident"
        indexes = [
            # the newest open incident of a service, for grouping, and the list of what is open
            models.Index(fields=["service", "id"], name="incident_open", condition=~models.Q(status="resolved")),
            # what falls due next, for the wakeups
            models.Index(fields=["due_at"], name="incident_due", condition=models.Q(due_at__isnull=False)),
        ]


class Alert(models.Model):
    """What a monitor said under one key. `content`: fingerprint of what it said last.
    `body`: the rest of what it sent."""

    service = models.BigIntegerField(db_column="service_id")
    incident = models.BigIntegerField(db_column="incident_id")
    integration = models.BigIntegerField(default=0, db_column="integration_id")
    dedup_key = models.TextField()
    summary = models.TextField()
    severity = models.TextField()
    source = models.TextField(default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    count = models.IntegerField(default=1)
    content = models.BigIntegerField(default=0)
    body = models.JSONField(default=dict)

    class Meta:
        db_table = "alert"
        constraints = [
            # at most one open alert per key; also finds it
            models.UniqueConstraint(
                fields=["service", "dedup_key"], name="alert_open_once", condition=models.Q(resolved_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["incident"], name="alert_of_incident")]


class MaintenanceWindow(models.Model):
    """A time in which services page nobody, planned ahead."""

    reason = models.TextField(default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    services = models.ManyToManyField("catalog.Service", related_name="maintenance_windows")

    class Meta:
        db_table = "maintenance_window"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="maintenance_ends_after_start"
            )
        ]
