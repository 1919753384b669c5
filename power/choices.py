"""Choices of panels and feeds."""

from django.db import models


class FeedStatus(models.TextChoices):
    """Whether a feed carries power."""

    OFFLINE = "offline", "Offline"
    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    FAILED = "failed", "Failed"


class FeedType(models.TextChoices):
    """Which side of a redundant pair a feed is."""

    PRIMARY = "primary", "Primary"
    REDUNDANT = "redundant", "Redundant"


class Supply(models.TextChoices):
    """Kind of current."""

    AC = "ac", "AC"
    DC = "dc", "DC"


class Phase(models.TextChoices):
    """Number of phases."""

    SINGLE = "single-phase", "Single phase"
    THREE = "three-phase", "Three-phase"
