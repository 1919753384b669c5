"""What must hold for the power chain."""

from power.integrity import chain, feeds, placements

__all__ = ["chain", "feeds", "placements"]
