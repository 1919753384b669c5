"""Where things stand."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.models import DescribedRecord, TreeRecord, natural_key
from core.models.rules import between, refusal
from facilities.choices import LocationStatus, SiteStatus
from facilities.models.contacts import contacts_relation
from facilities.models.tenants import Tenant
from facilities.models.unique import unique_within
from facilities.validators import time_zone

PARENT_SITE = "The parent location is in another site."


class Region(TreeRecord):
    """A part of the world."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )

    contacts = contacts_relation()

    class Meta(TreeRecord.Meta):
        constraints = [
            *unique_within("facilities_region", "name", "parent", "by another top-level region"),
            *unique_within("facilities_region", "slug", "parent", "by another top-level region"),
        ]


class SiteGroup(TreeRecord):
    """Sites that belong together by what they are for."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )

    contacts = contacts_relation()

    class Meta(TreeRecord.Meta):
        constraints = [
            *unique_within("facilities_sitegroup", "name", "parent", "by another top-level group"),
            *unique_within("facilities_sitegroup", "slug", "parent", "by another top-level group"),
        ]


class Site(DescribedRecord):
    """A building or campus at one address."""

    name = models.CharField(max_length=100, unique=True)
    name_natural = natural_key("name")
    slug = models.SlugField(max_length=100, unique=True)
    status = models.CharField(max_length=50, choices=SiteStatus, default=SiteStatus.ACTIVE)
    region = models.ForeignKey(
        Region, on_delete=models.SET_NULL, null=True, blank=True, related_name="sites"
    )
    group = models.ForeignKey(
        SiteGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="sites"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="sites"
    )
    facility = models.CharField(
        max_length=50, blank=True, help_text="The building's name or number at its operator"
    )
    time_zone = models.CharField(max_length=63, null=True, blank=True, validators=[time_zone])
    physical_address = models.CharField(max_length=200, blank=True)
    shipping_address = models.CharField(max_length=200, blank=True)
    latitude = models.DecimalField(
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("-90.0")), MaxValueValidator(Decimal("90.0"))],
        help_text="degrees, north is positive",
    )
    longitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("-180.0")), MaxValueValidator(Decimal("180.0"))],
        help_text="degrees, east is positive",
    )

    contacts = contacts_relation()

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            between(
                "facilities_site_latitude",
                "latitude",
                Decimal(-90),
                Decimal(90),
                "The latitude must be from -90 to 90 degrees.",
            ),
            between(
                "facilities_site_longitude",
                "longitude",
                Decimal(-180),
                Decimal(180),
                "The longitude must be from -180 to 180 degrees.",
            ),
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="facilities_site_order")]


# Both triggers may rely on the tree's lock: no two statements change locations at once.
_LOCATION_TRIGGERS = [
    pgtrigger.Trigger(
        name="parent_site",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("site_id", "parent_id"),
        func=f"""
    IF NEW.site_id <> (SELECT site_id FROM facilities_location WHERE id = NEW.parent_id) THEN
        {refusal("facilities_location_parent_site", PARENT_SITE)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
    ),
    pgtrigger.Trigger(
        name="site_follow",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("site_id"),
        condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
        func="""
    UPDATE facilities_location SET site_id = NEW.site_id, last_updated = NEW.last_updated
        WHERE parent_id = NEW.id AND site_id <> NEW.site_id;
    RETURN NULL;
""",
    ),
]


class Location(TreeRecord):
    """A hall, room, cage or row inside a site.

    A location stands in its parent's site. One that moves to another site takes the locations
    below it along.
    """

    name = models.CharField(max_length=100)
    name_natural = natural_key("name")
    slug = models.SlugField(max_length=100)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="locations")
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    status = models.CharField(max_length=50, choices=LocationStatus, default=LocationStatus.ACTIVE)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="locations"
    )
    facility = models.CharField(
        max_length=50, blank=True, help_text="The room's name or number at its operator"
    )

    contacts = contacts_relation()

    class Meta(TreeRecord.Meta):
        ordering = ["name_natural", "pk"]
        constraints = [
            *unique_within(
                "facilities_location", "name", "parent", "in this site", under=("site",)
            ),
            *unique_within(
                "facilities_location", "slug", "parent", "in this site", under=("site",)
            ),
        ]
        indexes = [
            models.Index(fields=["name_natural", "id"], name="facilities_location_order"),
            GinIndex(fields=["path"], name="facilities_location_path"),
        ]
        triggers = [*TreeRecord.Meta.triggers, *_LOCATION_TRIGGERS]

    def clean(self) -> None:
        """Raise ValidationError when the parent is in another site."""
        super().clean()
        if self.parent is not None and self.parent.site_id != self.site_id:
            raise ValidationError({"parent": PARENT_SITE})
