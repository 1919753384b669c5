"""What is rented, from whom, and until when."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import DescribedRecord, natural_key
from core.models.rules import between
from facilities.models.contacts import contacts_relation
from facilities.models.places import Location, Site
from facilities.models.tenants import Tenant

KW_MAX = Decimal(1_000_000)
DAYS_MAX = 3650
ONE_PLACE = "A lease is of a site or of one location in it: give one of the two."


class Lease(DescribedRecord):
    """A contract over a whole site or over one location, such as a cage."""

    name = models.CharField(max_length=100, unique=True)
    name_natural = natural_key("name")
    site = models.ForeignKey(
        Site,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leases",
        help_text="of a lease of the whole site",
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leases",
        help_text="of a lease of a hall, room or cage",
    )
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leases",
        help_text="who rents it",
    )
    landlord = models.CharField(max_length=100, blank=True, help_text="who lets it")
    starts = models.DateField(null=True, blank=True, help_text="first day; empty: has begun")
    ends = models.DateField(
        null=True, blank=True, help_text="last day; empty: until further notice"
    )
    notice_days = models.PositiveSmallIntegerField(
        "notice (days)",
        null=True,
        blank=True,
        validators=[MaxValueValidator(DAYS_MAX)],
        help_text="days before its end by which notice must be given",
    )
    contracted_kw = models.DecimalField(
        "contracted power (kW)",
        max_digits=10,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(KW_MAX)],
        help_text="most that may be drawn; empty: not limited by the contract",
    )

    contacts = contacts_relation()

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            models.CheckConstraint(
                name="facilities_lease_one_place",
                condition=Q(site__isnull=True, location__isnull=False)
                | Q(site__isnull=False, location__isnull=True),
                violation_error_message=ONE_PLACE,
            ),
            models.CheckConstraint(
                name="facilities_lease_ends",
                condition=Q(ends__gte=F("starts")),
                violation_error_message="The lease ends before it starts.",
            ),
            between(
                "facilities_lease_contracted_kw",
                "contracted_kw",
                Decimal("0.001"),
                KW_MAX,
                "The contracted power must be above 0 and at most 1,000,000 kW.",
            ),
            between(
                "facilities_lease_notice_days",
                "notice_days",
                0,
                DAYS_MAX,
                "The notice must be from 0 to 3,650 days.",
            ),
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="facilities_lease_order")]
