"""Rows of the catalog: services, who owns them, and the keys through which monitors reach them."""

from django.db import models


class Service(models.Model):
    """What alerts are about. `policy` is the id of an escalation policy: a chapter further on, so no import; the
    constraint stands in that chapter's migration."""

    name = models.TextField(unique=True)
    description = models.TextField(default="")
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="services")
    policy_id = models.BigIntegerField()
    urgency = models.TextField(default="by_severity")
    grouping = models.TextField(default="off")
    grouping_window = models.IntegerField(default=0)
    acknowledge_timeout = models.IntegerField(null=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "service"


class Integration(models.Model):
    """A way into a service. Only the SHA-256 of its key is kept, and the first characters to know it by."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="integrations")
    name = models.TextField()
    kind = models.TextField()
    key_sha256 = models.TextField(unique=True)
    key_begins = models.TextField(default="")

    class Meta:
        db_table = "integration"
        constraints = [models.UniqueConstraint(fields=["service", "name"], name="integration_name_once")]
