"""The space in a rack: its half units, what takes them, what is free. Pure functions."""

from racks.engine.occupancy import Block, Face, Occupancy, Overlap, Run, runs
from racks.engine.units import Frame, unit_label

__all__ = ["Block", "Face", "Frame", "Occupancy", "Overlap", "Run", "runs", "unit_label"]
