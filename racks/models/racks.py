"""Racks, their roles and groups."""

from __future__ import annotations

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models

from core.models import COLOR_DEFAULT, DescribedRecord, OrganizationalRecord, natural_key
from core.models.rules import refusal
from core.validators import COLOR
from facilities.models import Location, Site, Tenant, contacts_relation
from racks.choices import Airflow, RackStatus
from racks.models.types import INHERITED, RackDimensions, RackType, dimension_constraints

LOCATION_SITE = "The location is in another site than the rack."
RESERVED_OUTSIDE = "Units outside this height are reserved."


class RackRole(OrganizationalRecord):
    """What racks are used for."""

    color = models.CharField(max_length=6, default=COLOR_DEFAULT, validators=[COLOR])


class RackGroup(OrganizationalRecord):
    """Racks that belong together, such as a row or a pod."""


_INHERITED = ", ".join(INHERITED)
_OLD = ", ".join(f"OLD.{field}" for field in ("rack_type_id", *INHERITED))
_NEW = ", ".join(f"NEW.{field}" for field in ("rack_type_id", *INHERITED))
_TARGETS = ", ".join(f"NEW.{field}" for field in INHERITED)

_TRIGGERS = [
    # The share lock makes a change of the type that is under way wait for this rack, or this rack
    # for the change, so that no rack keeps dimensions its type no longer has.
    pgtrigger.Trigger(
        name="inherit",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
    IF NEW.rack_type_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF ROW({_OLD}) IS NOT DISTINCT FROM ROW({_NEW}) THEN
            RETURN NEW;
        END IF;
    END IF;
    SELECT {_INHERITED} INTO {_TARGETS}
        FROM racks_racktype WHERE id = NEW.rack_type_id FOR SHARE;
    RETURN NEW;
""",  # noqa: S608
    ),
    pgtrigger.Trigger(
        name="location_site",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("site_id", "location_id"),
        declare=[("place", "bigint")],
        func=f"""
    IF TG_OP = 'UPDATE' THEN
        IF NEW.site_id = OLD.site_id AND NEW.location_id IS NOT DISTINCT FROM OLD.location_id THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT site_id INTO place FROM facilities_location WHERE id = NEW.location_id FOR SHARE;
    IF place <> NEW.site_id THEN
        {refusal("racks_rack_location_site", LOCATION_SITE)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
    ),
    pgtrigger.Trigger(
        name="reservations_fit",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            "OLD.u_height <> NEW.u_height OR OLD.starting_unit <> NEW.starting_unit"
        ),
        func=f"""
    IF EXISTS (SELECT 1 FROM racks_reservedunit WHERE rack_id = NEW.id AND (
        unit < NEW.starting_unit OR unit >= NEW.starting_unit + NEW.u_height)) THEN
        {refusal("racks_rack_reservations_fit", RESERVED_OUTSIDE)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
    ),
]


class Rack(RackDimensions, DescribedRecord):
    """A rack or cabinet. One with a rack type has the type's dimensions, whatever it is given."""

    name = models.CharField(max_length=100)
    name_natural = natural_key("name")
    facility_id = models.CharField(
        max_length=50, null=True, blank=True, help_text="The rack's number at the operator"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="racks")
    location = models.ForeignKey(
        Location, on_delete=models.SET_NULL, null=True, blank=True, related_name="racks"
    )
    group = models.ForeignKey(
        RackGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="racks"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="racks"
    )
    status = models.CharField(max_length=50, choices=RackStatus, default=RackStatus.ACTIVE)
    role = models.ForeignKey(
        RackRole, on_delete=models.PROTECT, null=True, blank=True, related_name="racks"
    )
    serial = models.CharField("serial number", max_length=50, blank=True)
    asset_tag = models.CharField(max_length=50, null=True, blank=True, unique=True)
    rack_type = models.ForeignKey(
        RackType, on_delete=models.PROTECT, null=True, blank=True, related_name="racks"
    )
    airflow = models.CharField(max_length=50, choices=Airflow, null=True, blank=True)

    contacts = contacts_relation()

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"],
                name="racks_rack_location_name",
                violation_error_message="This location already has a rack of this name.",
            ),
            models.UniqueConstraint(
                fields=["location", "facility_id"],
                name="racks_rack_location_facility_id",
                violation_error_message="This location already has a rack of this facility ID.",
            ),
            *dimension_constraints("racks_rack"),
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="racks_rack_order")]
        triggers = _TRIGGERS

    @property
    def unit_numbers(self) -> range:
        """The numbers of the rack's units, lowest first."""
        return range(self.starting_unit, self.starting_unit + self.u_height)

    def clean(self) -> None:
        """Take over the type's dimensions; raise ValidationError for a location elsewhere."""
        super().clean()
        if self.rack_type is not None:
            for field in INHERITED:
                setattr(self, field, getattr(self.rack_type, field))
        if self.location is not None and self.location.site_id != self.site_id:
            raise ValidationError({"location": LOCATION_SITE})


class LocationOfRacks(Location):
    """A location as racks see it: where it moves to another site, its racks go along."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="racks_follow",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("site_id"),
                condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
                func="""
    UPDATE racks_rack SET site_id = NEW.site_id, last_updated = NEW.last_updated
        WHERE location_id = NEW.id AND site_id <> NEW.site_id;
    RETURN NULL;
""",
            )
        ]
