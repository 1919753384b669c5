"""The index that searches use finds what looking at every row finds."""

from __future__ import annotations

import pytest
from django.db import connection
from rest_framework.test import APIClient

from dcim.models import Device
from tests.core.factories import UserFactory
from tests.dcim.factories import DeviceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    found = APIClient()
    found.force_authenticate(UserFactory(is_superuser=True))
    return found


ROWS = [
    {"name": "pdu-a-atl3-h2-r01", "serial": "SN-001"},
    {"name": "Größe_straße%1", "description": "under the floor"},
    {"name": None, "serial": "ab", "asset_tag": "İstanbul"},
    {"name": "x", "description": "a back\\slash and 'quotes'"},
]
TEXTS = ["PDU-A", "atl3-h2", "größe", "STRASSE", "straße%", "_", "%1", "ab", "x", "THE FLOOR"]
TEXTS += ["istan", "İst", "k\\s", "'quo", "sn-001pdu", "r01SN", "zzz", "no such text"]


@pytest.mark.parametrize("text", TEXTS)
def test_the_index_finds_what_a_look_at_every_row_finds(client: APIClient, text: str) -> None:
    for row in ROWS:
        DeviceFactory(**row)
    columns = ("name", "serial", "asset_tag", "description")
    with connection.cursor() as cursor:
        holds = " OR ".join(f"strpos(upper({column}), upper(%s)) > 0" for column in columns)
        table = Device._meta.db_table
        cursor.execute(f"SELECT id FROM {table} WHERE {holds}", [text] * len(columns))
        expected = {pk for [pk] in cursor.fetchall()}
        cursor.execute("SET LOCAL enable_seqscan = off")
    answer = client.get("/api/dcim/devices/", {"q": text}).json()
    assert {row["id"] for row in answer["results"]} == expected
    assert answer["count"] == len(expected)


def test_bulk_sql_keeps_the_index(client: APIClient) -> None:
    device = DeviceFactory(name="before-the-change")
    Device.objects.filter(pk=device.pk).update(name="after-the-change")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert client.get("/api/dcim/devices/", {"q": "ore-the-ch"}).json()["count"] == 0
    assert client.get("/api/dcim/devices/", {"q": "ter-the-ch"}).json()["count"] == 1


@pytest.mark.parametrize(
    ("limit", "offset", "shown"), [(2, 0, 2), (2, 2, 2), (3, 3, 1), (2, 4, 0), (4, 0, 4), (9, 0, 4)]
)
def test_the_count_is_right_on_every_page(
    client: APIClient, limit: int, offset: int, shown: int
) -> None:
    for row in ROWS:
        DeviceFactory(**row)
    given = {"limit": limit, "offset": offset}
    answer = client.get("/api/dcim/devices/", given).json()
    assert (answer["count"], len(answer["results"])) == (4, shown)
