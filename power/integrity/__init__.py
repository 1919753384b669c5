"""What must hold for the power chain."""

from power.integrity import chain, feeds

__all__ = ["chain", "feeds"]
