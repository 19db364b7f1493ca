"""The Django app of this chapter."""

from django.apps import AppConfig


class OncallConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.oncall"
    label = "oncall"
    default_auto_field = "django.db.models.BigAutoField"
