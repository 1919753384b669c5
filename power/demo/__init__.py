"""The demo estate: two sites with racks, devices, cables and power, made from a seed."""

from power.demo.estate import Built, build_estate
from power.demo.kit import EstateError, Kit

__all__ = ["Built", "EstateError", "Kit", "build_estate"]
