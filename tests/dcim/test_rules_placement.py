"""Where devices may stand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from dcim.models import Device
from facilities.models import Location
from tests.dcim.factories import (
    DeviceBayFactory,
    DeviceFactory,
    DeviceTypeFactory,
    RackFactory,
    SiteFactory,
)
from tests.dcim.helpers import refused

pytestmark = pytest.mark.django_db


def mounted(rack, position, face="front", height="1.0", full=True, **more):
    kind = more.pop("device_type", None) or DeviceTypeFactory(
        u_height=Decimal(height), is_full_depth=full
    )
    return DeviceFactory(rack=rack, position=position, face=face, device_type=kind, **more)


@pytest.fixture
def rack():
    return RackFactory(u_height=42)


def test_it_refuses_an_overlap(rack):
    mounted(rack, 10, height="2.0")
    with refused("dcim_device_no_overlap"):
        mounted(rack, Decimal("11.5"))


def test_neighbours_in_half_units_fit(rack):
    mounted(rack, 10, height="1.5")
    mounted(rack, Decimal("11.5"), height="0.5")
    mounted(rack, 12)
    assert rack.devices.count() == 3


def test_shallow_devices_share_a_unit_on_both_faces(rack):
    mounted(rack, 5, "front", full=False)
    mounted(rack, 5, "rear", full=False)
    with refused("dcim_device_no_overlap"):
        mounted(rack, 5, "rear", full=False)
    with refused("dcim_device_no_overlap"):
        mounted(rack, 5, "front", full=True)


def test_the_same_units_of_another_rack_are_free(rack):
    mounted(rack, 5)
    mounted(RackFactory(), 5)


def test_validation_tells_of_an_overlap_early(rack):
    first = mounted(rack, 5)
    second = DeviceFactory.build(
        rack=rack,
        position=5,
        face="front",
        device_type=first.device_type,
        role=first.role,
        site=rack.site,
    )
    with pytest.raises(ValidationError, match="already taken"):
        second.full_clean()
    second.position = Decimal(6)
    second.full_clean()


def test_two_devices_may_swap_places_in_one_transaction(rack):
    first, second = mounted(rack, 5), mounted(rack, 6)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS dcim_device_no_overlap DEFERRED")
        Device.objects.filter(pk=first.pk).update(position=6)
        Device.objects.filter(pk=second.pk).update(position=5)
        cursor.execute("SET CONSTRAINTS dcim_device_no_overlap IMMEDIATE")
    assert Device.objects.get(pk=first.pk).position == 6


def test_it_must_fit_between_the_rack_s_ends(rack):
    mounted(rack, 41, height="2.0")
    with refused("dcim_device_fits_rack", "ends 0.5 U above unit 42"):
        mounted(RackFactory(u_height=42), Decimal("41.5"), height="2.0")
    with refused("dcim_device_fits_rack", "4.5 U below unit 5"):
        mounted(RackFactory(u_height=42, starting_unit=5), Decimal("0.5"))


def test_positions_are_whole_half_units(rack):
    with refused("dcim_device_position_half"):
        mounted(rack, Decimal("1.3"))


def test_a_position_needs_rack_and_face(rack):
    with refused("dcim_device_position_face"):
        DeviceFactory(rack=rack, position=1)
    loose = DeviceFactory()
    loose.position = Decimal(1)
    with pytest.raises(ValidationError) as caught:
        loose.full_clean()
    assert set(caught.value.messages) == {"A position needs a rack.", "A position needs a face."}
    with refused("dcim_device_face_rack"):
        DeviceFactory(face="front")


def test_zero_u_and_child_types_take_no_position(rack):
    with refused("dcim_device_zero_u"):
        mounted(rack, 1, height="0")
    child = DeviceTypeFactory(subdevice_role="child", u_height=0)
    with refused("dcim_device_child_face"):
        mounted(rack, 1, device_type=child)
    DeviceFactory(rack=rack, face="front", device_type=DeviceTypeFactory(u_height=0))


def test_the_location_is_the_rack_s():
    site = SiteFactory()
    hall = Location.objects.create(site=site, name="Hall", slug="hall")
    other = Location.objects.create(site=site, name="Other", slug="other")
    rack = RackFactory(site=site, location=hall)
    device = DeviceFactory(rack=rack)
    device.refresh_from_db()
    assert device.location == hall
    with refused("dcim_device_rack_location"):
        DeviceFactory(rack=rack, location=other)
    with refused("dcim_device_rack_site"):
        DeviceFactory(rack=rack, site=SiteFactory())
    with refused("dcim_device_location_site"):
        DeviceFactory(site=SiteFactory(), location=hall)


def test_devices_follow_a_rack_that_moves(rack):
    device = mounted(rack, 1)
    rack.site = SiteFactory()
    rack.save()
    device.refresh_from_db()
    assert device.site == rack.site


def test_devices_without_a_rack_follow_their_location():
    site = SiteFactory()
    hall = Location.objects.create(site=site, name="Hall", slug="hall")
    device = DeviceFactory(site=site, location=hall)
    hall.site = SiteFactory()
    hall.save()
    device.refresh_from_db()
    assert device.site == hall.site


def test_a_rack_cannot_shrink_below_its_devices(rack):
    mounted(rack, 40, height="2.0")
    rack.u_height = 41
    rack.save()
    rack.u_height = 40
    with refused("dcim_rack_devices_fit", "takes units 40 to 41"):
        rack.save()
    rack.u_height, rack.starting_unit = 41, 41
    with refused("dcim_rack_devices_fit"):
        rack.save()


def test_a_type_s_size_reaches_its_devices_or_is_refused(rack):
    kind = DeviceTypeFactory(u_height=1, is_full_depth=False)
    low = mounted(rack, 1, device_type=kind)
    mounted(rack, 3, device_type=kind)
    kind.u_height, kind.is_full_depth = Decimal("1.5"), True
    kind.save()
    low.refresh_from_db()
    assert (low.height_half_u, low.is_full_depth) == (3, True)
    kind.u_height = 3
    with refused("dcim_device_no_overlap", "would overlap"):
        kind.save()
    kind.u_height = 0
    with refused("dcim_device_zero_u"):
        kind.save()


def test_a_written_height_is_overruled_by_the_type(rack):
    device = mounted(rack, 1, height="2.0")
    Device.objects.filter(pk=device.pk).update(height_half_u=0)
    device.refresh_from_db()
    assert device.height_half_u == 4


def test_names_are_unique_in_a_site_whatever_the_case():
    device = DeviceFactory(name="db-1")
    with refused("dcim_device_name"):
        DeviceFactory(name="DB-1", site=device.site)
    DeviceFactory(name="db-1")
    DeviceFactory(name=None, site=device.site)
    DeviceFactory(name=None, site=device.site)


def test_a_child_stands_where_its_parent_stands(rack):
    bay = DeviceBayFactory(device__rack=rack)
    child = DeviceFactory(device_type=DeviceTypeFactory(subdevice_role="child", u_height=0))
    bay.installed_device = child
    bay.save()
    child.refresh_from_db()
    assert (child.rack, child.site) == (rack, rack.site)
    other = RackFactory()
    Device.objects.filter(pk=bay.device_id).update(rack=other, site=other.site)
    child.refresh_from_db()
    assert (child.rack, child.site) == (other, other.site)
