"""The rules of power equipment, redundancy groups, profiles and policies."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from rest_framework.test import APIClient

from dcim.models import Device
from facilities.models import Location
from power.models import PowerEquipment, RedundancyGroup
from tests.core.factories import UserFactory
from tests.dcim.factories import DeviceFactory
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.power.factories import (
    DevicePowerProfileFactory,
    PowerEquipmentFactory,
    PowerLinkFactory,
    PowerPanelFactory,
    RedundancyGroupFactory,
    SitePowerPolicyFactory,
)
from tests.races import at_once, refused

pytestmark = pytest.mark.django_db
EQUIPMENT = "/api/power/equipment/"


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(is_superuser=True))
    return made


def settle() -> None:
    """Run the checks that wait for the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"rated_kva": 0, "rated_kw": None}, "rated_kva"),
        ({"rated_kw": -1}, "rated_kw"),
        ({"rated_kva": 100, "rated_kw": 101}, "kw_kva"),
        ({"power_factor": 0}, "power_factor"),
        ({"power_factor": "1.001"}, "power_factor"),
        ({"input_voltage": 0}, "input_voltage"),
        ({"output_voltage": 1_000_001}, "output_voltage"),
        ({"derating": 0}, "derating"),
        ({"derating": 101}, "derating"),
        ({"efficiency": 0}, "efficiency"),
        ({"efficiency": "100.01"}, "efficiency"),
        ({"usable_kwh": 0}, "usable_kwh"),
        ({"max_discharge_kw": 0}, "max_discharge_kw"),
        ({"max_charge_kw": 0}, "max_charge_kw"),
        ({"start_delay": 86_401}, "start_delay"),
    ],
)
def test_ratings_have_bounds(values: dict[str, Any], rule: str) -> None:
    with refused(f"power_powerequipment_{rule}"):
        PowerEquipmentFactory(**values)


@pytest.mark.parametrize(
    "curve",
    [
        {},
        [],
        5,
        "x",
        [0.5, 0.9],
        [[0.5]],
        [[0.5, 0.9, 1]],
        [["0.5", 0.9]],
        [[0.5, None]],
        [[True, 0.9]],
        [[0.5, 0.9], [0.5, 0.91]],
        [[0.5, 0.9], [0.4, 0.91]],
        [[-0.1, 0.9]],
        [[1.51, 0.9]],
        [[0.5, 0]],
        [[0.5, 1.01]],
        [[0.5, 0.9], None],
        [{"0": 1}],
    ],
)
def test_a_curve_is_rising_points_and_nothing_else(client: APIClient, curve: Any) -> None:
    row = PowerEquipmentFactory()
    with refused("power_powerequipment_efficiency_curve"):
        PowerEquipment.objects.filter(pk=row.pk).update(efficiency_curve=curve)
    answer = client.patch(f"{EQUIPMENT}{row.pk}/", {"efficiency_curve": curve}, format="json")
    assert answer.status_code == 400
    assert "points of load fraction" in answer.json()["efficiency_curve"][0]


def test_a_good_curve_is_kept_and_taken_away(client: APIClient) -> None:
    row = PowerEquipmentFactory()
    curve = [[0, 0.5], [0.25, 0.94], [1, 1], [1.5, 0.95]]
    address = f"{EQUIPMENT}{row.pk}/"
    answer = client.patch(address, {"efficiency_curve": curve}, format="json")
    assert answer.json()["efficiency_curve"] == curve
    answer = client.patch(address, {"efficiency_curve": None}, format="json")
    assert answer.json()["efficiency_curve"] is None
    assert PowerEquipment.objects.filter(efficiency_curve__isnull=True).count() == 1


def test_names_are_unique_in_a_site() -> None:
    row, group = PowerEquipmentFactory(), RedundancyGroupFactory()
    PowerEquipmentFactory(name=row.name)
    with refused("power_powerequipment_site_name"):
        PowerEquipmentFactory(name=row.name, site=row.site)
    with refused("power_redundancygroup_site_name"):
        RedundancyGroupFactory(name=group.name, site=group.site)


