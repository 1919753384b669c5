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
