"""The Django app of this chapter."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
