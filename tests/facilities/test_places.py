"""The rules of regions, sites and locations."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Location, Region, Site
from tests.facilities.factories import LocationFactory, RegionFactory, SiteFactory
from tests.races import at_once, constraint_of, refused

pytestmark = pytest.mark.django_db


def test_a_name_is_unique_under_one_parent_and_at_the_top() -> None:
    top = RegionFactory(name="Texas", slug="texas")
    RegionFactory(name="Texas", slug="texas", parent=top)
    with refused("facilities_region_name"):
        RegionFactory(name="Texas", slug="other")
    with refused("facilities_region_parent_slug"):
        RegionFactory(name="Other", slug="texas", parent=top)


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("latitude", Decimal("90.000001"), "facilities_site_latitude"),
        ("latitude", Decimal("-90.000001"), "facilities_site_latitude"),
        ("longitude", Decimal("180.000001"), "facilities_site_longitude"),
    ],
)
def test_coordinates_lie_on_the_globe(field: str, value: Decimal, constraint: str) -> None:
    with refused(constraint):
        SiteFactory(**{field: value})


def test_a_time_zone_must_exist() -> None:
    site = SiteFactory(time_zone="America/Chicago")
    site.full_clean()
    site.time_zone = "America/Atlantis"
    with pytest.raises(ValidationError) as caught:
        site.full_clean()
    assert set(caught.value.message_dict) == {"time_zone"}


def test_sites_sort_naturally() -> None:
    for name in ("AUS10", "aus2", "AUS1"):
        SiteFactory(name=name)
    assert [site.name for site in Site.objects.all()] == ["AUS1", "aus2", "AUS10"]


def test_a_branch_moves_as_a_whole() -> None:
    america, europe = RegionFactory(name="America"), RegionFactory(name="Europe")
    texas = RegionFactory(name="Texas", parent=america)
    austin = RegionFactory(name="Austin", parent=texas)
    texas.parent = europe
    texas.save()
    austin.refresh_from_db()
    assert austin.path == [europe.pk, texas.pk, austin.pk]
    assert austin.sort_path == ["europe", "texas", "austin"]
    assert set(Region.objects.all().branch(europe.pk)) == {europe, texas, austin}


def test_a_region_cannot_be_placed_below_itself() -> None:
    top = RegionFactory()
    below = RegionFactory(parent=RegionFactory(parent=top))
    with refused("tree_no_cycle"):
        Region.objects.filter(pk=top.pk).update(parent=below)
    with refused("tree_no_cycle"):
        Region.objects.filter(pk=top.pk).update(parent=top)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("factory", [RegionFactory, LocationFactory])
def test_two_moves_at_once_cannot_close_a_ring(factory: type[RegionFactory]) -> None:
    shared = {"site": SiteFactory()} if factory is LocationFactory else {}
    rows = factory._meta.model.objects
    for _ in range(10):
        one, two = factory(**shared), factory(**shared)
        errors = at_once(
            [
                lambda one=one, two=two: rows.filter(pk=one.pk).update(parent=two),
                lambda one=one, two=two: rows.filter(pk=two.pk).update(parent=one),
            ]
        )
        lost = [error for error in errors if error is not None]
        assert [constraint_of(error) for error in lost] == ["tree_no_cycle"]
        assert sorted(len(row.path) for row in rows.filter(pk__in=[one.pk, two.pk])) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_move_waits_for_a_move_of_its_own_branch() -> None:
    for _ in range(10):
        top, other = RegionFactory(), RegionFactory()
        below = RegionFactory(parent=top)
        errors = at_once(
            [
                lambda top=top, other=other: Region.objects.filter(pk=top.pk).update(parent=other),
                lambda below=below: Region.objects.filter(pk=below.pk).update(parent=None),
            ]
        )
        assert errors == [None, None]
        below.refresh_from_db()
        assert below.path == [below.pk]


def test_a_location_stands_in_its_parents_site() -> None:
    hall = LocationFactory()
    with refused("facilities_location_parent_site"):
        LocationFactory(parent=hall, site=SiteFactory())
    stray = LocationFactory.build(parent=hall, site=SiteFactory())
    with pytest.raises(ValidationError) as caught:
        stray.full_clean()
    assert "parent" in caught.value.message_dict


def test_a_location_that_changes_site_takes_its_branch_along() -> None:
    hall = LocationFactory()
    cage = LocationFactory(parent=LocationFactory(parent=hall))
    hall.site = SiteFactory()
    hall.save()
    assert set(Location.objects.values_list("site", flat=True)) == {hall.site_id}
    with refused("facilities_location_parent_site"):
        Location.objects.filter(pk=cage.pk).update(site=SiteFactory())


@pytest.mark.django_db(transaction=True)
def test_a_child_made_while_its_parent_changes_site_never_stays_behind() -> None:
    for _ in range(10):
        hall, target = LocationFactory(), SiteFactory()
        at_once(
            [
                lambda hall=hall, target=target: Location.objects.filter(pk=hall.pk).update(
                    site=target
                ),
                lambda hall=hall: LocationFactory(parent=hall, site=hall.site),
            ]
        )
        assert set(Location.objects.all().branch(hall.pk).values_list("site", flat=True)) == {
            target.pk
        }


def test_location_names_are_unique_in_a_site_and_under_a_parent() -> None:
    site = SiteFactory()
    hall = LocationFactory(site=site, name="Hall", slug="hall")
    LocationFactory(name="Hall", slug="hall")
    LocationFactory(parent=hall, name="Hall", slug="hall")
    with refused("facilities_location_name"):
        LocationFactory(site=site, name="Hall", slug="hall-2")
    with refused("facilities_location_parent_name"):
        LocationFactory(parent=hall, name="Hall", slug="hall-2")
