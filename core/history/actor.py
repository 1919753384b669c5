"""Who writes, for which request and why: told to the database for the running transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from core.access import Actor
from core.middleware import changelog_message, request_id
from core.models.users import User

MESSAGE_MAX = 200

_MARK = (
    "SELECT set_config('headroom.user_id', %s, true), set_config('headroom.user_name', %s, true),"
    " set_config('headroom.request_id', %s, true), set_config('headroom.message', %s, true),"
    " set_config('headroom.began', statement_timestamp()::text, true), "
)


def mark(user: Actor, asking: str = "NULL") -> Any:
    """Begin a write: what the running transaction changes from now on is recorded as `user`'s.

    Request and message are those of the context. The statement also answers an SQL expression,
    since a write waits for each of its statements.
    """
    who = (str(user.pk), user.username) if isinstance(user, User) else ("", "")
    with connection.cursor() as cursor:
        cursor.execute(_MARK + asking, [*who, request_id.get(), changelog_message.get()])
        return cursor.fetchone()[-1]


def explain(message: object) -> None:
    """Keep this text, cut to 200 characters, with the changes of the running request."""
    if isinstance(message, str):
        changelog_message.set(message.replace("\0", "").strip()[:MESSAGE_MAX])


@contextmanager
def working_for(identifier: str, message: str = "") -> Iterator[None]:
    """Record the changes made inside as those of one request or job with this UUID."""
    request, text = request_id.set(identifier), changelog_message.set(message)
    try:
        yield
    finally:
        request_id.reset(request)
        changelog_message.reset(text)
