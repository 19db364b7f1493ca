"""The Django app of this chapter."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """See README.md in this folder."""

    name = "watchbill.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
