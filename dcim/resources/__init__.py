"""What the world sees of devices, their types, components and cables."""

from dcim.resources import components, devices, modules, templates, types

__all__ = ["components", "devices", "modules", "templates", "types"]
