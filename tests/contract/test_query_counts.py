"""A list costs as many statements at many rows as at 2, and as many as the reviewed file says.

`LIST_ROWS` is how many are many: what grows does so from the third row on, so they are few unless
.ci/run asks for 50.
`HEADROOM_UPDATE_QUERY_COUNTS=1` writes the file anew instead of comparing (not with `-n`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import registry
from core.resource import Resource
from tests.contract import payloads

pytestmark = pytest.mark.django_db

FILE = Path(__file__).parent / "query_counts.json"
UPDATE = bool(os.environ.get("HEADROOM_UPDATE_QUERY_COUNTS"))
FEW, MANY = 2, int(os.environ.get("LIST_ROWS", "7"))


def add(client: APIClient, resource: Resource, count: int) -> None:
    """More rows, each with everything set and with references of its own."""
    if "post" in resource.methods:
        bodies = [payloads.filled(resource) for _ in range(count)]
        answer = client.post(resource.list_url(), bodies, format="json")
        assert answer.status_code == 201, answer.json()
    else:
        payloads.rows(resource, count)


def statements(client: APIClient, resource: Resource, query: dict[str, Any]) -> int:
    for other in registry.resources():  # known from then on
        registry.content_type(other)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(resource.list_url(), {"limit": 50, **query})
    assert answer.status_code == 200
    return len(captured)


@pytest.mark.parametrize("resource", registry.resources(), ids=lambda r: r.path)
def test_a_list_costs_a_fixed_number_of_statements(client: APIClient, resource: Resource) -> None:
    add(client, resource, FEW)
    few = {name: statements(client, resource, query) for name, query in KINDS.items()}
    add(client, resource, MANY - FEW)
    many = {name: statements(client, resource, query) for name, query in KINDS.items()}
    assert few == many
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    if UPDATE:
        known[resource.path] = many
        FILE.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")
    assert known[resource.path] == many


KINDS: dict[str, dict[str, Any]] = {"full": {}, "brief": {"brief": 1}}


def test_the_file_names_every_resource_and_nothing_else() -> None:
    assert set(json.loads(FILE.read_text())) == {r.path for r in registry.resources()}
