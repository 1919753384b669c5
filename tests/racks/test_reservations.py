"""The rules of rack reservations."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from racks.models import Rack, RackReservation, ReservedUnit
from tests.core.factories import UserFactory
from tests.races import at_once, constraint_of, refused
from tests.racks.factories import RackFactory, RackReservationFactory

pytestmark = pytest.mark.django_db


def test_reservations_of_a_rack_do_not_overlap() -> None:
    first = RackReservationFactory(units=[1, 2, 3])
    RackReservationFactory(rack=first.rack, units=[4, 5])
    RackReservationFactory(units=[1, 2, 3])
    with refused("racks_rackreservation_no_overlap"):
        RackReservationFactory(rack=first.rack, units=[3])
    with refused("racks_rackreservation_no_overlap"):
        RackReservation.objects.filter(pk=first.pk).update(units=[1, 4])


def test_a_reservation_can_be_changed_and_saved_again() -> None:
    reservation = RackReservationFactory(units=[1, 2])
    reservation.units = [2, 3]
    reservation.save()
    reservation.save()
    assert set(ReservedUnit.objects.values_list("unit", flat=True)) == {2, 3}
    RackReservationFactory(rack=reservation.rack, units=[1])


def test_units_are_free_again_when_a_reservation_goes() -> None:
    reservation = RackReservationFactory(units=[1])
    rack = reservation.rack
    reservation.delete()
    RackReservationFactory(rack=rack, units=[1]).rack.delete()
    assert not ReservedUnit.objects.exists()


def test_units_move_with_a_reservation_to_another_rack() -> None:
    reservation = RackReservationFactory(units=[1])
    old, new = reservation.rack, RackFactory()
    RackReservation.objects.filter(pk=reservation.pk).update(rack=new)
    RackReservationFactory(rack=old, units=[1])
    with refused("racks_rackreservation_no_overlap"):
        RackReservationFactory(rack=new, units=[1])


@pytest.mark.parametrize(
    ("units", "rule"),
    [
        ([43], "units_in_rack"),
        ([0], "units_in_rack"),
        ([1, 1], "units_once"),
        ([], "units_some"),
    ],
)
def test_units_are_some_of_the_racks_own(units: list[int], rule: str) -> None:
    with refused(f"racks_rackreservation_{rule}"):
        RackReservationFactory(units=units)
    row = RackReservationFactory.build(rack=RackFactory(), user=UserFactory(), units=units)
    with pytest.raises(ValidationError):
        row.full_clean()


@pytest.mark.django_db(transaction=True)
def test_reservations_made_at_once_never_overlap() -> None:
    user = UserFactory()
    wishes = [[1, 2, 3], [3, 2], [3, 4, 5], [5, 1]]
    for _ in range(10):
        rack = RackFactory()
        errors = at_once(
            [
                lambda rack=rack, units=units: RackReservationFactory(
                    rack=rack, units=units, user=user
                )
                for units in wishes
            ]
        )
        lost = {constraint_of(error) for error in errors if error is not None}
        assert lost == {"racks_rackreservation_no_overlap"}
        stored = [unit for each in rack.reservations.all() for unit in each.units]
        assert stored
        assert len(stored) == len(set(stored))


@pytest.mark.django_db(transaction=True)
def test_a_reservation_and_a_shrinking_rack_do_not_both_win() -> None:
    user = UserFactory()
    for _ in range(10):
        rack = RackFactory()
        errors = at_once(
            [
                lambda rack=rack: Rack.objects.filter(pk=rack.pk).update(u_height=10),
                lambda rack=rack: RackReservationFactory(rack=rack, units=[20], user=user),
            ]
        )
        assert sum(error is None for error in errors) == 1
