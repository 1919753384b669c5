"""Sessions of people, with what tells a person which of theirs is which."""

from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """One browser's session; columns beside Django's are copied from its data at each save."""

    # Not a foreign key: deletion walks tables that are numbered, and this one has Django's keys.
    user_id = models.BigIntegerField(null=True, db_index=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300)
    began = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """What reads and writes the rows."""
        from core.sessions import SessionStore

        return SessionStore
