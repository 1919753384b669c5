"""The elevation on a rack's page, what it adds up to, and many racks side by side."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.read import ReadContext
from dcim import elevation, rack_figures
from dcim.panels import Figure, space, watts
from power.choices import FeedStatus, FeedType
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, database, statements, text
from tests.dcim.factories import (
    DeviceBayFactory,
    DeviceFactory,
    DeviceTypeFactory,
    ModuleBayFactory,
    ModuleFactory,
    ModuleTypeFactory,
    PowerOutletFactory,
    PowerPortFactory,
    RackFactory,
)
from tests.power.factories import PowerFeedFactory, PowerPanelFactory
from tests.racks.factories import RackReservationFactory


def mount(rack: Rack, position: float, height: float = 1, **values: Any) -> Any:
    kind = DeviceTypeFactory(u_height=Decimal(str(height)), **values)
    place = {"position": Decimal(str(position)), "face": "front"}
    return DeviceFactory(rack=rack, device_type=kind, **place)


def figures(rack: Rack) -> rack_figures.Figures:
    return rack_figures.figures([rack.pk], UserFactory(is_superuser=True))[rack.pk]


def space_of(rack: Rack) -> dict[str, Figure]:
    context = ReadContext(UserFactory(is_superuser=True))
    [found] = elevation.load([rack.pk], context)
    return {figure.label: figure for figure in space(found)}


@database
def test_weight_is_rack_devices_and_modules_in_one_unit() -> None:
    rack = RackFactory(weight=100, max_weight=1000, weight_unit="lb")
    device = mount(rack, 1, weight=10, weight_unit="kg")
    bay = ModuleBayFactory(device=device)
    ModuleFactory(module_bay=bay, module_type=ModuleTypeFactory(weight=500, weight_unit="g"))
    mount(rack, 2)
    found = figures(rack)
    assert found.grams == 45359 + 10_000 + 500
    assert found.max_grams == 453_592
    assert found.unweighed == 1
    assert found.weight(found.grams) == "123 lb"


@database
def test_modules_do_not_multiply_the_weight_of_their_device() -> None:
    rack = RackFactory()
    device = mount(rack, 1, weight=10, weight_unit="kg")
    for _ in range(3):
        ModuleFactory(
            module_bay=ModuleBayFactory(device=device),
            module_type=ModuleTypeFactory(weight=1, weight_unit="kg"),
        )
    assert figures(rack).grams == 13_000


@database
def test_power_is_that_of_ports_that_pass_nothing_on() -> None:
    rack = RackFactory()
    server, pdu = mount(rack, 1), mount(rack, 2)
    PowerPortFactory(device=server, allocated_draw=300, maximum_draw=500)
    PowerPortFactory(device=server, allocated_draw=300, maximum_draw=500)
    inlet = PowerPortFactory(device=pdu, allocated_draw=600, maximum_draw=1000)
    PowerOutletFactory(device=pdu, power_port=inlet)
    found = figures(rack)
    assert (found.allocated, found.maximum) == (600, 1000)


@database
def test_an_empty_rack_adds_up_to_nothing() -> None:
    found = figures(RackFactory())
    assert (found.devices, found.grams, found.allocated, found.unweighed) == (0, 0, 0, 0)


@database
def test_figures_of_many_racks_take_one_statement(django_assert_num_queries: Any) -> None:
    racks = [RackFactory() for _ in range(3)]
    for rack in racks:
        mount(rack, 1)
    user = UserFactory(is_superuser=True)
    with django_assert_num_queries(1):
        found = rack_figures.figures([rack.pk for rack in racks], user)
    assert [found[rack.pk].devices for rack in racks] == [1, 1, 1]


@database
def test_who_may_see_no_devices_gets_no_sums_of_them() -> None:
    rack = RackFactory(weight=50, weight_unit="kg")
    mount(rack, 1, weight=10, weight_unit="kg")
    found = rack_figures.figures([rack.pk], UserFactory())[rack.pk]
    assert (found.devices, found.device_grams) == (0, 0)


@database
def test_space_tells_what_is_free_and_the_longest_run() -> None:
    rack = RackFactory(u_height=10)
    mount(rack, 1, 2)
    mount(rack, 6, is_full_depth=False)
    mount(rack, 7, exclude_from_utilization=True)
    RackReservationFactory(rack=rack, units=[4, 5])
    found = space_of(rack)
    assert found["Space"].value == "3 U of 10"
    assert found["Free through the depth"].value == "6 U"
    assert found["Free through the depth"].notes == [
        "2 U of it reserved",
        "6 U free at the front, 7 U at the rear",
    ]
    assert found["Longest free run"].value == "3 U (U3\u2013U5)"
    assert found["Longest free run"].notes == ["3 U (U8\u2013U10) without what is reserved"]


@database
def test_a_full_rack_has_no_free_run() -> None:
    rack = RackFactory(u_height=2)
    mount(rack, 1, 2)
    assert space_of(rack)["Longest free run"].value == "none"


@database
def test_the_rack_page_shows_both_faces_and_what_has_no_units() -> None:
    rack = RackFactory(u_height=10)
    mount(rack, 1)
    upright = DeviceFactory(rack=rack, device_type__u_height=0, name="upright-pdu")
    loose = DeviceFactory(rack=rack, name="not-mounted-yet")
    blade = DeviceFactory(
        device_type__subdevice_role="child", device_type__u_height=0, name="blade"
    )
    host = DeviceFactory(rack=rack, device_type__subdevice_role="parent", site=rack.site)
    blade.site = rack.site
    blade.save()
    DeviceBayFactory(device=host, installed_device=blade)
    page = text(admin_client().get(f"/dcim/racks/{rack.pk}/"))
    assert page.count("elevation-drawing") == 2
    assert f'href="/dcim/devices/{upright.pk}/"' in page
    beside, _, without = page.partition("Without a position")
    assert "upright-pdu" in beside.partition("Beside the units")[2]
    assert loose.name in without
    assert "1 without height, 1 in device bays, 2 without a position" in page


@database
def test_the_rack_page_tells_each_side_of_its_feeds_apart() -> None:
    rack = RackFactory()
    panel = PowerPanelFactory(site=rack.site)
    common = {"power_panel": panel, "rack": rack, "voltage": 230, "amperage": 32}
    PowerFeedFactory(**common, type=FeedType.PRIMARY)
    PowerFeedFactory(**common, type=FeedType.REDUNDANT)
    PowerFeedFactory(**common, type=FeedType.REDUNDANT, status=FeedStatus.PLANNED)
    page = html.unescape(text(admin_client().get(f"/dcim/racks/{rack.pk}/")))
    assert "5\u202f888 VA primary, 5\u202f888 VA redundant" in page
    assert "2 feeds active, 1 not active" in page


@database
def test_names_on_the_page_stay_texts() -> None:
    rack = RackFactory(name="<script>rack</script>")
    device = mount(rack, 1)
    device.name = "<img src=x onerror=alert(1)>"
    device.save()
    for url in (f"/dcim/racks/{rack.pk}/", "/dcim/rack-elevations/"):
        page = text(admin_client().get(url))
        assert "<img src=x" not in page
        assert "<script>rack" not in page


@database
def test_the_rack_page_takes_as_many_statements_whatever_is_in_the_rack() -> None:
    client = admin_client()
    few, many = RackFactory(), RackFactory()
    mount(few, 1)
    for unit in range(1, 25):
        mount(many, unit)
    assert statements(client, f"/dcim/racks/{few.pk}/") == statements(
        client, f"/dcim/racks/{many.pk}/"
    )


@database
def test_many_racks_take_as_many_statements_as_few() -> None:
    client = admin_client()
    url = "/dcim/rack-elevations/?face=both"
    mount(RackFactory(), 1)
    RackReservationFactory(rack=mount(RackFactory(), 1).rack, units=[3])
    few = statements(client, url)
    for _ in range(20):
        mount(RackFactory(), 1)
    assert statements(client, url) == few


@database
def test_elevations_are_filtered_as_the_list_of_racks_is() -> None:
    rack, other = RackFactory(name="Here"), RackFactory(name="There")
    client = admin_client()
    page = text(client.get("/dcim/rack-elevations/", {"site_id": rack.site_id}))
    assert f'href="/dcim/racks/{rack.pk}/"' in page
    assert f'href="/dcim/racks/{other.pk}/"' not in page
    wrong = client.get("/dcim/rack-elevations/", {"site_id": "nonsense"})
    assert wrong.status_code == 200
    assert 'role="alert"' in text(wrong)


@database
def test_elevations_come_forty_a_page() -> None:
    site = RackFactory().site
    RackFactory.create_batch(40, site=site)
    client = admin_client()
    first, second = (
        set(re.findall(r'href="(/dcim/racks/\d+/)"', text(client.get(url))))
        for url in ("/dcim/rack-elevations/", "/dcim/rack-elevations/?page=2")
    )
    assert (len(first), len(second)) == (40, 1)
    assert not first & second


@database
def test_elevations_are_for_who_may_see_racks() -> None:
    stranger = Client()
    assert stranger.get("/dcim/rack-elevations/")["Location"].startswith("/login/")
    stranger.force_login(UserFactory())
    assert stranger.get("/dcim/rack-elevations/").status_code == 403


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 W"), (1500, "1\u202f500 W"), (12_345, "12.3 kW")]
)
def test_powers_are_told_in_readable_units(value: int, words: str) -> None:
    assert watts(value) == words
