"""The Django app of this chapter."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"
