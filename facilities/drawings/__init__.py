"""Drawings that people put behind floor plans, made safe and small."""


class NotADrawing(ValueError):
    """The file cannot be used; the message is one sentence for people."""
