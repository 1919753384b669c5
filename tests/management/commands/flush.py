"""Emptying the test database between tests that commit."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

# What `migrate` wrote.
KEPT = ("django_migrations", "django_content_type", "auth_permission", "core_history_subject")
# TRUNCATE makes new files for each of some hundred tables, so it costs half a second however
# few rows there are. Triggers and foreign keys need not run when every row goes.
_EMPTY = """
DO $$
DECLARE found regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND NOT relname = ANY (%s)
    LOOP
        EXECUTE format('DELETE FROM %%s', found);
    END LOOP;
END $$
"""


class Command(flush.Command):
    """Deletes every row; keeps what `migrate` wrote."""

    def handle(self, **options: Any) -> None:
        """Empty the database named by `options["database"]`; needs a superuser of PostgreSQL."""
        with connections[options["database"]].cursor() as cursor:
            cursor.execute(_EMPTY, [list(KEPT)])
