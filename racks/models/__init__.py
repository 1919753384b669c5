"""Racks, their types and what is reserved in them."""

from racks.models.placements import (
    LocationOfPlacements,
    PlanOfRacks,
    RackOfPlacement,
    RackPlacement,
)
from racks.models.racks import LocationOfRacks, Rack, RackGroup, RackRole
from racks.models.reservations import RackReservation, ReservedUnit
from racks.models.types import INHERITED, Manufacturer, RackDimensions, RackType, grams

__all__ = [
    "INHERITED",
    "LocationOfPlacements",
    "LocationOfRacks",
    "Manufacturer",
    "PlanOfRacks",
    "Rack",
    "RackDimensions",
    "RackGroup",
    "RackOfPlacement",
    "RackPlacement",
    "RackReservation",
    "RackRole",
    "RackType",
    "ReservedUnit",
    "grams",
]
