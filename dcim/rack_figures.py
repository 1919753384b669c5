"""Weight and power of racks, added up by the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Count,
    Exists,
    JSONField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce, JSONObject

from core import access, units
from core.access import Actor
from core.gather import Lookup, Steps
from core.read import ReadContext
from dcim.models import Device, Module, PowerOutlet, PowerPort
from racks.choices import WeightUnit
from racks.models import Rack
from racks.models.types import GRAMS_PER_UNIT


@dataclass(frozen=True)
class Figures:
    """What the devices of one rack that a user may see add up to: weights in grams, power in watts.

    `unweighed` devices and modules are of types without a weight.
    """

    devices: int
    rack_grams: int | None
    max_grams: int | None
    device_grams: int
    module_grams: int
    unweighed: int
    allocated: int
    maximum: int
    unit: str

    @property
    def grams(self) -> int:
        """Rack, devices and modules together."""
        return (self.rack_grams or 0) + self.device_grams + self.module_grams

    def weight(self, grams: float) -> str:
        """A weight in the rack's unit, kilograms where it has none, or as wanted; `1 204 kg`."""
        value = units.value(grams / float(GRAMS_PER_UNIT[WeightUnit(self.unit)]), self.unit)
        digits = f"{value:,.{0 if value >= 100 else 1}f}".replace(",", "\u202f")
        return f"{digits} {units.symbol(self.unit)}"


def figures(racks: Iterable[int], user: Actor) -> dict[int, Figures]:
    """The figures of these racks, by id. One statement."""
    found: dict[int, Figures] = ReadContext(user).run(steps(racks, user))
    return found


def steps(racks: Iterable[int], user: Actor) -> Steps:
    """The step of `figures`.

    Power is what the power ports draw, without those that pass it on to outlets, as the draw of
    what hangs on a PDU would count twice.
    """
    rows = yield _SUMS.fetch(racks, user)
    return {pk: _figures(*rest) for pk, *rest in rows}


def _summed(given: Any, user: Actor) -> QuerySet[Any, Any]:
    passing = PowerOutlet.objects.filter(power_port=OuterRef("pk"))
    found = (
        Rack.objects.filter(given("pk"))
        .order_by()
        .annotate(
            _devices=_sums(
                access.restrict(Device.objects.filter(rack=OuterRef("pk")), user),
                "rack",
                count=Count("pk"),
                grams=_sum("device_type__weight_grams"),
                unweighed=Count("pk", filter=Q(device_type__weight_grams=None)),
            ),
            _modules=_sums(
                access.restrict(Module.objects.filter(device__rack=OuterRef("pk")), user),
                "device__rack",
                grams=_sum("module_type__weight_grams"),
                unweighed=Count("pk", filter=Q(module_type__weight_grams=None)),
            ),
            _power=_sums(
                access.restrict(PowerPort.objects.filter(device__rack=OuterRef("pk")), user).filter(
                    ~Exists(passing)
                ),
                "device__rack",
                allocated=_sum("allocated_draw"),
                maximum=_sum("maximum_draw"),
            ),
        )
    )
    columns = ("pk", "weight_grams", "max_weight_grams", "weight_unit")
    return found.values_list(*columns, "_devices", "_modules", "_power")


_SUMS = Lookup(_summed)


def _figures(
    own: int | None,
    limit: int | None,
    unit: str | None,
    devices: dict[str, int] | None,
    modules: dict[str, int] | None,
    power: dict[str, int] | None,
) -> Figures:
    of_devices, of_modules, of_power = devices or {}, modules or {}, power or {}
    return Figures(
        devices=of_devices.get("count", 0),
        rack_grams=own,
        max_grams=limit,
        device_grams=of_devices.get("grams", 0),
        module_grams=of_modules.get("grams", 0),
        unweighed=of_devices.get("unweighed", 0) + of_modules.get("unweighed", 0),
        allocated=of_power.get("allocated", 0),
        maximum=of_power.get("maximum", 0),
        unit=unit or WeightUnit.KILOGRAM,
    )


def _sum(column: str) -> Coalesce:
    return Coalesce(Sum(column), 0)


def _sums(rows: QuerySet[Model], group: str, **sums: Any) -> Subquery:
    grouped = rows.order_by().values(group).annotate(_sums=JSONObject(**sums))
    return Subquery(grouped.values("_sums"), output_field=JSONField())
