"""The Django app of this chapter."""

from django.apps import AppConfig


class PagingConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.paging"
    label = "paging"
    default_auto_field = "django.db.models.BigAutoField"
