"""Groups of a PDU's outlets behind one breaker."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.models.rules import between
from dcim.models import PowerOutlet, PowerPort
from dcim.models.components import Component, component_meta
from dcim.models.rules import before, refuse

TABLE = "power_outletbank"
AMPERAGE_MAX = 10_000
VOLTAGE_MAX = 10_000
OUTLET_DEVICE = "Outlet %s is of another device than the bank."


class OutletBank(Component):
    """Outlets of a PDU that share a breaker. An outlet is in one bank at most."""

    power_port = models.ForeignKey(
        PowerPort,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="outlet_banks",
        help_text="the inlet it draws from; empty: the only one",
    )
    breaker_amperage = models.PositiveIntegerField(
        "breaker (A)",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(AMPERAGE_MAX)],
        help_text="amperes; empty: unknown, or no breaker",
    )
    poles = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
        help_text="1 to 3",
    )
    voltage = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(VOLTAGE_MAX)],
        help_text="volts between the conductors of an outlet; empty: unknown",
    )
    max_utilization = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="percent of the breaker's rating that may be drawn continuously;"
        " empty: the site's",
    )
    outlets = models.ManyToManyField(
        PowerOutlet, through="power.BankedOutlet", related_name="banks", blank=True
    )

    class Meta(Component.Meta):
        constraints = [
            *component_meta(TABLE)["constraints"],
            between(f"{TABLE}_poles", "poles", 1, 3, "A breaker has 1 to 3 poles."),
            between(
                f"{TABLE}_breaker_amperage",
                "breaker_amperage",
                1,
                AMPERAGE_MAX,
                "The breaker's rating must be from 1 to 10,000 A.",
            ),
            between(
                f"{TABLE}_voltage", "voltage", 1, VOLTAGE_MAX, "The voltage must be 1 to 10,000 V."
            ),
            between(
                f"{TABLE}_max_utilization",
                "max_utilization",
                1,
                100,
                "The maximum utilization must be from 1 to 100 percent.",
            ),
        ]
        indexes = component_meta(TABLE, modular=False)["indexes"]
        triggers = [
            *Component.Meta.triggers,
            before(
                "power_port_device",
                f"""
    IF NEW.device_id <> (SELECT device_id FROM dcim_powerport WHERE id = NEW.power_port_id) THEN
        {refuse(f"{TABLE}_power_port", "The power port belongs to another device.")}
    END IF;
    RETURN NEW;
""",  # noqa: S608
                pgtrigger.Insert | pgtrigger.UpdateOf("power_port_id"),
                condition=pgtrigger.Q(new__power_port__isnull=False),
            ),
        ]


class BankedOutlet(models.Model):
    """That an outlet is in a bank."""

    bank = models.ForeignKey(OutletBank, on_delete=models.CASCADE, related_name="+")
    outlet = models.OneToOneField(PowerOutlet, on_delete=models.CASCADE, related_name="+")

    class Meta:
        triggers = [
            before(
                "one_device",
                f"""
    SELECT o.name INTO stranger FROM dcim_poweroutlet o JOIN {TABLE} b ON b.id = NEW.bank_id
        WHERE o.id = NEW.outlet_id AND o.device_id <> b.device_id;
    IF FOUND THEN
        {refuse("power_bankedoutlet_device", OUTLET_DEVICE, "stranger")}
    END IF;
    RETURN NEW;
""",  # noqa: S608
                declare=[("stranger", "text")],
            )
        ]

    def __str__(self) -> str:
        return f"{self.outlet} in {self.bank}"
