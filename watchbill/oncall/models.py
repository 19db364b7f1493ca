"""Rows of who is on duty: schedules, rotations and what they were set to, overrides, cover, calendars, feeds, notices.

What was true is kept: a rotation keeps its editions, and what is taken away is marked `removed_at`, since hours and pay
are reckoned from it.
"""

from django.db import models


class Schedule(models.Model):
    """Who is on duty when. `hours`: windows of the week (engine.duty.schedule.Hours) in which somebody has to be, empty for
    always. `gap_lead`: seconds before a gap at which its team is warned. `holidays`: codes such as "ES" or "US-CA", shown.
    `made_at`: null where it was always there; before it, nobody was missing."""

    name = models.TextField()
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="schedules")
    time_zone = models.TextField(default="UTC")
    hours = models.JSONField(default=list)
    gap_lead = models.IntegerField(default=3 * 24 * 3600)
    holidays = models.JSONField(default=list)
    made_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "schedule"
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(removed_at__isnull=True), name="schedule_name_once"
            )
        ]


class Rotation(models.Model):
    """A rotation of a schedule. `shadow`: its people are told and never paged. `starts_at`, `ends_at`: limits, or null."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="rotations")
    name = models.TextField()
    position = models.IntegerField(default=0)
    shadow = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rotation"
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "name"], condition=models.Q(removed_at__isnull=True), name="rotation_name_once"
            )
        ]


class RotationEdition(models.Model):
    """What a rotation was set to from `since` on, until the next edition. `plan`: oncall.plan.Plan."""

    rotation = models.ForeignKey(Rotation, models.CASCADE, related_name="editions")
    since = models.DateTimeField()
    plan = models.JSONField()

    class Meta:
        db_table = "rotation_edition"
        constraints = [models.UniqueConstraint(fields=["rotation", "since"], name="rotation_edition_once")]


class CoverRequest(models.Model):
    """Somebody asks for cover. `schedule`: null for every one in which the asker has duty. `source`: what raised it, empty
    for the asker, else the calendar's event. `withdrawn_at`: set by the asker."""

    asker = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    schedule = models.ForeignKey(Schedule, models.CASCADE, null=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    note = models.TextField(default="")
    source = models.TextField(default="")
    asked_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cover_request"
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gt=models.F("since")), name="cover_request_lasts"),
            models.UniqueConstraint(
                fields=["asker", "source"], condition=~models.Q(source=""), name="cover_request_source_once"
            ),
        ]
        indexes = [models.Index(fields=["until"], name="cover_request_until")]  # those that are still open


class CoverAnswer(models.Model):
    """What somebody said to a request: took it from `since` to `until`, or declined, when both are null."""

    request = models.ForeignKey(CoverRequest, models.CASCADE, related_name="answers")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField()

    class Meta:
        db_table = "cover_answer"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(since__isnull=True, until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="cover_answer_lasts",
            )
        ]


class Override(models.Model):
    """A change to who is on duty for a time. `kind`: engine.duty.schedule.OverrideKind. `rotation`: null for the whole
    schedule. `by`: who made it, null where nobody is known. `shifts`: of a temporary schedule. `answer`: the cover it came
    of. `removed_at`: taken back; what of it was over by then was true, so `until` is cut to then."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="overrides")
    rotation = models.ForeignKey(Rotation, models.CASCADE, null=True, related_name="overrides")
    kind = models.TextField()
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    instead_of = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    via = models.TextField(default="")
    note = models.TextField(default="")
    shifts = models.JSONField(null=True)
    answer = models.ForeignKey(CoverAnswer, models.CASCADE, null=True, related_name="overrides")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "schedule_override"
        indexes = [models.Index(fields=["schedule", "until"], name="override_of_schedule")]  # those not over, to load


class Calendar(models.Model):
    """A calendar elsewhere: the shifts of a rotation, or, of a person, when that one is out of office; exactly one of the two.

    `settings`: `url`, sealed. `shifts`: what the last good copy says (engine.duty.schedule.Fixed), or absences. `problems`:
    what in it could not be used, in words. `fault`: why the last try failed, empty when it went well. `next_at`: of the next try.
    """

    rotation = models.OneToOneField(Rotation, models.CASCADE, null=True, related_name="calendar")
    person = models.ForeignKey("people.Person", models.CASCADE, null=True, related_name="calendars")
    settings = models.JSONField(default=dict)
    shifts = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    fault = models.TextField(default="")
    fetched_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()

    class Meta:
        db_table = "calendar"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rotation__isnull=True) ^ models.Q(person__isnull=True), name="calendar_is_one"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(person__isnull=False), name="calendar_of_person_once"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="calendar_due")]  # the fetcher's question


class Feed(models.Model):
    """An iCalendar address that somebody may subscribe to: of a person, a rotation or a schedule, exactly one. `nonce`: part
    of what the address signs. `revoked_at`: since then it answers 410."""

    person = models.ForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    rotation = models.ForeignKey(Rotation, models.CASCADE, null=True, related_name="+")
    schedule = models.ForeignKey(Schedule, models.CASCADE, null=True, related_name="+")
    nonce = models.TextField()
    made_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "feed"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, rotation__isnull=True, schedule__isnull=True)
                | models.Q(person__isnull=True, rotation__isnull=False, schedule__isnull=True)
                | models.Q(person__isnull=True, rotation__isnull=True, schedule__isnull=False),
                name="feed_is_of_one",
            )
        ]


class Notice(models.Model):
    """Something to tell a person without waking anybody: a hand-off, a gap, a cover request, an incident to a shadow.

    `key`: what it is about; the same is told once, whichever node saw it first. `state`: due, sent or failed; `due_at`: when
    it next wants attention. `detail`: what the channel said last.
    """

    person = models.BigIntegerField(db_column="person_id")
    kind = models.TextField()
    key = models.TextField(unique=True)
    subject = models.TextField()
    body = models.TextField(default="")
    incident = models.BigIntegerField(db_column="incident_id", null=True)
    created_at = models.DateTimeField()
    state = models.TextField(default="due")
    due_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    detail = models.TextField(default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notice"
        indexes = [
            # what is to be sent
            models.Index(fields=["due_at"], name="notice_due", condition=models.Q(state="due")),
            # what a person was told lately
            models.Index(fields=["person", "created_at"], name="notice_of_person"),
        ]
