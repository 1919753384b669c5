"""Connections from the pool."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from headroom.pooled.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    settings: dict[str, Any] = copy.deepcopy(connection.settings_dict)
    settings |= {"CONN_HEALTH_CHECKS": False, "CONN_MAX_AGE": 0}
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 10}
    found = DatabaseWrapper(settings)
    yield found
    found.close()
    found.close_pool()


def backend(pooled: DatabaseWrapper) -> int:
    with pooled.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    pooled.close()
    return int(pid)


def test_a_connection_is_used_again(pooled: DatabaseWrapper) -> None:
    assert backend(pooled) == backend(pooled)


def test_a_connection_that_the_server_has_closed_is_replaced(pooled: DatabaseWrapper) -> None:
    first = backend(pooled)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [first])
    assert backend(pooled) != first


def test_a_connection_to_which_the_server_has_only_spoken_is_kept(pooled: DatabaseWrapper) -> None:
    first = backend(pooled)
    with pooled.cursor() as cursor:
        cursor.execute("LISTEN something")
    pooled.close()
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("NOTIFY something")
    assert backend(pooled) == first
