"""The Django app of this chapter."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.incidents"
    label = "incidents"
    default_auto_field = "django.db.models.BigAutoField"
