"""As much of Django as the pages of this chapter need, whichever settings the rest of the suite has made."""

from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings
from django.test import override_settings

NEEDED = {
    "ALLOWED_HOSTS": ["*"],
    "ROOT_URLCONF": "watchbill.channels.urls",
    "MIDDLEWARE": ["django.middleware.csrf.CsrfViewMiddleware"],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.jinja2.Jinja2",
            "APP_DIRS": False,
            "OPTIONS": {"environment": "watchbill.web.templates.environment"},
        }
    ],
}


@contextmanager
def ready() -> Iterator[None]:
    """Settings of these pages while it lasts."""
    if not settings.configured:
        settings.configure(SECRET_KEY="for tests", USE_TZ=True, DATABASES={}, INSTALLED_APPS=[])
        django.setup()
    with override_settings(**NEEDED):
        yield
