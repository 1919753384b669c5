"""The demo estate, built once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from tests.management.commands.flush import KEPT

# New files for every table: those that held the rows of other tests are believed to be empty for
# good, and what is planned for such a table takes minutes with thousands of rows.
_ANEW = """
DO $$
BEGIN
    SET LOCAL headroom.truncate = on;
    EXECUTE (
        SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relname = ANY (%s));
END $$
"""


@pytest.fixture(scope="package", autouse=True)
def estate(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """In a transaction that is rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ANEW, [list(KEPT)])
        call_command("demo_estate", verbosity=0)
        yield
        transaction.set_rollback(True)
