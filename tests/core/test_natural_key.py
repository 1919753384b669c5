"""The sort key of names with numbers."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from facilities.models import Site

NAMES = st.text(st.sampled_from("0019aZ É\u0130\u0663-/.\n"), max_size=30)


def padded(lowered: str) -> str:
    """Each run of digits with ten zeros before it, cut to its last ten places.

    Columns made by PostgreSQL 14 to 16 have their keys by this definition for good.
    """
    found = re.sub("([0-9]+)", r"0000000000\1", lowered)
    return re.sub("[0-9]*([0-9]{10})", r"\1", found)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(NAMES, min_size=20, max_size=200))
@example(["", "Ethernet1", "Ethernet1/2", "12", "123456789012", "a123456789012b1", "Rack", "1\n"])
def test_runs_of_digits_are_padded_wherever_they_stand(names: list[str]) -> None:
    key = Site._meta.get_field("name_natural")
    sql, _ = key.generated_sql(connection)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT lower(name), {sql} FROM unnest(%s::text[]) AS name", [names])
        rows = cursor.fetchall()
    assert [key for _, key in rows] == [padded(lowered) for lowered, _ in rows]
