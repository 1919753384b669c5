"""Elevations as drawings: scale, what is shown how, and that texts stay texts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.contenttypes.models import ContentType
from rest_framework.test import APIClient

from core.models import ObjectPermission
from core.read import ReadContext
from dcim import elevation
from dcim.elevation import Elevation
from dcim.elevation_file import pictures, style
from dcim.elevation_shapes import Options
from dcim.elevation_svg import draw, svg, true_width
from dcim.elevation_text import fitted, ink, measure, span
from racks.engine import Face
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.core.test_attached import picture
from tests.dcim.factories import DeviceFactory, DeviceRoleFactory, DeviceTypeFactory, RackFactory
from tests.racks.factories import RackReservationFactory

SVG = "{http://www.w3.org/2000/svg}"


def mount(rack: Rack, position: float | None, height: float = 1, **values: Any) -> Any:
    deep = values.pop("is_full_depth", True)
    kind = DeviceTypeFactory(u_height=Decimal(str(height)), is_full_depth=deep)
    place = {"position": Decimal(str(position)), "face": "front"} if position else {}
    return DeviceFactory(rack=rack, device_type=kind, **{**place, **values})


def read(rack: Rack) -> Elevation:
    [found] = elevation.load([rack.pk], ReadContext(UserFactory(is_superuser=True), "http://here"))
    return found


def shapes(rack: Rack, face: Face = Face.FRONT, **options: Any) -> dict[str, Any]:
    """The shapes of a drawing by the first line of what they say."""
    drawing = draw(read(rack), face, Options(**options))
    return {shape.title.split("\n")[0]: shape for shape in drawing.shapes}


@pytest.mark.django_db
def test_a_device_is_as_high_as_its_half_units_and_stands_at_its_place() -> None:
    rack = RackFactory(u_height=10)
    mount(rack, 10, 1, name="top")
    mount(rack, 1.5, 1.5, name="low")
    found = shapes(rack, unit_height=20)
    assert (found["top"].y, found["top"].height) == (2.5, 19)
    # Half a unit is free below it.
    assert found["low"].y + found["low"].height == pytest.approx(2 + 200 - 10 - 0.5)
    assert found["low"].height == 29


@pytest.mark.django_db
def test_a_rack_numbered_downwards_is_drawn_from_the_top() -> None:
    rack = RackFactory(u_height=10, desc_units=True)
    mount(rack, 1, 2, name="first")
    assert shapes(rack, unit_height=20)["first"].y == 2.5
    numbers = draw(read(rack), Face.FRONT, Options()).sheet
    assert re.findall(r">(\d+)<", numbers)[:3] == ["1", "2", "3"]


@pytest.mark.django_db
def test_the_other_face_shows_full_depth_as_back_and_half_depth_as_outline() -> None:
    rack = RackFactory(u_height=10)
    mount(rack, 1, name="deep")
    mount(rack, 3, name="shallow", is_full_depth=False)
    mount(rack, 5, name="behind", face="rear", is_full_depth=False)
    front, rear = shapes(rack), shapes(rack, Face.REAR)
    assert [front[name].kind.split()[0] for name in ("deep", "shallow", "behind")] == [
        "device",
        "device",
        "ghost",
    ]
    assert [rear[name].kind.split()[0] for name in ("deep", "shallow", "behind")] == [
        "back",
        "ghost",
        "device",
    ]
    assert rear["shallow"].hatch


@pytest.mark.django_db
def test_a_device_that_may_not_be_seen_takes_its_units_without_a_name() -> None:
    rack = RackFactory(u_height=10)
    device = mount(rack, 3, 2, name="secret")
    found = read(rack)
    found.items.pop(device.pk)
    text = svg(found, Face.FRONT, Options())
    assert "secret" not in text
    assert f"/dcim/devices/{device.pk}/" not in text
    assert "U3\u2013U4: taken by a device you may not see" in text


@pytest.mark.django_db
def test_reservations_say_who_and_why_also_behind_devices() -> None:
    rack = RackFactory(u_height=10)
    mount(rack, 2, name="device")
    user = UserFactory(username="ada")
    RackReservationFactory(rack=rack, units=[2, 3, 7], description="Pilot", user=user)
    drawing = draw(read(rack), Face.FRONT, Options())
    kept = [shape for shape in drawing.shapes if shape.kind == "reserved"]
    marks = [shape for shape in drawing.shapes if shape.kind == "mark"]
    assert [shape.title for shape in kept] == [
        "U2\u2013U3 reserved: Pilot\nada\nActive",
        "U7 reserved: Pilot\nada\nActive",
    ]
    assert len(marks) == 2


@pytest.mark.django_db
def test_devices_without_height_stand_at_the_sides_of_the_rear() -> None:
    rack = RackFactory(u_height=10)
    for name in ("pdu-a", "pdu-b"):
        mount(rack, None, 0, name=name)
    found = shapes(rack, Face.REAR, sides=True)
    assert found["pdu-a"].upright
    assert found["pdu-a"].x < found["pdu-b"].x
    assert shapes(rack, Face.FRONT, sides=True) == {}


@pytest.mark.django_db
def test_free_units_lead_to_a_form_for_a_new_device_there() -> None:
    rack = RackFactory(u_height=3)
    mount(rack, 1.5)
    found = shapes(rack, add_url="/dcim/devices/add/")
    vacant = [shape for shape in found.values() if shape.kind == "vacant"]
    assert [shape.url for shape in vacant] == [
        f"/dcim/devices/add/?site={rack.site_id}&location=&rack={rack.pk}&position=3&face=front"
    ]


HOSTILE = '</text><script>alert(1)</script>"><a href="javascript:alert(2)">\x08&'


@pytest.mark.django_db
def test_names_stay_texts() -> None:
    rack = RackFactory(u_height=10, name='<b onload="x">')
    role = DeviceRoleFactory(name='"/><script>')
    mount(rack, 1, 2, name=HOSTILE[:64], role=role)
    mount(rack, None, 0, name="<script>upright", role=role)
    RackReservationFactory(rack=rack, units=[5, 6], description="<script>why</script>")
    client = APIClient()
    client.force_authenticate(UserFactory(is_superuser=True))
    response = client.get(
        f"/api/dcim/racks/{rack.pk}/elevation/", {"render": "svg", "face": "rear"}
    )
    tree = ElementTree.fromstring(response.content)
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= {
        *(
            "svg",
            "title",
            "style",
            "defs",
            "pattern",
            "path",
            "g",
            "rect",
            "text",
            "tspan",
            "a",
            "circle",
        )
    }
    assert all(not name.startswith("on") for element in tree.iter() for name in element.attrib)
    titles = [element.text or "" for element in tree.iter(f"{SVG}title")]
    assert any(HOSTILE[:60].replace("\x08", "") in title for title in titles)
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_file_stands_alone() -> None:
    rack = RackFactory(u_height=12)
    device = mount(rack, 3, 2, name="db1")
    client = APIClient()
    client.force_authenticate(UserFactory(is_superuser=True))
    response = client.get(
        f"/api/dcim/racks/{rack.pk}/elevation/",
        {"render": "svg", "unit_width": 300, "unit_height": 30, "legend_width": 40},
        headers={"accept": "*/*"},
    )
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    tree = ElementTree.fromstring(response.content)
    assert float(tree.attrib["height"]) == 12 * 30 + 4
    assert float(tree.attrib["width"]) == 40 + 2 + 300 + 2 + 15
    [link] = tree.iter(f"{SVG}a")
    assert link.attrib["href"] == f"http://testserver/dcim/devices/{device.pk}/"
    assert b"var(" not in response.content
    outside = re.findall(
        r'(?:href|src)="(?!http://testserver/dcim/)([^"]*)"', str(response.content)
    )
    assert outside == []


def test_every_variable_of_the_rules_has_a_colour_for_files() -> None:
    assert "var(" not in style()


def test_ink_is_the_one_with_more_contrast() -> None:
    assert [ink(color) for color in ("000000", "ffffff", "ffc107", "1e6f8a")] == [
        "#ffffff",
        "#000000",
        "#000000",
        "#ffffff",
    ]


def test_a_text_is_cut_only_where_it_is_too_wide() -> None:
    assert fitted("short", 100, 10) == "short"
    cut = fitted("a name that is rather long", 60, 10)
    assert cut.endswith("\u2026")
    assert measure(cut, 10) <= 66
    assert fitted("name", 3, 10) == ""


def test_units_are_named_from_the_first_to_the_last() -> None:
    assert span(24, 2) == "U12"
    assert span(24, 4) == "U12\u2013U13"
    assert span(25, 1) == "U12.5"
    assert span(24, 3) == "U12\u2013U13"
    assert span(25, 3) == "U12.5\u2013U13"


def test_a_rack_is_as_wide_as_it_is() -> None:
    assert true_width(19, 44.45) == 483
    assert true_width(10, 44.45) == 254


@pytest.mark.django_db
def test_each_face_shows_the_side_of_the_device_that_it_is() -> None:
    rack, other = RackFactory(u_height=10), UserFactory()
    kind = DeviceTypeFactory(u_height=2, is_full_depth=True)
    for name, position, face in (("forth", 1, "front"), ("back", 5, "rear")):
        DeviceFactory(rack=rack, device_type=kind, name=name, position=position, face=face)
    mount(rack, 8, name="bare")
    kind.front_image.save("f.png", picture())
    kind.rear_image.save("r.png", picture())
    found = read(rack)
    seen = pictures([found], linked=True)
    assert seen == {
        (kind.pk, Face.FRONT): kind.front_image.url,
        (kind.pk, Face.REAR): kind.rear_image.url,
    }
    for face, first, second in ((Face.FRONT, "front", "rear"), (Face.REAR, "rear", "front")):
        drawn = {
            shape.title.split("\n")[0]: shape.image
            for shape in draw(found, face, Options(pictures=seen)).shapes
        }
        assert drawn == {
            "forth": f"type-{kind.pk}-{first}-4",
            "back": f"type-{kind.pk}-{second}-4",
            "bare": "",
        }
    # In a file they are whole, with the size of the device; a file that is gone is left out.
    file = svg(
        found, Face.FRONT, Options(pictures=pictures([found], linked=False), standalone=True)
    )
    images = ElementTree.fromstring(file).findall(f".//{SVG}image")
    assert [each.get("href", "")[:22] for each in images] == ["data:image/png;base64,"] * 2
    assert {(each.get("width"), each.get("height")) for each in images} == {("219", "43")}
    kind.rear_image.storage.delete(kind.rear_image.name)
    assert set(pictures([found], linked=True)) == {(kind.pk, Face.FRONT)}
    # Who may see the devices but not their type sees no picture of it.
    for model in ("device", "rack"):
        permission = ObjectPermission.objects.create(name=model, actions=["view"])
        permission.object_types.set(ContentType.objects.filter(model=model))
        permission.users.add(other)
    [seen_by_other] = elevation.load([rack.pk], ReadContext(other, "http://here"))
    assert len(seen_by_other.items) == 3
    assert pictures([seen_by_other], linked=True) == {}
