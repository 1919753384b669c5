"""What must hold for devices, their parts and their cables."""

from dcim.integrity import cabling, parts, placement

__all__ = ["cabling", "parts", "placement"]
