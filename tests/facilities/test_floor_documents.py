"""Floor plans as one document: what is read, and that changes are made together or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import access, registry
from core.models import ObjectPermission, User
from facilities.models import FloorPlan, FloorPlanItem
from racks.models import Rack, RackPlacement
from tests.core.factories import UserFactory
from tests.facilities.factories import FloorPlanFactory, FloorPlanItemFactory, LocationFactory
from tests.power.factories import PowerEquipmentFactory
from tests.racks.factories import RackFactory, RackPlacementFactory

pytestmark = pytest.mark.django_db


def rest(user: User | None = None) -> APIClient:
    client = APIClient()
    client.force_authenticate(user or UserFactory(is_superuser=True))
    return client


def address(plan: FloorPlan) -> str:
    return f"/api/facilities/floor-plans/{plan.pk}/document/"


def read(plan: FloorPlan, user: User | None = None) -> dict[str, Any]:
    answer = rest(user).get(address(plan))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def change(plan: FloorPlan, user: User | None = None, /, **body: Any) -> Any:
    return rest(user).patch(address(plan), body, format="json")


def permit(user: User, actions: list[str], **constraints: Any) -> None:
    for path, rows in constraints.items():
        made = ObjectPermission.objects.create(name=path, actions=actions, constraints=rows)
        model = {"plan": FloorPlan, "rack": Rack, "placement": RackPlacement}[path]
        made.object_types.add(registry.content_type(registry.of_model(model)))
        made.users.add(user)
    access.forget(user)


def test_it_tells_what_stands_there_and_what_is_still_to_be_placed() -> None:
    hall = LocationFactory()
    row = LocationFactory(parent=hall)
    plan = FloorPlanFactory(location=hall, rear_clearance=800)
    placed = RackPlacementFactory(
        plan=plan,
        rack=RackFactory(location=row, name="AUS-01", outer_width=30, outer_unit="in"),
        rotation=90,
        front_clearance=1500,
    )
    waiting = RackFactory(location=row, name="AUS-02")
    RackFactory(site=hall.site)  # stands in no hall
    unit = PowerEquipmentFactory(location=hall, name="UPS 1")
    column = FloorPlanItemFactory(plan=plan, label="C1")
    found = read(plan)
    assert found["plan"]["may_change"] is True
    assert found["plan"]["drawing"] is None
    rack = next(each for each in found["items"] if each["key"] == f"rack:{placed.rack_id}")
    assert rack == {
        "key": f"rack:{placed.rack_id}",
        "kind": "rack",
        "label": "AUS-01",
        "short": "01",
        "title": "AUS-01 · active · 42U",
        "url": f"/dcim/racks/{placed.rack_id}/",
        "x": 900,
        "y": 1200,
        "rotation": 90,
        "width": 762,
        "depth": 1200,
        "front_clearance": 1500,
        "rear_clearance": 800,
    }
    assert [each["key"] for each in found["items"]] == [f"item:{column.pk}", rack["key"]]
    assert {each["key"] for each in found["unplaced"]} == {
        f"rack:{waiting.pk}",
        f"equipment:{unit.pk}",
    }
    assert found["unplaced"][1]["symbol"] == "ups"


def test_everything_of_a_change_is_done_and_told() -> None:
    plan = FloorPlanFactory()
    moved = RackPlacementFactory(plan=plan)
    gone = RackPlacementFactory(plan=plan, x=5000)
    new = RackFactory(site=plan.site)
    unit = PowerEquipmentFactory(site=plan.site, kind="rpp")
    column = FloorPlanItemFactory(plan=plan)
    before = read(plan)
    answer = change(
        plan,
        version=before["version"],
        plan={"outline": [[0, 0], [9000, 0], [9000, 9000]], "name": "Better"},
        put=[
            {"key": f"rack:{moved.rack_id}", "x": 3000, "rotation": 270},
            {"key": f"rack:{new.pk}", "x": 900, "y": 1200},
            {"key": f"equipment:{unit.pk}", "x": 8000, "y": 300},
            {"key": "new:1", "kind": "door", "x": 4000, "y": 100, "width": 1200},
        ],
        remove=[f"rack:{gone.rack_id}", f"item:{column.pk}"],
    )
    assert answer.status_code == 200, answer.json()
    after = answer.json()
    door = FloorPlanItem.objects.get()
    assert after.pop("made") == {"new:1": f"item:{door.pk}"}
    assert after == read(plan)
    assert after["version"] != before["version"]
    assert (after["plan"]["name"], after["plan"]["outline"][1]) == ("Better", [9000, 0])
    places = {each["key"]: each for each in after["items"]}
    assert places.keys() == {
        f"rack:{moved.rack_id}",
        f"rack:{new.pk}",
        f"equipment:{unit.pk}",
        f"item:{door.pk}",
    }
    assert places[f"rack:{moved.rack_id}"]["x"] == 3000
    assert places[f"rack:{moved.rack_id}"]["y"] == 1200
    assert places[f"equipment:{unit.pk}"]["width"] == 600
    assert Rack.objects.filter(pk=gone.rack_id).exists()


def test_racks_may_change_places() -> None:
    plan = FloorPlanFactory()
    a, b = RackPlacementFactory(plan=plan), RackPlacementFactory(plan=plan, x=1500)
    put = [{"key": f"rack:{a.rack_id}", "x": 1500}, {"key": f"rack:{b.rack_id}", "x": 900}]
    assert change(plan, put=put).status_code == 200


def test_one_fault_undoes_all_and_is_told_by_key() -> None:
    plan = FloorPlanFactory()
    RackPlacementFactory(plan=plan, rack__name="A01")
    moved = RackPlacementFactory(plan=plan, x=5000)
    new, far = RackFactory(site=plan.site), RackFactory()
    before = read(plan)
    answer = change(
        plan,
        put=[
            {"key": f"rack:{moved.rack_id}", "x": 8000},
            {"key": f"rack:{new.pk}", "x": 1499, "y": 1200},
        ],
    )
    assert answer.status_code == 400
    assert answer.json() == {"errors": {f"rack:{new.pk}": ["Overlaps A01."]}}
    for put, key, sentence in (
        ({"key": f"rack:{far.pk}", "x": 1, "y": 1}, f"rack:{far.pk}", "The rack is not in"),
        ({"key": "new:1", "kind": "moat", "x": 1, "y": 1}, "new:1", 'Kind: "moat" is not a'),
        ({"key": "new:1", "kind": "wall", "x": -1, "y": 1}, "new:1", "X (mm): Ensure"),
        ({"key": "rack:0", "x": 1}, "rack:0", "There is no such thing"),
        ({"key": "tree:1"}, "tree:1", "There is no such thing"),
        ("nonsense", "None", "There is no such thing"),
    ):
        answer = change(plan, put=[{"key": f"rack:{moved.rack_id}", "x": 8000}, put])
        assert answer.status_code == 400, put
        assert answer.json()["errors"][key][0].startswith(sentence)
    answer = change(plan, plan={"outline": [[0, 0], [1, 1]]})
    assert answer.json()["errors"]["plan"][0].startswith("Outline: Give the corners")
    assert read(plan) == before


@pytest.mark.parametrize("rubbish", [None, 1, "a", [], {}, 10**400, -1, 1.5, True, "\0", [[1]]])
def test_no_body_breaks_the_server(rubbish: Any) -> None:
    plan = FloorPlanFactory()
    placed = RackPlacementFactory(plan=plan)
    key = f"rack:{placed.rack_id}"
    for body in (
        rubbish,
        {"put": rubbish},
        {"remove": rubbish},
        {"plan": rubbish},
        {"version": rubbish},
        {"put": [rubbish], "remove": [rubbish]},
        {"put": [{"key": rubbish}]},
        {"put": [{"key": key, "x": rubbish, "y": 1_300, "rotation": 0}]},
        {"put": [{"key": key, "rotation": rubbish}, {"key": "new:1", "kind": rubbish}]},
        {"plan": {"outline": rubbish, "width": rubbish, "name": rubbish}},
    ):
        before = read(plan)
        answer = rest().patch(address(plan), body, format="json")
        assert answer.status_code in (200, 400, 412), body
        if answer.status_code != 200:
            assert read(plan)["items"] == before["items"]


def test_a_stale_version_is_refused() -> None:
    plan = FloorPlanFactory()
    version = read(plan)["version"]
    FloorPlanItemFactory(plan=plan)
    answer = change(plan, version=version, plan={"name": "Mine"})
    assert answer.status_code == 412
    assert answer.json()["version"] == read(plan)["version"]
    assert change(plan, version=answer.json()["version"]).status_code == 200


def test_nobody_sees_or_moves_what_is_not_permitted() -> None:
    plan = FloorPlanFactory()
    mine = RackPlacementFactory(plan=plan, rack__name="Mine")
    other = RackPlacementFactory(plan=plan, x=3000, rack__name="Other")
    waiting = RackFactory(site=plan.site)
    user = UserFactory()
    assert rest(user).get(address(plan)).status_code == 404
    permit(user, ["view"], plan={}, rack={"name": "Mine"}, placement={})
    found = read(plan, user)
    assert [each["label"] for each in found["items"]] == ["Mine"]
    assert (found["unplaced"], found["plan"]["may_change"]) == ([], False)
    put = [{"key": f"rack:{mine.rack_id}", "x": 9000}]
    assert change(plan, user, put=put).status_code == 403
    user = UserFactory()
    permit(user, ["view", "change", "add", "delete"], plan={}, rack={"name": "Mine"}, placement={})
    for body in (
        {"put": [{"key": f"rack:{other.rack_id}", "x": 9000}]},
        {"put": [{"key": f"rack:{waiting.pk}", "x": 9000, "y": 9000}]},
        {"remove": [f"rack:{other.rack_id}"]},
    ):
        answer = change(plan, user, **body)
        assert (answer.status_code, "no such thing" in str(answer.json())) == (400, True), body
    answer = change(plan, user, put=[{"key": f"rack:{mine.rack_id}", "x": 3100}])
    assert answer.json() == {"errors": {f"rack:{mine.rack_id}": ["Another rack stands there."]}}
    assert change(plan, user, put=put).status_code == 200


def test_a_document_costs_the_same_few_statements_whatever_stands_there() -> None:
    plan = FloorPlanFactory()
    user = UserFactory(is_superuser=True)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(plan, user)
        return len(captured)

    few = statements()
    for n in range(12):
        RackPlacementFactory(plan=plan, x=900 + 700 * n)
        RackFactory(site=plan.site)
        FloorPlanItemFactory(plan=plan)
    assert statements() == few <= 8


def test_colours_are_those_of_the_racks_that_may_be_seen() -> None:
    plan = FloorPlanFactory()
    mine = RackPlacementFactory(plan=plan, rack__name="Mine", rack__status="planned")
    RackPlacementFactory(plan=plan, x=3000)
    user = UserFactory()
    permit(user, ["view"], plan={}, rack={"name": "Mine"}, placement={})
    url = f"/api/facilities/floor-plans/{plan.pk}/colours/"
    found = rest(user).get(url, {"by": "rack-status"}).json()
    assert found["racks"].keys() == {f"rack:{mine.rack_id}"}
    assert found["racks"][f"rack:{mine.rack_id}"]["text"] == "Planned"
    assert [each["meaning"] for each in found["legend"]] == ["Planned"]
    assert rest(user).get(url, {"by": "beauty"}).status_code == 400
