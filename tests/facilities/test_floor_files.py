"""Floor plans as files, to scale, and the links that lead to plans."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.test import Client

from core.models import User
from facilities.drawings import svg as drawings
from facilities.drawings.upload import DrawingFile
from facilities.engine.sheet import PAPERS, Piece, Rect, Subject, Text, lay_out
from facilities.models import FloorPlan
from tests.core.factories import UserFactory
from tests.facilities.factories import FloorPlanFactory, FloorPlanItemFactory, LocationFactory
from tests.racks.factories import RackFactory, RackPlacementFactory

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


def pages(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or UserFactory(is_superuser=True))
    return client


def a_plan() -> FloorPlan:
    hall = LocationFactory(name="Hall <1>")
    plan = FloorPlanFactory(name="Hall & more", location=hall, width=12_000, depth=9_000)
    rack = RackFactory(location=hall, name="A01", status="planned")
    RackPlacementFactory(plan=plan, rack=rack, x=3_000, y=3_000)
    FloorPlanItemFactory(plan=plan, kind="crac", label="\u51b7 <1>", x=600, y=600)
    return plan


def test_the_drawing_is_to_scale_with_a_title_block_and_the_legend() -> None:
    plan = a_plan()
    client = pages()
    answer = client.get(f"/facilities/floor-plans/{plan.pk}/plan.svg?by=rack-status")
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    root = ElementTree.fromstring(answer.content)
    assert (root.get("width"), root.get("height")) == ("420mm", "297mm")
    texts = [each.text for each in root.iter(f"{SVG}text")]
    for told in ("Hall & more", "1:50", "A01", "Planned", "Rack status", "12 by 9 m"):
        assert any(told in (text or "") for text in texts), told
    corners = [
        [tuple(map(float, pair.split(","))) for pair in (each.get("points") or "").split()]
        for each in root.iter(f"{SVG}polygon")
    ]
    sizes = {(round(c[2][0] - c[0][0], 1), round(c[2][1] - c[0][1], 1)) for c in corners if c}
    assert {(240.0, 180.0), (12.0, 24.0)} <= sizes  # the room and the rack at 1:50


def test_the_pdf_is_a_page_of_the_paper_asked_for() -> None:
    plan = a_plan()
    cleaned = drawings.clean(b"<svg viewBox='0 0 4 3'><path d='M0 0L4 3' stroke='red'/></svg>")
    plan.drawing = DrawingFile(cleaned.data, "test.svg", cleaned.ratio)  # type: ignore[assignment]
    plan.save()
    answer = pages().get(f"/facilities/floor-plans/{plan.pk}/plan.pdf?paper=a4&by=rack-age")
    assert answer["Content-Type"] == "application/pdf"
    assert 'filename="Hall-more.pdf"' in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF")
    [box] = re.findall(rb"/MediaBox \[([^\]]*)\]", answer.content)
    assert [round(float(each) / 72 * 25.4) for each in box.split()] == [0, 0, 297, 210]
    assert pages().get(f"/facilities/floor-plans/{plan.pk}/plan.svg").content.count(b"<image") == 1


def test_the_pdf_has_letters_beyond_western_europe_and_boxes_for_the_rest() -> None:
    plan = FloorPlanFactory(name="Zażółć Ωμέγα")
    FloorPlanItemFactory(plan=plan, kind="label", label="Стойка \u51b7", width=3_000, x=3_000)
    answer = pages().get(f"/facilities/floor-plans/{plan.pk}/plan.pdf")
    letters = {
        int(each, 16) for each in re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]{4})>", answer.content)
    }
    assert {ord(char) for char in "żółćΩέСтойка"} <= letters
    assert (0x25A1 in letters, 0x51B7 in letters) == (True, False)


def test_files_are_for_those_who_may_see_the_plan() -> None:
    plan = a_plan()
    for kind in ("svg", "pdf"):
        url = f"/facilities/floor-plans/{plan.pk}/plan.{kind}"
        assert pages(UserFactory()).get(url).status_code == 404
        assert Client().get(url).status_code == 302


@pytest.mark.parametrize("paper", list(PAPERS))
@pytest.mark.parametrize("size", [(1_000, 500_000), (500_000, 1_000), (30_000, 20_000)])
def test_everything_is_on_the_paper(paper: str, size: tuple[int, int]) -> None:
    width, depth = size
    piece = Piece("rack", Rect(width / 2, depth / 2, 600, 1_200, 90), "A01", "000000")
    subject = Subject(width, depth, (600, 600), ("A", 1), [], [piece], title="T", notes=["n"] * 3)
    sheet = lay_out(subject, paper)
    for mark in sheet.marks:
        points = [(mark.x, mark.y)] if isinstance(mark, Text) else getattr(mark, "points", ())
        for x, y in points:
            assert -sheet.width <= x <= 2 * sheet.width and 0 <= y <= sheet.height, mark
    assert sheet.scale >= width / sheet.width and sheet.scale >= depth / sheet.height


def test_the_pages_of_places_and_racks_lead_to_the_plan() -> None:
    plan = a_plan()
    row = LocationFactory(parent=plan.location)
    rack = plan.rack_placements.get().rack  # type: ignore[attr-defined]
    page = f"/facilities/floor-plans/{plan.pk}/plan/"
    for path in (f"locations/{plan.location_id}", f"locations/{row.pk}", f"sites/{plan.site_id}"):
        assert page in pages().get(f"/dcim/{path}/").content.decode()
    assert f"{page}?key=rack%3A{rack.pk}" in pages().get(f"/dcim/racks/{rack.pk}/").content.decode()
    bare = LocationFactory()
    add = f"/facilities/floor-plans/add/?site={bare.site_id}&amp;location={bare.pk}"
    assert add in pages().get(f"/dcim/locations/{bare.pk}/").content.decode()
