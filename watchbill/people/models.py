"""Rows of people: who there is, in which teams, and how each is reached."""

from django.db import models


class Person(models.Model):
    """Somebody who can be paged. Never deleted, since the journal names them; switched off instead."""

    email = models.TextField(unique=True)
    name = models.TextField()
    time_zone = models.TextField(default="UTC")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "person"


class Team(models.Model):
    """People who own services together."""

    name = models.TextField(unique=True)

    class Meta:
        db_table = "team"


class Membership(models.Model):
    """A person in a team. `role`: engine.words.Role. `position`: the order in which a team is listed."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    role = models.TextField(default="responder")
    position = models.IntegerField(default=0)

    class Meta:
        db_table = "membership"
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="membership_once")]


class ContactMethod(models.Model):
    """One road to one person. `settings`: the channel's own fields, the secret ones sealed."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="methods")
    name = models.TextField()
    channel = models.TextField()
    settings = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)

    class Meta:
        db_table = "contact_method"
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="contact_method_name_once")]


class NotificationRule(models.Model):
    """When a person is told over which contact method. `delay`: seconds after the page begins."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="rules")
    urgency = models.TextField()
    delay = models.IntegerField()
    method = models.ForeignKey(ContactMethod, models.CASCADE, related_name="rules")

    class Meta:
        db_table = "notification_rule"
        constraints = [
            models.UniqueConstraint(fields=["person", "urgency", "delay", "method"], name="notification_rule_once"),
            models.CheckConstraint(condition=models.Q(delay__gte=0), name="notification_rule_delay_not_negative"),
        ]
