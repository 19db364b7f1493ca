"""Django's settings, made from Watchbill's own (`settings.py`); an operator sets nothing here."""

from typing import Any

import django
from django.conf import settings as django_settings
from psycopg.conninfo import conninfo_to_dict

INSTALLED_APPS = [
    "watchbill.runtime",
    "watchbill.people",
    "watchbill.catalog",
    "watchbill.journal",
    "watchbill.incidents",
    "watchbill.oncall",
    "watchbill.paging",
    "watchbill.channels",
    "watchbill.web",
]


def configure(database_url: str, secret_key: str) -> None:
    """Sets Django up for this process, once; a second call changes nothing. `secret_key`: the newest of our keys."""
    if django_settings.configured:
        return
    django_settings.configure(
        DEBUG=False,
        SECRET_KEY=secret_key,
        ALLOWED_HOSTS=["*"],  # links are made from `public_url`, never from what a request says its host is
        INSTALLED_APPS=INSTALLED_APPS,
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        APPEND_SLASH=False,  # no sender and no person is ever redirected
        ROOT_URLCONF="watchbill.web.urls",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.jinja2.Jinja2",
                "APP_DIRS": False,
                "OPTIONS": {"environment": "watchbill.web.templates.environment"},
            }
        ],
        DATABASES={"default": database(database_url)},
        USE_TZ=True,
        TIME_ZONE="UTC",
        USE_I18N=False,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGGING_CONFIG=None,
        X_FRAME_OPTIONS="DENY",
        SECURE_REFERRER_POLICY="same-origin",  # links carry tokens
    )
    django.setup()


def database(url: str) -> dict[str, Any]:
    """Django's description of the database behind a libpq URL."""
    parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    described: dict[str, Any] = {known[name]: str(value) for name, value in parts.items() if name in known}
    options = {name: value for name, value in parts.items() if name not in known}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        **described,
    }
