"""Choices of the power chain."""

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


class Scheme(models.TextChoices):
    """How a group of equipment is redundant."""

    N = "n", "N"
    N_PLUS_1 = "n+1", "N+1"
    N_PLUS_2 = "n+2", "N+2"
    TWO_N = "2n", "2N"
    TWO_N_PLUS_1 = "2n+1", "2N+1"
    DISTRIBUTED = "distributed", "Distributed redundant"
    BLOCK = "block", "Block redundant"


class EquipmentKind(models.TextChoices):
    """What a node of the power chain is, in the order power flows."""

    UTILITY = "utility", "Utility service"
    GENERATOR = "generator", "Generator"
    SOLAR = "solar", "Solar array"
    BATTERY = "battery", "Battery"
    SWITCHGEAR = "switchgear", "Switchgear"
    TRANSFORMER = "transformer", "Transformer"
    ATS = "ats", "Automatic transfer switch"
    STS = "sts", "Static transfer switch"
    UPS = "ups", "UPS"
    FLOOR_PDU = "floor-pdu", "Floor PDU"
    RPP = "rpp", "Remote power panel"
    BUSWAY = "busway", "Busway"
    OTHER = "other", "Other"


class EquipmentStatus(models.TextChoices):
    """Whether equipment carries power; only active equipment does."""

    OFFLINE = "offline", "Offline"
    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    STAGED = "staged", "Staged"
    FAILED = "failed", "Failed"
    DECOMMISSIONING = "decommissioning", "Decommissioning"


class LinkStatus(models.TextChoices):
    """Whether a link carries power; only an active one does."""

    OFFLINE = "offline", "Offline"
    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    FAILED = "failed", "Failed"
