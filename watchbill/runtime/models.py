"""Rows of the runtime: which nodes live, and which version of the configuration holds."""

from django.db import models


class Node(models.Model):
    """One `watchbill serve`. `beat_at`: the last time it said that it lives, by the database's clock."""

    name = models.TextField(unique=True)
    version = models.TextField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        db_table = "node"


class Configuration(models.Model):
    """The one row whose version grows with every change of people, services or policies; nodes reload on it."""

    version = models.BigIntegerField(default=1)
    #: fingerprint of the newest secret key; a node with another one would sign links that no other node takes
    key_fingerprint = models.TextField(default="")

    class Meta:
        db_table = "configuration"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="configuration_is_one_row")]
