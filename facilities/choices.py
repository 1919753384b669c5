"""Choices of places and contacts."""

from django.db import models


class SiteStatus(models.TextChoices):
    """Where a site stands in its life."""

    PLANNED = "planned", "Planned"
    STAGING = "staging", "Staging"
    ACTIVE = "active", "Active"
    DECOMMISSIONING = "decommissioning", "Decommissioning"
    RETIRED = "retired", "Retired"


class LocationStatus(models.TextChoices):
    """Where a hall, room or row stands in its life."""

    PLANNED = "planned", "Planned"
    STAGING = "staging", "Staging"
    ACTIVE = "active", "Active"
    DECOMMISSIONING = "decommissioning", "Decommissioning"
    RETIRED = "retired", "Retired"


class ContactPriority(models.TextChoices):
    """In which order people are called."""

    PRIMARY = "primary", "Primary"
    SECONDARY = "secondary", "Secondary"
    TERTIARY = "tertiary", "Tertiary"
    INACTIVE = "inactive", "Inactive"


class FloorItemKind(models.TextChoices):
    """What is drawn on a floor plan beside racks and equipment."""

    ROW = "row", "Row"
    HOT_AISLE = "hot-aisle", "Hot aisle"
    COLD_AISLE = "cold-aisle", "Cold aisle"
    CONTAINMENT = "containment", "Containment"
    COLUMN = "column", "Column"
    CRAC = "crac", "CRAC unit"
    DOOR = "door", "Door"
    WALL = "wall", "Wall"
    LABEL = "label", "Label"
    OTHER = "other", "Other"
