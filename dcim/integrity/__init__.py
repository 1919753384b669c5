"""What must hold for devices, their parts and their cables."""

from dcim.integrity import audits, cabling, parts, placement

__all__ = ["audits", "cabling", "parts", "placement"]
