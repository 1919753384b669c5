"""What devices of a type need, by the type's record."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from capacity.choices import ResourceKind
from capacity.engine.placement import Face, Item
from capacity.finder.asking import Question
from capacity.models import DeviceTypeCooling
from dcim.models import DeviceType, PowerPortTemplate
from power.engine import Basis, DemandRows, choose
from power.models import DeviceTypePowerProfile

UNKNOWN = float("nan")


def mate(connector: str) -> str:
    """The outlet that a plug fits: a C14 goes into a C13, a NEMA plug into its receptacle."""
    if connector.startswith("iec-60320-c"):
        number = int(connector.removeprefix("iec-60320-c"))
        return f"iec-60320-c{number - 1}"
    if connector.startswith("nema-") and connector.endswith("p"):
        return f"{connector[:-1]}r"
    return connector


def items(asked: Question, connectors: dict[str, int]) -> list[Item]:
    """What is to be placed. `connectors` numbers the outlet types there are."""
    supplies: dict[int, list[Any]] = defaultdict(list)
    rows = PowerPortTemplate.objects.filter(device_type__in=asked.types).order_by("pk")
    for template in rows:
        if template.device_type_id is not None:
            supplies[template.device_type_id].append(template)
    profiles = {
        profile.device_type_id: profile
        for profile in DeviceTypePowerProfile.objects.filter(device_type__in=asked.types)
    }
    cooling = dict(
        DeviceTypeCooling.objects.filter(device_type__in=asked.types).values_list(
            "device_type", "liquid_percent"
        )
    )
    return [
        _item(
            given,
            asked.types[given["device_type"]],
            supplies[given["device_type"]],
            profiles.get(given["device_type"]),
            cooling.get(given["device_type"], 0),
            connectors,
        )
        for given in asked.given["devices"]
    ]


def _item(
    given: dict[str, Any],
    kind: DeviceType,
    supplies: list[Any],
    profile: DeviceTypePowerProfile | None,
    liquid: int,
    connectors: dict[str, int],
) -> Item:
    inputs = given.get("feeds", len(supplies))
    required = max(inputs - 1, 1)
    if profile is not None and profile.supplies_required:
        required = min(profile.supplies_required, max(inputs, 1))
    watts = given.get("watts")
    plugs = {mate(each.type) for each in supplies if each.type}
    known = frozenset(connectors[plug] for plug in plugs if plug in connectors)
    return Item(
        name=str(kind),
        count=given["count"],
        height=int(kind.u_height * 2),
        full_depth=kind.is_full_depth,
        face=Face(given["face"]),
        weight=given.get(
            "weight_kg", UNKNOWN if kind.weight_grams is None else kind.weight_grams / 1000
        ),
        watts=_draw(supplies, profile) if watts is None else watts,
        liquid=given.get("liquid_percent", liquid) / 100,
        inputs=inputs,
        required=required,
        connectors=(known or frozenset({-1})) if plugs else None,
        diverse=given.get("diverse", required < inputs) and required < inputs,
        ports=given.get("ports") or {},
        at_most=given.get("at_most"),
    )


def _draw(supplies: list[Any], profile: DeviceTypePowerProfile | None) -> float:
    """W of one device on the basis that utilization counts; nan where nothing is recorded."""

    def number(value: Any) -> float:
        return UNKNOWN if value is None else float(value)

    count = len(supplies)
    budget = profile.budget_percent if profile else None
    rating = profile.supply_watts if profile else None
    demand = choose(
        DemandRows(
            required=np.array([(profile.supplies_required or 0) if profile else 0]),
            measured=np.array([UNKNOWN]),
            budget=np.array([number(budget) / 100]),
            power_factor=np.array([1.0]),
            supply_device=np.zeros(count, dtype=np.int64),
            allocated=np.array([number(each.allocated_draw) for each in supplies]),
            maximum=np.array([number(each.maximum_draw) for each in supplies]),
            rating=np.full(count, number(rating)),
        ),
        Basis.ALLOCATED,
    )
    return UNKNOWN if demand.basis[0] == int(Basis.UNKNOWN) else float(demand.watts[0])


def needs(kind: DeviceType) -> dict[str, float]:
    """What one device of a type takes of each resource, in its unit, as far as it is known."""
    supplies = list(PowerPortTemplate.objects.filter(device_type=kind).order_by("pk"))
    profile = DeviceTypePowerProfile.objects.filter(device_type=kind).first()
    cooling = DeviceTypeCooling.objects.filter(device_type=kind).first()
    watts = _draw(supplies, profile) if supplies else 0.0
    watts = 0.0 if np.isnan(watts) else watts
    liquid = watts * (cooling.liquid_percent if cooling else 0) / 100
    kg = (kind.weight_grams or 0) / 1000
    return {
        ResourceKind.SPACE: float(kind.u_height),
        ResourceKind.WEIGHT: kg,
        ResourceKind.FLOOR_LOAD: kg,
        ResourceKind.POWER: watts,
        ResourceKind.AIR_COOLING: watts - liquid,
        ResourceKind.LIQUID_COOLING: liquid,
    }