@pytest.mark.parametrize(
    ("field", "factory"),
    [
        ("location", LocationFactory),
        ("redundancy_group", RedundancyGroupFactory),
        ("device", DeviceFactory),
    ],
)
def test_what_it_refers_to_is_in_its_site(client: APIClient, field: str, factory: Any) -> None:
    row, stranger = PowerEquipmentFactory(), factory()
    with refused(f"power_powerequipment_{field}_site"):
        PowerEquipment.objects.filter(pk=row.pk).update(**{field: stranger})
        settle()
    answer = client.patch(f"{EQUIPMENT}{row.pk}/", {field: stranger.pk}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    near = factory(site=row.site)
    answer = client.patch(f"{EQUIPMENT}{row.pk}/", {field: near.pk}, format="json")
    assert answer.status_code == 200
    with refused(f"power_powerequipment_{field}_site"):
        PowerEquipment.objects.filter(pk=row.pk).update(site=SiteFactory())
        settle()


def test_what_it_refers_to_stays_in_its_site() -> None:
    site = SiteFactory()
    group, device = RedundancyGroupFactory(site=site), DeviceFactory(site=site)
    PowerEquipmentFactory(site=site, redundancy_group=group, device=device)
    settle()
    elsewhere = SiteFactory()
    with refused("power_redundancygroup_members_site"):
        RedundancyGroup.objects.filter(pk=group.pk).update(site=elsewhere)
        settle()
    with refused("power_device_equipment_site"):
        Device.objects.filter(pk=device.pk).update(site=elsewhere)
        settle()


def test_a_location_takes_its_equipment_links_and_panels_to_another_site() -> None:
    hall = LocationFactory()
    row = PowerEquipmentFactory(location=LocationFactory(parent=hall))
    device = DeviceFactory(site=hall.site, location=row.location)
    PowerEquipment.objects.filter(pk=row.pk).update(device=device)
    panel = PowerPanelFactory(location=hall)
    PowerLinkFactory(upstream=row, downstream_panel=panel)
    target = SiteFactory()
    settle()
    Location.objects.filter(pk=hall.pk).update(site=target)
    settle()
    row.refresh_from_db()
    panel.refresh_from_db()
    assert row.site_id == panel.site_id == target.pk


def test_a_location_does_not_leave_what_its_equipment_feeds() -> None:
    row = PowerEquipmentFactory(location=LocationFactory())
    PowerLinkFactory(upstream=row, downstream_panel=PowerPanelFactory(site=row.site, location=None))
    settle()
    with refused("power_powerlink_site"):
        Location.objects.filter(pk=row.location_id).update(site=SiteFactory())
        settle()


@pytest.mark.django_db(transaction=True)
def test_equipment_joins_a_group_and_the_group_moves_at_once() -> None:
    for _ in range(5):
        group, target = RedundancyGroupFactory(), SiteFactory()
        row = PowerEquipmentFactory(site=group.site)
        errors = at_once(
            [
                lambda group=group, target=target: RedundancyGroup.objects.filter(
                    pk=group.pk
                ).update(site=target),
                lambda group=group, row=row: PowerEquipment.objects.filter(pk=row.pk).update(
                    redundancy_group=group
                ),
            ]
        )
        assert sum(error is None for error in errors) >= 1
        row.refresh_from_db()
        assert row.redundancy_group is None or row.redundancy_group.site_id == row.site_id


def test_a_measurement_has_its_time_and_a_policy_its_bounds() -> None:
    with refused("power_devicepowerprofile_measured_at"):
        DevicePowerProfileFactory(measured_watts=300)
    with refused("power_devicepowerprofile_supplies_required"):
        DevicePowerProfileFactory(supplies_required=0)
    profile = DevicePowerProfileFactory(measured_watts=0, measured_at="2026-01-01T00:00:00Z")
    with pytest.raises(ValidationError):
        DevicePowerProfileFactory.build(device=profile.device).full_clean()
    with refused("power_sitepowerpolicy_power_factor"):
        SitePowerPolicyFactory(power_factor=0)
    policy = SitePowerPolicyFactory()
    assert (policy.breaker_utilization, policy.imbalance_limit) == (80, 20)


def test_a_device_takes_its_profile_along_and_leaves_its_equipment(client: APIClient) -> None:
    profile = DevicePowerProfileFactory()
    row = PowerEquipmentFactory(site=profile.device.site, device=profile.device)
    assert client.delete(f"/api/dcim/devices/{profile.device_id}/").status_code == 204
    row.refresh_from_db()
    assert row.device_id is None
    assert client.get(f"/api/power/device-profiles/{profile.pk}/").status_code == 404
