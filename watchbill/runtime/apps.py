"""The Django app that owns the runtime's own rows."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """Nodes, the version of the configuration, and the database's clock."""

    name = "watchbill.runtime"
    label = "runtime"
    default_auto_field = "django.db.models.BigAutoField"
