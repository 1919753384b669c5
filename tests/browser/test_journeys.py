"""What people do most, in a real browser: build, import, acknowledge, find and see."""

from __future__ import annotations

import re

import pytest
from django.contrib.contenttypes.models import ContentType
from playwright.sync_api import Page, expect

from alerts.models import Alert
from capacity import refresh
from core import jobs
from core.models import Job
from dcim.models import Device
from racks.models import Rack
from tests.alerts.factories import AlertFactory
from tests.core.permits import permit, somebody
from tests.dcim.factories import DeviceRoleFactory, DeviceTypeFactory, PowerPortTemplateFactory
from tests.facilities.factories import SiteFactory, TenantFactory
from tests.power.hall import two_n
from tests.racks.factories import RackFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINES = """Rack name,Site,U height
A1,Austin,42
A2,Boston,42
A3,Austin,tall
A4,Austin,900
"""


def test_a_hall_is_built_and_a_device_placed_in_it(page: Page) -> None:
    DeviceTypeFactory(u_height=2, model="Two high")
    DeviceRoleFactory(name="Database")

    def choose(label: str, option: str) -> None:
        page.get_by_role("combobox", name=re.compile(rf"^{label}\b")).click()
        page.keyboard.type(option)
        page.get_by_role("option", name=re.compile(option)).first.click()

    def create(heading: str) -> None:
        page.get_by_role("button", name="Create", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)

    page.goto("/dcim/sites/add/")
    page.locator("[name=name]").fill("Austin")
    page.locator("[name=slug]").fill("aus")
    create("Austin")
    page.goto("/dcim/locations/add/")
    page.locator("[name=name]").fill("Hall 1")
    page.locator("[name=slug]").fill("hall-1")
    choose("Site", "Austin")
    create("Hall 1")
    page.goto("/dcim/racks/add/")
    page.locator("[name=name]").fill("A1")
    page.locator("[name=u_height]").fill("12")
    choose("Site", "Austin")
    choose("Location", "Hall 1")
    create("A1")
    rack = Rack.objects.get()
    assert (rack.site.name, rack.location and rack.location.name) == ("Austin", "Hall 1")
    for name, unit in (("db-1", "10"), ("db-2", "10")):
        page.goto(f"/dcim/devices/add/?site={rack.site_id}&rack={rack.pk}&face=front")
        page.locator("[name=name]").fill(name)
        page.locator("[name=position]").fill(unit)
        choose("Device type", "Two high")
        choose("Role", "Database")
        page.get_by_role("button", name="Create", exact=True).click()
        if name == "db-1":
            expect(page.get_by_role("heading", level=1)).to_contain_text("db-1")
    expect(page.locator("main")).to_contain_text("Those rack units are already taken.")
    page.locator("[name=position]").fill("4")
    create("db-2")
    assert list(Device.objects.order_by("name").values_list("position", flat=True)) == [10, 4]


def test_a_failed_ups_shows_who_it_takes_down(page: Page) -> None:
    hall = two_n()
    single = hall.add(500)
    page.goto(f"/power/one-line/?site={hall.site.pk}")
    page.locator(f'g[data-id="equipment:{hall.sides[0].ups.pk}"]').click()
    page.locator("[data-side]").get_by_role("button", name="Fail").first.click()
    expect(page.locator("#consequences")).to_contain_text("1 device down")
    expect(page.locator("#consequences")).to_contain_text(single.name)


def test_a_file_with_three_bad_lines_is_mended_and_imported(page: Page) -> None:
    SiteFactory(name="Austin", slug="aus")
    page.goto("/dcim/racks/import/")
    upload = {"name": "racks.csv", "mimeType": "text/csv", "buffer": LINES.encode()}
    page.locator("[name=file]").set_input_files(upload)  # type: ignore[arg-type]
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_label("Import rack_name as")).to_have_value("name")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="3 lines at fault")).to_be_visible()
    lines = page.locator("table").first.locator("tbody td.number")
    expect(lines).to_have_text(["3", "4", "5"])
    assert not Rack.objects.exists()
    mended = LINES.replace("Boston", "Austin").replace("tall", "47").replace("900", "48")
    page.locator("[name=text]").fill(mended)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="Nothing is wrong")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    page.wait_for_url(re.compile("/dcim/racks/$"))
    expect(page.locator("table .row-link")).to_have_text(["A1", "A2", "A3", "A4"])


