"""The page of a floor plan as the server sends it, readable without scripts too."""

from __future__ import annotations

import json
import re

from django.test import Client

from core.models import User
from facilities.models import FloorPlan
from tests.core.pages import admin_client, database, statements, text
from tests.core.permits import somebody
from tests.racks.factories import RackPlacementFactory

pytestmark = database

SEEN = "facilities.floorplan facilities.rackplacement dcim.rack"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(plan: FloorPlan) -> str:
    return f"/facilities/floor-plans/{plan.pk}/plan/"


def test_it_brings_its_document_and_a_table_for_those_without_scripts() -> None:
    place = RackPlacementFactory(x=900, y=1200)
    html = text(admin_client().get(address(place.plan)))
    found = re.search(r'<script id="floor-plan" type="application/json">(.*?)</script>', html)
    assert found
    document = json.loads(found[1])
    assert [item["key"] for item in document["items"]] == [f"rack:{place.rack_id}"]
    table = html.partition("<noscript>")[2]
    assert f'href="/dcim/racks/{place.rack_id}/"' in table
    assert "B3" in table


def test_who_may_not_change_a_plan_gets_no_editor() -> None:
    place = RackPlacementFactory()
    html = text(signed_in(somebody(SEEN, "view")).get(address(place.plan)))
    assert f"rack:{place.rack_id}" in html
    assert "data-planner" in html
    assert "data-edit-plan" not in html
    assert "data-save" not in html


def test_what_may_not_be_seen_is_not_there() -> None:
    place = RackPlacementFactory()
    other = somebody("facilities.floorplan", "view", {"name": "another"})
    assert signed_in(other).get(address(place.plan)).status_code == 404
    blind = somebody("facilities.floorplan", "view")
    assert f"rack:{place.rack_id}" not in text(signed_in(blind).get(address(place.plan)))


def test_it_costs_as_many_statements_for_many_racks() -> None:
    place = RackPlacementFactory(x=900)
    client = admin_client()
    client.get(address(place.plan))
    few = statements(client, address(place.plan))
    for number in range(4):
        RackPlacementFactory(plan=place.plan, x=2_100 + number * 600)
    assert statements(client, address(place.plan)) == few
