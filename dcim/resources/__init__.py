"""What the world sees of devices, their types, components and cables."""

from dcim.resources import cables, components, devices, modules, racks, templates, types

__all__ = ["cables", "components", "devices", "modules", "racks", "templates", "types"]
