"""What the world sees of devices, their types, components and cables."""

from dcim.resources import (
    audits,
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
    "audits",
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
