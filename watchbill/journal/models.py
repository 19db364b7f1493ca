"""The record of what happened, append only."""

from django.db import models
from django.db.models.fields.json import KT


class Entry(models.Model):
    """One thing that happened: a fact and its decision, an attempt to page, a change.

    `kind`: fact, page, configuration or oncall. `what`: the name of the fact or of the page's new state. `reason`: a name of
    engine.reasons.Reason. `by`: person id, 0 for nobody. No foreign keys: the journal outlives what it speaks of, and
    is written once for every event.
    """

    at = models.DateTimeField()
    incident = models.BigIntegerField(null=True, db_column="incident_id")
    service = models.BigIntegerField(null=True, db_column="service_id")
    kind = models.TextField()
    what = models.TextField()
    reason = models.TextField(default="")
    by = models.BigIntegerField(default=0, db_column="by_id")
    via = models.TextField(default="")
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "journal"
        indexes = [
            # the timeline of an incident, in order
            models.Index(
                fields=["incident", "id"], name="journal_of_incident", condition=models.Q(incident__isnull=False)
            ),
            # what was changed lately, on one service or anywhere
            models.Index(fields=["service", "id"], name="journal_changes", condition=models.Q(what="ChangeReported")),
            # when a monitor last said of a key that it is over, for a trigger that was kept on a node's disk
            models.Index(
                models.F("service"),
                KT("data__dedup_key"),
                models.F("id"),
                name="journal_ended_keys",
                condition=models.Q(what="AlertResolved"),
            ),
        ]
