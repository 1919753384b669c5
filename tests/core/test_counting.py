"""Counts of lists, which are kept until something is written."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection, transaction

from core import counting
from core.models import User
from core.read import ReadContext
from core.registry import of_model
from facilities.models import Region
from tests.facilities.factories import RegionFactory


def listed() -> int:
    """What a list of one row says how many there are."""
    user = User(is_superuser=True, is_active=True)
    resource = of_model(Region)
    return resource.reader(("id",)).page(resource.queryset(user), 0, 1, ReadContext(user))[1]


def is_kept() -> bool:
    """Whether the next list says the kept count, here made a wrong one.

    A transaction that ends in another database of the server voids it too, and tests that run
    beside this one end many: asked again, some two lists come with none between them.
    """
    for _ in range(1000):
        listed()
        for found in counting._kept.values():
            for statement, (snapshot, _) in found.items():
                found[statement] = (snapshot, "1000")
        if listed() == 1000:
            return True
    return False


@pytest.mark.django_db(transaction=True)
def test_a_count_is_kept_until_anybody_has_written() -> None:
    RegionFactory.create_batch(3)
    assert listed() == 3
    assert is_kept()
    with psycopg.connect(connection.connection.info.dsn) as other:
        other.execute("UPDATE facilities_region SET description = 'x'")
        assert is_kept()
        other.commit()
        assert listed() == 3


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_has_written_is_counted() -> None:
    RegionFactory.create_batch(3)
    assert listed() == 3
    with transaction.atomic():
        RegionFactory()
        assert listed() == 4
        RegionFactory()
        assert listed() == 5
        transaction.set_rollback(True)
    assert listed() == 3
