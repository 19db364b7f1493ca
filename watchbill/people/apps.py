"""The Django app of this chapter."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
