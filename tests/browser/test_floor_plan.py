"""A floor plan drawn, changed and looked at in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from facilities.models import FloorPlan, FloorPlanItem
from racks.models import Rack, RackPlacement
from tests.browser.waiting import at_rest
from tests.facilities.factories import FloorPlanFactory, FloorPlanItemFactory
from tests.racks.factories import RackFactory, RackPlacementFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plan() -> FloorPlan:
    """An empty sheet of twenty by fifteen tiles."""
    return FloorPlanFactory(width=12_000, depth=9_000)


def rack(plan: FloorPlan, name: str, place: tuple[int, int] | None = None) -> Rack:
    """A rack of one tile by two in the plan's site, with its middle at `place` in mm."""
    found = RackFactory(
        name=name, site=plan.site, outer_width=600, outer_depth=1200, outer_unit="mm"
    )
    if place:
        RackPlacementFactory(plan=plan, rack=found, x=place[0], y=place[1])
    return found


def place_of(rack: Rack) -> tuple[int, int, int] | None:
    return RackPlacement.objects.filter(rack=rack).values_list("x", "y", "rotation").first()


def drawn(page: Page, key: str) -> Locator:
    return page.locator(f'[data-key="{key}"]')


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the sheet, in mm, is on the screen."""
    left, top = page.evaluate(
        """([x, y]) => {
            const { view } = document.querySelector("[data-planner]").planner;
            const box = document.querySelector("[data-sheet]").getBoundingClientRect();
            const [px, py] = view.onScreen([x, y]);
            return [box.left + px, box.top + py];
        }""",
        [x, y],
    )
    return left, top


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def middle(found: Locator) -> tuple[float, float]:
    expect(found).to_be_visible()  # handles are drawn anew after each change
    box = found.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def edit(page: Page, plan: FloorPlan) -> None:
    page.goto(f"/facilities/floor-plans/{plan.pk}/plan/")
    page.get_by_role("link", name="Edit plan").click()
    expect(page.locator("[data-planner]")).to_have_attribute("data-mode", "edit")
    at_rest(page)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_room_is_drawn_and_racks_placed(page: Page, plan: FloorPlan) -> None:
    first, second = rack(plan, "A01"), rack(plan, "A02")
    edit(page, plan)
    said = page.locator("[data-announce]")

    # The outline by pointer: five corners, then the first again. It meets the tiles' corners.
    page.get_by_role("button", name="Outline").click()
    corners = [(0, 0), (11_000, 40), (11_960, 6_000), (6_000, 8_950), (0, 8_950)]
    for corner in corners:
        page.mouse.click(*at(page, *corner))
    page.mouse.click(*at(page, 0, 0))
    expect(said).to_have_text("Outline of 5 points closed.")
    drag(page, at(page, 6_000, 9_000), at(page, 11_990, 8_990))

    # A rack out of the tray by drag, beside which the other is placed by keyboard.
    page.get_by_role("button", name="Select", exact=True).click()
    drag(page, middle(page.locator(f'[data-tray-key="rack:{first.pk}"]')), at(page, 3_330, 3_030))
    expect(said).to_contain_text("A01 selected, tile F5")
    page.locator(f'[data-tray-key="rack:{second.pk}"]').focus()
    page.keyboard.press("Enter")
    expect(drawn(page, f"rack:{second.pk}")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("r")
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Cold aisle").click()
    expect(page.locator("[data-changes]")).to_have_text("4 changes not saved")
    save(page)
    expect(page.locator("[data-changes]")).to_have_text("All saved")

    plan.refresh_from_db()
    assert plan.outline == [[0, 0], [11_000, 0], [12_000, 6_000], [12_000, 9_000], [0, 9_000]]
    assert place_of(first) == (3_300, 3_000, 0)
    assert place_of(second) == (4_500, 3_010, 0)
    aisle = FloorPlanItem.objects.get()
    assert (aisle.kind, aisle.width) == ("cold-aisle", 6_000)

    # Undo goes back beyond what is saved, and back again.
    page.locator("[data-sheet]").focus()
    page.keyboard.press("Control+z")
    expect(drawn(page, f"item:{aisle.pk}")).to_have_count(0)
    save(page)
    expect(page.locator("[data-changes]")).to_have_text("All saved")
    assert not FloorPlanItem.objects.exists()
    page.keyboard.press("Control+Shift+z")
    save(page)
    expect(page.locator("[data-changes]")).to_have_text("All saved")
    assert FloorPlanItem.objects.get().kind == "cold-aisle"


def test_what_is_refused_is_marked_and_nothing_is_lost(page: Page, plan: FloorPlan) -> None:
    first = rack(plan, "A01", (3_300, 3_000))
    second = rack(plan, "A02", (5_100, 3_000))
    edit(page, plan)
    drawn(page, f"rack:{second.pk}").focus()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-findings]")).to_contain_text("A01 overlaps A02.")
    save(page)
    expect(page.locator(".toast-error")).to_contain_text("Nothing was saved. A02:")
    expect(drawn(page, f"rack:{second.pk}")).to_have_class(compiled("is-refused"))
    expect(page.locator("[data-findings]")).to_contain_text("A02 was refused:")
    assert place_of(second) == (5_100, 3_000, 0)

    # Somebody else moves the first one meanwhile: told, and put together.
    page.keyboard.press("ArrowRight")
    expect(drawn(page, f"rack:{second.pk}")).not_to_have_class(compiled("is-refused"))
    RackPlacement.objects.filter(rack=first).update(x=900)
    save(page)
    notice = page.get_by_role("alertdialog")
    expect(notice).to_contain_text("somebody else has changed this plan")
    notice.get_by_role("button", name="Put my changes upon theirs").click()
    expect(notice).to_be_hidden()
    waiting = []
    page.route("**/colours/*", lambda route: waiting.append(route), times=1)
    save(page)
    expect(page.locator("[data-changes]")).to_have_text("All saved")
    assert place_of(first) == (900, 3_000, 0)
    assert place_of(second) == (3_900, 3_000, 0)

    # Its colours come when the keyboard is on it already, and leave it there.
    drawn(page, f"rack:{second.pk}").focus()
    with page.expect_response("**/colours/*"):
        waiting.pop().continue_()
    expect(page.locator("[data-planner]")).not_to_have_attribute("aria-busy", "true")
    expect(drawn(page, f"rack:{second.pk}")).to_be_focused()

    # Taken off the plan, it is a rack still, and waits in the tray.
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    expect(page.locator(f'[data-tray-key="rack:{second.pk}"]')).to_be_visible()
    save(page)
    expect(page.locator("[data-changes]")).to_have_text("All saved")
    assert place_of(second) is None
    assert Rack.objects.filter(pk=second.pk).exists()


def compiled(name: str) -> re.Pattern[str]:
    return re.compile(rf"(^|\s){name}(\s|$)")


def size_of(item: FloorPlanItem) -> tuple[int, int, int, int]:
    item.refresh_from_db()
    return item.x, item.y, item.width, item.depth


def test_what_is_no_rack_is_resized_by_its_handles_and_in_fields(
    page: Page, plan: FloorPlan
) -> None:
    wide = FloorPlanItemFactory(plan=plan, kind="crac", x=3_000, y=3_000, width=1_200, depth=600)
    turned = FloorPlanItemFactory(
        plan=plan, kind="other", x=7_500, y=3_000, width=1_200, depth=600, rotation=90
    )
    stands = rack(plan, "A01", (900, 7_500))
    edit(page, plan)
    planned = page.locator("[data-changes]")

    def grip(which: str) -> Locator:
        return page.locator(f'.handle[data-grip="{which}"]')

    # A side goes to the next line of the tiles, a corner with Alt where it is let go.
    drawn(page, f"item:{wide.pk}").click()
    expect(page.locator(".handle")).to_have_count(8)
    expect(grip("1,0")).to_have_css("cursor", "ew-resize")
    drag(page, middle(grip("1,0")), at(page, 4_830, 3_700))
    expect(page.locator(".size-text")).to_contain_text("· 2.40 m")
    page.keyboard.down("Alt")
    drag(page, middle(grip("-1,-1")), at(page, 2_000, 2_450))
    page.keyboard.up("Alt")
    # Escape leaves a size as it was, and so does undo.
    page.mouse.move(*middle(grip("0,1")))
    page.mouse.down()
    page.mouse.move(*at(page, 3_000, 5_000))
    page.keyboard.press("Escape")
    page.mouse.up()
    drag(page, middle(grip("0,1")), at(page, 3_000, 4_200))
    page.keyboard.press("Control+z")
    # Of what is turned a handle goes along its own sides, and not beyond the sheet.
    drawn(page, f"item:{turned.pk}").click()
    expect(grip("1,0")).to_have_css("cursor", "ns-resize")
    drag(page, middle(grip("1,0")), at(page, 7_500, 4_200))
    drag(page, middle(grip("0,-1")), at(page, 13_000, 3_000))
    expect(planned).to_have_text("2 changes not saved")
    save(page)
    expect(planned).to_have_text("All saved")
    x, y, width, depth = size_of(wide)
    assert abs(width - 2_800) <= 20 and abs(depth - 850) <= 20, "to a pixel of the screen"
    assert (x + width / 2, y + depth / 2) == pytest.approx((4_800, 3_300), abs=1)
    assert size_of(turned) == (9_600, 3_300, 1_800, 4_800)

    # In fields, by keyboard: the left and upper edges stay.
    drawn(page, f"item:{turned.pk}").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_label("Width", exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("2400")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Depth", exact=True)).to_be_focused()
    page.keyboard.press("Control+s")
    expect(planned).to_have_text("All saved")
    assert size_of(turned) == (9_600, 3_600, 2_400, 4_800)
    # The size of a rack is that of its record.
    drawn(page, f"rack:{stands.pk}").click()
    expect(page.locator(".selection, .size-text").first).to_be_visible()
    expect(page.locator(".handle")).to_have_count(0)


def test_racks_are_coloured_found_and_opened(page: Page, plan: FloorPlan) -> None:
    first = rack(plan, "A01", (3_300, 3_000))
    second = rack(plan, "B02", (5_100, 3_000))
    Rack.objects.filter(pk=second.pk).update(status="planned")
    page.goto(f"/facilities/floor-plans/{plan.pk}/plan/?by=")
    page.get_by_label("Colour").select_option("rack-status")
    expect(drawn(page, f"rack:{second.pk}")).to_have_attribute("aria-label", re.compile("Planned"))
    legend = page.locator("[data-legend]")
    legend.get_by_role("button", name="Planned").click()
    expect(drawn(page, f"rack:{first.pk}")).to_have_class(compiled("is-dim"))
    expect(page).to_have_url(re.compile("by=rack-status"))

    # By keyboard: to the plan's items, from one to the next, and into the rack.
    page.get_by_label("Find on the plan").fill("b02")
    page.keyboard.press("ArrowDown")
    expect(drawn(page, f"rack:{second.pk}")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(drawn(page, f"rack:{first.pk}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/dcim/racks/{first.pk}/$"))
    page.go_back()
    drawn(page, f"rack:{second.pk}").click()
    expect(page).to_have_url(re.compile(rf"/dcim/racks/{second.pk}/$"))
