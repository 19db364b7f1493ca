"""The Django app of this chapter."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
