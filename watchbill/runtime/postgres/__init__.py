"""The embedded PostgreSQL: a database of our own, for those who bring none. See README.md."""

from watchbill.runtime.postgres.errors import PostgresError
from watchbill.runtime.postgres.server import EmbeddedPostgres, url_of

__all__ = ["EmbeddedPostgres", "PostgresError", "url_of"]
