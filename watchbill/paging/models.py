"""Rows of escalation policies and of pages."""

from django.db import models


class EscalationPolicy(models.Model):
    """Whom to page, in which order. `repeat`: how often the ladder begins again."""

    name = models.TextField(unique=True)
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, related_name="policies")
    repeat = models.IntegerField(default=0)

    class Meta:
        db_table = "escalation_policy"


class PolicyStep(models.Model):
    """One rung. `delay`: seconds to wait for an acknowledgement. `whom`: engine.words.Whom. `only`: when it is taken at all,
    engine.directory.Condition, or null for always."""

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="steps")
    position = models.IntegerField()
    delay = models.IntegerField()
    whom = models.TextField(default="on_duty", db_default="on_duty")
    only = models.JSONField(null=True, db_column="only_when")

    class Meta:
        db_table = "policy_step"
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="policy_step_once"),
            models.CheckConstraint(condition=models.Q(delay__gt=0), name="policy_step_delay_positive"),
        ]


class PolicyTarget(models.Model):
    """Whom a step pages, or, without a step, the policy's fallback. Exactly one of `person`, `team` and `schedule` is set."""

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="targets")
    step = models.ForeignKey(PolicyStep, models.CASCADE, null=True, related_name="targets")
    position = models.IntegerField(default=0)
    person = models.ForeignKey("people.Person", models.PROTECT, null=True)
    team = models.ForeignKey("people.Team", models.PROTECT, null=True)
    schedule = models.ForeignKey("oncall.Schedule", models.PROTECT, null=True)

    class Meta:
        db_table = "policy_target"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, team__isnull=True, schedule__isnull=True)
                | models.Q(person__isnull=True, team__isnull=False, schedule__isnull=True)
                | models.Q(person__isnull=True, team__isnull=True, schedule__isnull=False),
                name="policy_target_is_one",
            )
        ]


class PolicyTurn(models.Model):
    """How often a step has paged by round robin. No foreign key: paging must not wait for whoever edits the policy.
    `level`: position of the step, from 0."""

    policy = models.BigIntegerField(db_column="policy_id")
    level = models.IntegerField()
    turn = models.BigIntegerField(default=0)

    class Meta:
        db_table = "policy_turn"
        constraints = [models.UniqueConstraint(fields=["policy", "level"], name="policy_turn_once")]


class Page(models.Model):
    """One page to one person over one contact method: the outbox. States are engine.delivery.PageState.

    `due_at`: when it next wants attention; for a leased page the end of the lease. `fence`: names the claim that holds
    it, 0 when none does; every write-back must name it too. `message`: id of the page that leads the bundle it was told in. `held`: why it
    waits, when it is held back. `late`: seconds behind plan when it was decided.
    """

    incident = models.BigIntegerField(db_column="incident_id")
    person = models.BigIntegerField(db_column="person_id")
    method = models.BigIntegerField(db_column="method_id")
    channel = models.TextField()
    level = models.SmallIntegerField()
    urgency = models.TextField()
    reason = models.TextField()
    state = models.TextField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    late = models.IntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    message = models.BigIntegerField(null=True)
    outcome = models.TextField(default="")
    detail = models.TextField(default="")

    class Meta:
        db_table = "page"
        indexes = [
            # the lane of a channel: whose pages are due
            models.Index(
                fields=["channel", "method", "due_at"],
                name="page_due",
                condition=models.Q(state__in=["due", "leased", "unknown"]),
            ),
            # what was given up lately, for `watchbill status`
            models.Index(fields=["settled_at"], name="page_failed", condition=models.Q(state="failed")),
            # the room of an incident
            models.Index(fields=["incident"], name="page_of_incident"),
        ]


class Recipient(models.Model):
    """The pace of one contact method; its row lock also lets only one node at a time claim for it.

    `held_until`: until then nothing more is claimed for it, and all its due pages are held back (PAGE_HELD_BACK).
    """

    method = models.BigIntegerField(primary_key=True, db_column="method_id")
    paced_until = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "recipient"
