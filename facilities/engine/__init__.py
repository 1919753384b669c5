"""Geometry of floor plans: pure functions over millimetres."""
