"""Units of racks that are kept for somebody."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from core.models import DescribedRecord, User
from core.models.rules import refusal
from facilities.models import Tenant
from racks.choices import ReservationStatus
from racks.models.racks import Rack

OUTSIDE = "Some of these units are not in the rack."
TWICE = "A unit is listed twice."
TAKEN = "Some of these units are already reserved."

# The rack's share lock orders a reservation and a change of the rack's height one after the other.
# Units go in lowest first, so that two reservations never wait for each other in a ring.
_CLAIM = f"""
    IF TG_OP = 'UPDATE' THEN
        IF NEW.units = OLD.units AND NEW.rack_id = OLD.rack_id THEN
            RETURN NULL;
        END IF;
        DELETE FROM racks_reservedunit WHERE reservation_id = NEW.id;
    END IF;
    IF (SELECT count(*) <> count(DISTINCT unit) FROM unnest(NEW.units) unit) THEN
        {refusal("racks_rackreservation_units_once", TWICE)}
    END IF;
    SELECT starting_unit, starting_unit + u_height - 1 INTO lowest, highest
        FROM racks_rack WHERE id = NEW.rack_id FOR SHARE;
    IF EXISTS (SELECT 1 FROM unnest(NEW.units) unit WHERE unit < lowest OR unit > highest) THEN
        {refusal("racks_rackreservation_units_in_rack", OUTSIDE)}
    END IF;
    BEGIN
        INSERT INTO racks_reservedunit (rack_id, unit, reservation_id)
            SELECT NEW.rack_id, unit, NEW.id FROM unnest(NEW.units) unit ORDER BY unit;
    EXCEPTION WHEN unique_violation THEN
        {refusal("racks_rackreservation_no_overlap", TAKEN)}
    END;
    RETURN NULL;
"""  # noqa: S608

_RELEASE = """
    DELETE FROM racks_reservedunit WHERE reservation_id = OLD.id;
    RETURN OLD;
"""


class RackReservation(DescribedRecord):
    """Units of one rack that are kept for a purpose. Reservations of a rack do not overlap."""

    rack = models.ForeignKey(Rack, on_delete=models.CASCADE, related_name="reservations")
    units = ArrayField(models.PositiveSmallIntegerField(), help_text="numbers of rack units")
    status = models.CharField(
        max_length=50, choices=ReservationStatus, default=ReservationStatus.ACTIVE
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="rack_reservations")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="rack_reservations"
    )
    description = models.CharField(max_length=200)

    class Meta:
        ordering = ["created", "pk"]
        constraints = [
            models.CheckConstraint(
                name="racks_rackreservation_units_some",
                condition=models.Q(units__len__gte=1),
                violation_error_message="At least one unit must be reserved.",
            )
        ]
        indexes = [models.Index(fields=["created", "id"], name="racks_reservation_order")]
        triggers = [
            pgtrigger.Trigger(
                name="claim_units",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("units", "rack_id"),
                declare=[("lowest", "integer"), ("highest", "integer")],
                func=_CLAIM,
            ),
            pgtrigger.Trigger(
                name="release_units",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=_RELEASE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rack}: {self.description}"

    def clean(self) -> None:
        """Raise ValidationError for a unit given twice or not in the rack."""
        super().clean()
        units = self.units or []
        if len(set(units)) < len(units):
            raise ValidationError({"units": TWICE})
        if self.rack_id is not None and not set(units) <= set(self.rack.unit_numbers):
            raise ValidationError({"units": OUTSIDE})


class ReservedUnit(models.Model):
    """One reserved unit; written by the triggers of `RackReservation` only.

    Deleting is theirs too, hence no cascade from here.
    """

    rack = models.ForeignKey(
        Rack, on_delete=models.DO_NOTHING, related_name="+", db_index=False, editable=False
    )
    unit = models.PositiveSmallIntegerField(editable=False)
    reservation = models.ForeignKey(
        RackReservation, on_delete=models.DO_NOTHING, related_name="+", editable=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rack", "unit"],
                name="racks_reservedunit_once",
                violation_error_message=TAKEN,
            )
        ]

    def __str__(self) -> str:
        return f"{self.rack} U{self.unit}"
