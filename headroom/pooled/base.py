"""The backend, where Django looks for it."""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes from the pool a connection that the server has not closed.

    Django asks the server itself each time (`CONN_HEALTH_CHECKS`), a round trip before anything is
    done. A server that ends a connection says so: only where something lies in its socket is it
    asked.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection; from the pool, where there is one, one that works."""
        connection = super().get_new_connection(conn_params)
        while self.pool and not works(connection):
            self.pool.putconn(connection)  # which replaces those that are closed
            connection = super().get_new_connection(conn_params)
        return connection


def works(connection: Connection[Any]) -> bool:
    """Whether a connection that nobody has used for a while can be used."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if not waiting.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        return False
    return True
