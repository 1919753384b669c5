"""The rules of racks and rack types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Location
from racks.models import INHERITED, Rack, RackType
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.races import at_once, refused
from tests.racks.factories import (
    ManufacturerFactory,
    RackFactory,
    RackReservationFactory,
    RackTypeFactory,
)

pytestmark = pytest.mark.django_db

TALL = {
    "form_factor": "4-post-cabinet",
    "width": 21,
    "u_height": 48,
    "starting_unit": 3,
    "desc_units": True,
    "outer_width": 600,
    "outer_height": 2300,
    "outer_depth": 1200,
    "outer_unit": "mm",
    "mounting_depth": 900,
    "weight": Decimal("150.50"),
    "max_weight": 1500,
    "weight_unit": "kg",
}


def dimensions(rack: Rack) -> dict[str, Any]:
    """What is stored of the rack's size."""
    row: dict[str, Any] = Rack.objects.filter(pk=rack.pk).values(*INHERITED).get()
    return row


@pytest.mark.parametrize("factory", [RackFactory, RackTypeFactory])
@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"u_height": 0}, "u_height"),
        ({"u_height": 101}, "u_height"),
        ({"starting_unit": 0}, "starting_unit"),
        ({"outer_depth": 1200}, "outer_unit"),
        ({"weight": 10}, "weight_unit"),
        ({"max_weight": 10}, "weight_unit"),
        ({"weight": -1, "weight_unit": "kg"}, "weight"),
    ],
)
def test_sizes_have_bounds_and_units(
    factory: type[RackFactory], values: dict[str, Any], rule: str
) -> None:
    with refused(f"{factory._meta.model._meta.db_table}_{rule}"):
        factory(**values)


@pytest.mark.parametrize(
    ("unit", "weight", "grams"),
    [("kg", "1.50", 1500), ("g", "7", 7), ("lb", "100", 45359), ("oz", "10", 283)],
)
def test_weights_are_known_in_grams(unit: str, weight: str, grams: int) -> None:
    rack = RackFactory(weight=Decimal(weight), max_weight=2, weight_unit=unit)
    rack.refresh_from_db()
    assert rack.weight_grams == grams
    assert rack.max_weight_grams == {"kg": 2000, "g": 2, "lb": 907, "oz": 57}[unit]
    assert RackFactory().weight_grams is None


def test_racks_sort_naturally() -> None:
    site = SiteFactory()
    for name in ("R10", "R2", "r1"):
        RackFactory(name=name, site=site)
    assert [rack.name for rack in Rack.objects.all()] == ["r1", "R2", "R10"]


def test_names_and_tags_are_unique() -> None:
    hall = LocationFactory()
    rack = RackFactory(location=hall, facility_id="F1", asset_tag="A1")
    with refused("racks_rack_location_name"):
        RackFactory(location=hall, name=rack.name)
    with refused("racks_rack_location_facility_id"):
        RackFactory(location=hall, facility_id="F1")
    with refused("racks_rack_asset_tag_key"):
        RackFactory(asset_tag="A1")
    RackFactory(location=LocationFactory(), name=rack.name, facility_id="F1")


def test_a_makers_models_are_unique() -> None:
    maker = ManufacturerFactory()
    RackTypeFactory(manufacturer=maker, model="NetShelter")
    RackTypeFactory(model="NetShelter")
    with refused("racks_racktype_manufacturer_model"):
        RackTypeFactory(manufacturer=maker, model="NetShelter")


def test_a_rack_stands_in_its_locations_site() -> None:
    hall = LocationFactory()
    with refused("racks_rack_location_site"):
        RackFactory(location=hall, site=SiteFactory())
    rack = RackFactory(location=hall)
    with refused("racks_rack_location_site"):
        Rack.objects.filter(pk=rack.pk).update(site=SiteFactory())
    rack.site = SiteFactory()
    with pytest.raises(ValidationError) as caught:
        rack.full_clean()
    assert set(caught.value.message_dict) == {"location"}


def test_racks_follow_a_location_to_another_site() -> None:
    hall = LocationFactory()
    cage = LocationFactory(parent=hall)
    racks = [RackFactory(location=hall), RackFactory(location=cage)]
    stays = RackFactory(site=hall.site)
    target = SiteFactory()
    Location.objects.filter(pk=hall.pk).update(site=target)
    assert set(Rack.objects.filter(site=target)) == set(racks)
    assert list(Rack.objects.exclude(site=target)) == [stays]


@pytest.mark.django_db(transaction=True)
def test_a_rack_made_while_its_location_changes_site_never_stays_behind() -> None:
    for _ in range(10):
        hall, target = LocationFactory(), SiteFactory()
        at_once(
            [
                lambda hall=hall, target=target: Location.objects.filter(pk=hall.pk).update(
                    site=target
                ),
                lambda hall=hall: RackFactory(location=hall, site=hall.site),
            ]
        )
        assert set(Rack.objects.filter(location=hall).values_list("site", flat=True)) <= {target.pk}


def test_a_rack_takes_its_types_dimensions_when_made() -> None:
    assert dimensions(RackFactory(rack_type=RackTypeFactory(**TALL), u_height=10)) == TALL


def test_a_rack_takes_its_types_dimensions_when_given_one() -> None:
    rack = RackFactory()
    Rack.objects.filter(pk=rack.pk).update(rack_type=RackTypeFactory(**TALL))
    assert dimensions(rack) == TALL
    Rack.objects.filter(pk=rack.pk).update(u_height=12)
    assert dimensions(rack) == TALL


def test_a_rack_follows_its_type() -> None:
    kind = RackTypeFactory()
    rack, other = RackFactory(rack_type=kind), RackFactory()
    RackType.objects.filter(pk=kind.pk).update(**TALL)
    assert dimensions(rack) == TALL
    assert dimensions(other)["u_height"] == 42


def test_a_rack_that_loses_its_type_keeps_its_size() -> None:
    rack = RackFactory(rack_type=RackTypeFactory(**TALL))
    Rack.objects.filter(pk=rack.pk).update(rack_type=None)
    assert dimensions(rack) == TALL


def test_validation_sees_the_types_dimensions() -> None:
    rack = RackFactory.build(site=SiteFactory(), rack_type=RackTypeFactory(**TALL), weight=3)
    rack.full_clean()
    assert {field: getattr(rack, field) for field in INHERITED} == TALL


@pytest.mark.django_db(transaction=True)
def test_a_rack_made_while_its_type_changes_has_the_new_size() -> None:
    for _ in range(10):
        kind = RackTypeFactory()
        errors = at_once(
            [
                lambda kind=kind: RackType.objects.filter(pk=kind.pk).update(u_height=48),
                lambda kind=kind: RackFactory(rack_type=kind),
            ]
        )
        assert errors == [None, None]
        assert Rack.objects.get(rack_type=kind).u_height == 48


def test_a_rack_does_not_shrink_below_what_is_reserved() -> None:
    kind = RackTypeFactory(u_height=42)
    rack = RackFactory(rack_type=kind)
    RackReservationFactory(rack=rack, units=[40, 42])
    with refused("racks_rack_reservations_fit"):
        RackType.objects.filter(pk=kind.pk).update(u_height=41)
    bare = RackFactory()
    RackReservationFactory(rack=bare, units=[1])
    with refused("racks_rack_reservations_fit"):
        Rack.objects.filter(pk=bare.pk).update(starting_unit=2)
