"""Choices of the reckoning."""

from django.db import models


class ResourceKind(models.TextChoices):
    """What runs out."""

    SPACE = "space", "Space"
    POWER = "power", "Power"
    WEIGHT = "weight", "Weight"
    FLOOR_LOAD = "floor-load", "Floor load"
    POINT_LOAD = "point-load", "Point load"
    AIR_COOLING = "air-cooling", "Air cooling"
    LIQUID_COOLING = "liquid-cooling", "Liquid cooling"
    SWITCH_PORTS = "switch-ports", "Switch ports"
    PATCH_PORTS = "patch-ports", "Patch-panel ports"
    OUTLETS = "outlets", "Outlets"


class Unit(models.TextChoices):
    """What figures are counted in."""

    RACK_UNIT = "U", "rack units"
    WATT = "W", "watts"
    KILOGRAM = "kg", "kilograms"
    PORT = "ports", "ports"
    OUTLET = "outlets", "outlets"


UNITS: dict[str, str] = {
    ResourceKind.SPACE: Unit.RACK_UNIT,
    ResourceKind.POWER: Unit.WATT,
    ResourceKind.WEIGHT: Unit.KILOGRAM,
    ResourceKind.FLOOR_LOAD: Unit.KILOGRAM,
    ResourceKind.POINT_LOAD: Unit.KILOGRAM,
    ResourceKind.AIR_COOLING: Unit.WATT,
    ResourceKind.LIQUID_COOLING: Unit.WATT,
    ResourceKind.SWITCH_PORTS: Unit.PORT,
    ResourceKind.PATCH_PORTS: Unit.PORT,
    ResourceKind.OUTLETS: Unit.OUTLET,
}
