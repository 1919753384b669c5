"""What the tests of rules share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction


@contextmanager
def refused(constraint: str, words: str = "") -> Iterator[None]:
    """The block must be refused by the named constraint, with these words in the message."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    diag = caught.value.__cause__.diag
    assert diag.constraint_name == constraint
    assert words in (diag.message_primary or "")
