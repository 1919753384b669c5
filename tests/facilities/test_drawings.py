"""Drawings behind floor plans: what is kept of an upload, and who may see it."""

from __future__ import annotations

import base64
import io
from typing import Any

import ezdxf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from facilities.drawings import NotADrawing, dxf, svg
from facilities.models import FloorPlan
from tests.core.factories import UserFactory
from tests.facilities.factories import FloorPlanFactory

pytestmark = pytest.mark.django_db

HOSTILE = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     width="200mm" height="10cm" onload="alert(1)">
  <script>alert(1)</script>
  <style>.wall, p { stroke: red; fill: url(http://evil.example/a); } @import "x.css";</style>
  <rect class="wall" x="1" width="5" height="5" style="stroke-width: 3; background: url(x)"/>
  <rect fill="url( '#near' )" stroke="url(//evil.example)" onclick="alert(1)"/>
  <image href="http://evil.example/a.png"/><foreignObject><body/></foreignObject>
  <a href="javascript:alert(1)"><circle r="9"/></a>
  <g id="twice"><use href="#one"/></g><path id="one" d="M0 0L1 1"/>
  <use xlink:href="#one"/><use href="#twice"/><use href="http://evil.example/#one"/>
  <set attributeName="href" to="javascript:alert(1)"/><text>Hall<!-- x --> 1</text>
</svg>"""


def drawing(**values: Any) -> bytes:
    document = ezdxf.new("R2010")
    document.header["$INSUNITS"] = values.get("units", 6)
    space = document.modelspace()
    space.add_lwpolyline([(0, 0), (12, 0), (12, 8), (0, 8)], close=True)
    for name in values.get("blocks", ()):
        block = document.blocks.new(name)
        for _ in range(60):
            block.add_line((0, 0), (1, 1))
            if name != "a":
                block.add_blockref(chr(ord(name) - 1), (0, 0))
        last = name
    if values.get("blocks"):
        space.add_blockref(last, (0, 0))
    text = io.StringIO()
    document.write(text)
    return text.getvalue().encode()


def picture(kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 20)).save(made, kind)
    return made.getvalue()


def send(plan: FloorPlan, data: bytes, name: str = "hall.svg") -> Any:
    client = APIClient()
    client.force_authenticate(UserFactory(is_superuser=True))
    url = f"/api/facilities/floor-plans/{plan.pk}/"
    return client.patch(url, {"drawing": SimpleUploadedFile(name, data)}, format="multipart")


def stored(plan: FloorPlan) -> bytes:
    plan.refresh_from_db()
    assert plan.drawing is not None
    with plan.drawing.open() as file:
        return bytes(file.read())


def test_only_harmless_shapes_of_an_svg_are_kept() -> None:
    found = svg.clean(HOSTILE.encode())
    text = found.data.decode()
    for word in ("script", "alert", "evil", "image", "foreign", "style", "import", "set", "onload"):
        assert word not in text
    assert found.ratio == pytest.approx(0.5)
    assert 'stroke="red"' in text and 'stroke-width="3"' in text
    assert 'fill="url(#near)"' in text
    assert text.count('<use href="#one"') == 2 and "#twice" not in text
    assert "<text>Hall 1</text>" in text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<svg", "cannot be read"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "no SVG"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a viewBox"),
        ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 nan 1'/>", "neither a viewBox"),
        ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 999'/>", "far longer"),
        ("<!DOCTYPE svg [<!ENTITY a 'a'>]><svg viewBox='0 0 1 1'>&a;</svg>", "entities"),
        (f"<svg viewBox='0 0 1 1'>{'<g>' * 99}{'</g>' * 99}</svg>", "too deeply"),
        (f"<svg viewBox='0 0 1 1'>{'<g/>' * 60_001}</svg>", "more than 60,000"),
    ],
)
def test_an_svg_that_cannot_be_used_says_why(text: str, sentence: str) -> None:
    with pytest.raises(NotADrawing, match=sentence):
        svg.clean(text.encode())


def test_a_dxf_is_drawn_to_scale() -> None:
    plan = FloorPlanFactory(drawing_width=1)
    answer = send(plan, drawing(), "hall.dxf")
    assert answer.status_code == 200, answer.json()
    assert stored(plan).startswith(b"<svg")
    assert answer.json()["drawing"].endswith(".svg")
    assert answer.json()["drawing_width"] == 12_000
    assert plan.drawing_ratio == pytest.approx(8 / 12, rel=1e-3)


def test_a_dxf_that_cannot_be_drawn_says_why() -> None:
    answer = send(FloorPlanFactory(), b"0\nSECTION\nrubbish", "hall.dxf")
    assert answer.status_code == 400
    assert "cannot be read" in answer.json()["drawing"][0]
    with pytest.raises(NotADrawing, match="more than 50,000"):
        dxf.draw(drawing(blocks=("a", "b", "c")))


def test_pictures_are_encoded_anew_and_anything_else_is_refused() -> None:
    plan = FloorPlanFactory()
    for kind, start in (("PNG", b"\x89PNG"), ("JPEG", b"\xff\xd8")):
        assert send(plan, picture(kind) + b"tail", f"x.{kind}").status_code == 200
        assert stored(plan).startswith(start) and b"tail" not in stored(plan)
        assert plan.drawing_ratio == 0.5
    for data in (b"%PDF-1.7", b"rubbish", b"\x89PNG\r\n\x1a\nrubbish"):
        answer = send(plan, data)
        assert answer.status_code == 400
        assert "SVG, PNG, JPEG or DXF" in answer.json()["drawing"][0]


def test_json_takes_a_drawing_and_null_removes_it() -> None:
    plan = FloorPlanFactory()
    client = APIClient()
    client.force_authenticate(UserFactory(is_superuser=True))
    url = f"/api/facilities/floor-plans/{plan.pk}/"
    data = base64.b64encode(b"<svg viewBox='0 0 4 3'/>").decode()
    sent = {"drawing": f"data:image/svg+xml;base64,{data}", "drawing_x": 300}
    assert client.patch(url, sent, format="json").status_code == 200
    told = client.get(f"{url}document/").json()["plan"]["drawing"]
    assert told.pop("url").startswith("/media/floor-plans/")
    assert told == {"x": 300, "y": 0, "width": 24_000, "height": 18_000, "opacity": 40}
    assert client.patch(url, {"drawing": None}, format="json").json()["drawing"] is None
    assert client.get(f"{url}document/").json()["plan"]["drawing"] is None


def test_a_drawing_is_shown_to_those_who_may_see_the_plan() -> None:
    plan = FloorPlanFactory()
    send(plan, HOSTILE.encode())
    plan.refresh_from_db()
    assert plan.drawing is not None
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    answer = client.get(f"/media/{plan.drawing.name}")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer).startswith(b"<svg")
    client.force_login(UserFactory())
    assert client.get(f"/media/{plan.drawing.name}").status_code == 404
