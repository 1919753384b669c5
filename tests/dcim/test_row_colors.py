"""Racks side by side in colours, what is offered to be placed, and who may move."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from racks.colouring import Colouring, Shade, add_colouring, age, by_name, colourings, level
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, database, statements, text
from tests.core.permits import permit
from tests.dcim.factories import DeviceFactory, RackFactory
from tests.facilities.factories import SiteFactory, TenantFactory

ELEVATIONS = "/dcim/rack-elevations/"


@pytest.mark.parametrize(
    ("percent", "meaning"),
    [(None, "unknown"), (0, "to 50 %"), (50, "to 50 %"), (85.1, "to 100 %"), (101, "over 100 %")],
)
def test_shares_are_told_in_steps(percent: float | None, meaning: str) -> None:
    assert level(percent).meaning == meaning


def test_ages_are_told_in_steps() -> None:
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    assert age(now - dt.timedelta(days=100), now).meaning == "under 1 year"
    assert age(dt.date(2024, 6, 1), now).text == "2.0 years"
    assert age(dt.date(2010, 6, 1), now).meaning == "5 years or more"
    assert age(None, now).meaning == "unknown"


def test_things_without_a_colour_get_one_each() -> None:
    red = {"display": "Red", "color": "ff0000"}
    shades = by_name({1: red, 2: {"display": "A"}, 3: {"display": "B"}, 4: None})
    assert shades[1].color == "ff0000"
    assert len({shade.color for shade in shades.values()}) == 4


def test_a_colouring_has_its_name_alone() -> None:
    with pytest.raises(ValueError, match="already"):
        add_colouring(Colouring("rack-status", "Again", lambda ids, context: {1: Shade("0", "")}))


@database
def test_every_colouring_shows_its_legend_in_as_many_statements_for_many_racks() -> None:
    site = SiteFactory()
    tenant = TenantFactory(name="Tenant of racks")
    client = admin_client()

    def rack() -> None:
        made = RackFactory(site=site, tenant=tenant, status="reserved")
        DeviceFactory(rack=made, site=site, position=1, face="front", status="failed")

    rack()
    names = ["status", "tenant", *colourings()]
    few = {name: statements(client, f"{ELEVATIONS}?color={name}") for name in names}
    for _ in range(6):
        rack()
    assert {name: statements(client, f"{ELEVATIONS}?color={name}") for name in names} == few
    assert "Tenant of racks" in text(client.get(ELEVATIONS, {"color": "rack-tenant"}))
    assert "Failed</li>" in text(client.get(ELEVATIONS, {"color": "status"}))
    page = text(client.get(ELEVATIONS, {"color": "rack-status"}))
    assert "Reserved</li>" in page
    assert client.get(ELEVATIONS, {"color": "nonsense"}).status_code == 200


@database
def test_only_who_may_change_devices_is_offered_to_move_them() -> None:
    rack = RackFactory()
    DeviceFactory(rack=rack, site=rack.site, position=1, face="front")
    DeviceFactory(site=rack.site, rack=None, name="waiting-here")
    DeviceFactory(rack=None, name="waiting-elsewhere")
    user = UserFactory()
    permit(user, "dcim.site dcim.rack dcim.device", "view")
    client = Client()
    client.force_login(user)
    for url in (f"/dcim/racks/{rack.pk}/", ELEVATIONS):
        page = text(client.get(url))
        assert "data-movable" not in page
        assert "waiting-here" not in page
    permit(user, "dcim.device", "change")
    for url in (f"/dcim/racks/{rack.pk}/", f"{ELEVATIONS}?site_id={rack.site_id}"):
        page = text(client.get(url))
        assert "data-movable" in page
        assert "waiting-here" in page
        assert "waiting-elsewhere" not in page
    assert "waiting-elsewhere" not in text(client.get(ELEVATIONS, {"tray": "999999"}))
