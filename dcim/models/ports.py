"""Front and rear ports, and which position of one is which of the other."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.validators import COLOR
from dcim.choices import port_types
from dcim.models.components import CABLED_TRIGGERS, CabledComponent, component_meta
from dcim.models.rules import (
    POSITIONS_MAX,
    port_map_trigger,
    positions_check,
    positions_kept_trigger,
)


class PanelPort(models.Model):
    """The columns of front and rear ports and of their templates."""

    type = models.CharField(max_length=50, choices=port_types)
    color = models.CharField(max_length=6, blank=True, validators=[COLOR])
    positions = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(POSITIONS_MAX)]
    )

    class Meta:
        abstract = True


class FrontPort(CabledComponent, PanelPort):  # noqa: DJ008  (from Component)
    """A port on the front of a panel, connected through to rear ports."""

    class Meta(CabledComponent.Meta):
        constraints = [
            *component_meta("dcim_frontport")["constraints"],
            positions_check("dcim_frontport", "positions"),
        ]
        indexes = component_meta("dcim_frontport")["indexes"]
        triggers = [
            *CABLED_TRIGGERS,
            positions_kept_trigger("dcim_frontport", "front", "dcim_portmapping"),
        ]


class RearPort(CabledComponent, PanelPort):  # noqa: DJ008  (from Component)
    """A port on the rear of a panel, connected through to front ports."""

    class Meta(CabledComponent.Meta):
        constraints = [
            *component_meta("dcim_rearport")["constraints"],
            positions_check("dcim_rearport", "positions"),
        ]
        indexes = component_meta("dcim_rearport")["indexes"]
        triggers = [
            *CABLED_TRIGGERS,
            positions_kept_trigger("dcim_rearport", "rear", "dcim_portmapping"),
        ]


class Positions(models.Model):
    """One position of a front port is one position of a rear port."""

    front_port_position = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(POSITIONS_MAX)]
    )
    rear_port_position = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(POSITIONS_MAX)]
    )

    class Meta:
        abstract = True


def mapping_constraints(table: str) -> list[models.BaseConstraint]:
    """A position is mapped once, and is one a port can have."""
    return [
        *(
            models.UniqueConstraint(
                fields=[f"{side}_port", f"{side}_port_position"],
                name=f"{table}_{side}_once",
                violation_error_message=f"This position of the {side} port is already mapped.",
            )
            for side in ("front", "rear")
        ),
        positions_check(table, "front_port_position"),
        positions_check(table, "rear_port_position"),
    ]


class PortMapping(Positions):
    """A position of a front port and the position of the rear port behind it, on one device."""

    front_port = models.ForeignKey(FrontPort, on_delete=models.CASCADE, related_name="mappings")
    rear_port = models.ForeignKey(RearPort, on_delete=models.CASCADE, related_name="mappings")

    class Meta:
        ordering = ["front_port", "front_port_position"]
        constraints = mapping_constraints("dcim_portmapping")
        triggers = [
            port_map_trigger("dcim_frontport", "dcim_rearport", "dcim_portmapping", ("device_id",))
        ]

    def __str__(self) -> str:
        return f"{self.front_port_position} → {self.rear_port_position}"