def test_an_alert_is_acknowledged_by_keyboard(page: Page) -> None:
    racks = [RackFactory(name=name) for name in ("A1", "A2")]
    for rack, severity in zip(racks, ("warning", "critical"), strict=True):
        AlertFactory(
            severity=severity,
            object_type=ContentType.objects.get_for_model(Rack),
            object_id=rack.pk,
            object_repr=rack.name,
            message=f"{rack.name}: is too heavy",
        )
    page.goto("/alerts/inbox/")
    expect(page.locator("[data-alert] [data-object]")).to_have_text(["A2", "A1"])
    page.keyboard.press("j")
    page.keyboard.press("a")
    # What somebody looks after comes last.
    expect(page.locator("[data-alert] [data-object]")).to_have_text(["A1", "A2"])
    seen = Alert.objects.get(acknowledged__isnull=False)
    assert seen.object_repr == "A2"


def test_places_are_found_and_reserved(page: Page) -> None:
    hall = two_n(outlets=24)
    refresh.recompute()
    kind = DeviceTypeFactory(u_height=1, is_full_depth=True, model="Small server")
    for name in ("PSU1", "PSU2"):
        PowerPortTemplateFactory(device_type=kind, name=name, allocated_draw=100)
    DeviceRoleFactory(name="Database")
    page.goto("/capacity/finder/")
    page.get_by_role("combobox", name="Device type, row 1").click()
    page.keyboard.type("Small")
    page.get_by_role("option", name=re.compile("Small server")).click()
    page.get_by_label("How many, row 1").fill("20")
    page.get_by_role("button", name="Find places").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert jobs.run(Job.objects.get().pk)
    expect(page.get_by_text("20 of 20")).to_be_visible()
    expect(page.get_by_role("heading", name=hall.rack.name)).to_be_visible()
    page.get_by_label("Names begin with").fill("db-")
    page.get_by_role("combobox", name="Role").click()
    page.get_by_role("option", name="Database").click()
    page.get_by_role("button", name=re.compile("Reserve 20")).click()
    page.wait_for_url(re.compile("/dcim/devices/"))
    assert (
        Device.objects.filter(name__startswith="db-", rack=hall.rack, status="planned").count()
        == 20
    )


def test_who_may_see_one_tenant_finds_nothing_else(page: Page) -> None:
    ours, theirs = TenantFactory(name="Ours"), TenantFactory(name="Theirs")
    RackFactory(name="OURS-1", tenant=ours)
    hidden = RackFactory(name="THEIRS-1", tenant=theirs)
    user = somebody()
    permit(user, "dcim.rack", "view", {"tenant": ours.pk})
    user.set_password("a good pass phrase")
    user.save()
    page.context.clear_cookies()
    page.goto("/dcim/racks/")
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill("a good pass phrase")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("table .row-link")).to_have_text(["OURS-1"])
    page.wait_for_load_state()  # keys are the scripts'
    page.keyboard.press("Control+k")
    page.keyboard.type("-1")
    expect(page.locator("#finder-results .hit strong")).to_have_text(["OURS-1"])
    here = f"/dcim/racks/{hidden.pk}/"
    for path in (here, f"{here}history/", f"/dcim/sites/{hidden.site_id}/"):
        answer = page.goto(path)
        assert answer and answer.status == 404, path
    for path in (f"/api{here}", f"/api{here}elevation/", f"/api/tenancy/tenants/{theirs.pk}/"):
        assert page.request.get(path).status == 404, path
    assert page.request.get("/api/dcim/racks/").json()["count"] == 1
    assert "THEIRS" not in page.request.get("/dcim/racks/export/").text()
    page.goto("/")
    expect(page.locator(".tile")).to_have_text(["1Racks"])
    page.goto("/search/?q=THEIRS")
    expect(page.locator("main")).not_to_contain_text("THEIRS-1")
    expect(page.locator("main")).not_to_contain_text("Theirs")
