"""Limits, plans, thresholds, and how full every place is."""

from capacity.models.limits import CoolingLoop, PlaceLimit, RackLimit, RackOfLoops
from capacity.models.plans import DeviceDates, DeviceTypeCooling, ReservationTerms
from capacity.models.thresholds import Threshold
from capacity.models.utilization import Stale, Utilization, UtilizationSnapshot

__all__ = [
    "CoolingLoop",
    "DeviceDates",
    "DeviceTypeCooling",
    "PlaceLimit",
    "RackLimit",
    "RackOfLoops",
    "ReservationTerms",
    "Stale",
    "Threshold",
    "Utilization",
    "UtilizationSnapshot",
]
