"""What the world sees of devices, their types, components and cables."""

from dcim.resources import (
    cables,
    components,
    contexts,
    devices,
    interfaces,
    modules,
    racks,
    templates,
    types,
)

__all__ = [
    "cables",
    "components",
    "contexts",
    "devices",
    "interfaces",
    "modules",
    "racks",
    "templates",
    "types",
]
