"""Choices of racks."""

from django.db import models


class RackStatus(models.TextChoices):
    """Whether and how a rack is used."""

    RESERVED = "reserved", "Reserved"
    AVAILABLE = "available", "Available"
    PLANNED = "planned", "Planned"
    ACTIVE = "active", "Active"
    DEPRECATED = "deprecated", "Deprecated"


class ReservationStatus(models.TextChoices):
    """Whether a reservation counts."""

    PENDING = "pending", "Pending"
    ACTIVE = "active", "Active"
    STALE = "stale", "Stale"


class FormFactor(models.TextChoices):
    """How a rack is built."""

    TWO_POST_FRAME = "2-post-frame", "2-post frame"
    FOUR_POST_FRAME = "4-post-frame", "4-post frame"
    FOUR_POST_CABINET = "4-post-cabinet", "4-post cabinet"
    WALL_FRAME = "wall-frame", "Wall-mounted frame"
    WALL_FRAME_VERTICAL = "wall-frame-vertical", "Wall-mounted frame (vertical)"
    WALL_CABINET = "wall-cabinet", "Wall-mounted cabinet"
    WALL_CABINET_VERTICAL = "wall-cabinet-vertical", "Wall-mounted cabinet (vertical)"


class RailWidth(models.IntegerChoices):
    """Distance between the rails, in inches."""

    INCHES_10 = 10, "10 inches"
    INCHES_19 = 19, "19 inches"
    INCHES_21 = 21, "21 inches"
    INCHES_23 = 23, "23 inches"


class LengthUnit(models.TextChoices):
    """Unit of outer dimensions."""

    MILLIMETERS = "mm", "Millimeters"
    INCHES = "in", "Inches"


class WeightUnit(models.TextChoices):
    """Unit of weights."""

    KILOGRAM = "kg", "Kilograms"
    GRAM = "g", "Grams"
    POUND = "lb", "Pounds"
    OUNCE = "oz", "Ounces"


class Airflow(models.TextChoices):
    """Which way air goes through a rack."""

    FRONT_TO_REAR = "front-to-rear", "Front to rear"
    REAR_TO_FRONT = "rear-to-front", "Rear to front"
