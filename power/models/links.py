"""What feeds what."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.db.models.functions import Cast, Mod

from core.models import DescribedRecord, natural_key
from core.models.rules import between, refusal
from dcim.models.rules import after
from power.choices import LinkStatus
from power.models import fit
from power.models.equipment import VOLTAGE_MAX, PowerEquipment
from power.models.feeds import PowerPanel

TABLE = "power_powerlink"
AMPERAGE_MAX = 100_000
POSITION_MAX = 999

ONE_END = "A link leads to either equipment or a power panel."
RING = "Power would go in a circle."


def _number(expression: F) -> Cast:
    return Cast(expression, models.BigIntegerField())


def _span(low: models.Expression | F, high: models.Expression | F, bounds: str = "[)") -> Func:
    """A range of big integers, which GiST indexes without an extension."""
    return Func(low, high, Value(bounds), function="int8range", output_field=BigIntegerRangeField())


_COLUMN = Mod(_number(F("panel_position")), Value(2))
_ROW = (_number(F("panel_position")) + 1) / 2

# Odd positions are the left column of a panelboard, even ones the right: a breaker at 5 with three
# poles takes 5, 7 and 9.
NO_OVERLAP = ExclusionConstraint(
    name=f"{TABLE}_no_overlap",
    expressions=[
        (_span(F("upstream"), F("upstream"), "[]"), RangeOperators.EQUAL),
        (_span(_COLUMN, _COLUMN, "[]"), RangeOperators.EQUAL),
        (_span(_ROW, _ROW + _number(F("poles"))), RangeOperators.OVERLAPS),
    ],
    condition=Q(panel_position__isnull=False, poles__isnull=False),
    deferrable=Deferrable.IMMEDIATE,
    violation_error_message="Another breaker takes one of these pole positions.",
)

# One lock for all links, taken before the statement locks a row: two transactions cannot each close
# half of a ring.
_LOCK = """
    PERFORM pg_advisory_xact_lock(TG_RELID::bigint);
    RETURN NULL;
"""

_FIT = f"""
    PERFORM 1 FROM power_powerequipment
        WHERE id IN (NEW.upstream_id, NEW.downstream_equipment_id) ORDER BY id FOR SHARE;
    PERFORM 1 FROM power_powerpanel WHERE id = NEW.downstream_panel_id FOR SHARE;
{fit.refuse_misfits("l.id = NEW.id")}
    IF EXISTS (
        WITH RECURSIVE up(id) AS (
            SELECT upstream_id FROM {TABLE} WHERE id = NEW.id
            UNION SELECT l.upstream_id FROM {TABLE} l JOIN up ON l.downstream_equipment_id = up.id)
        SELECT 1 FROM up JOIN {TABLE} l ON l.id = NEW.id AND l.downstream_equipment_id = up.id) THEN
        {refusal(f"{TABLE}_no_ring", RING)}
    END IF;
    RETURN NULL;
"""  # noqa: S608


class PowerLink(DescribedRecord):
    """A circuit from equipment to other equipment or to a power panel, and its breaker."""

    upstream = models.ForeignKey(
        PowerEquipment, on_delete=models.PROTECT, related_name="downstream_links"
    )
    downstream_equipment = models.ForeignKey(
        PowerEquipment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="upstream_links",
        help_text="either this or a panel",
    )
    downstream_panel = models.ForeignKey(
        PowerPanel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="upstream_links",
        help_text="either this or equipment",
    )
    name = models.CharField(max_length=100, blank=True, help_text="what is on the breaker's label")
    name_natural = natural_key("name")
    status = models.CharField(
        max_length=50,
        choices=LinkStatus,
        default=LinkStatus.ACTIVE,
        help_text="only an active link carries power",
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
        help_text="volts, line to line, or to neutral with one pole;"
        " empty: that of the upstream end",
    )
    max_utilization = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="percent of the breaker's rating that may be drawn continuously;"
        " empty: the site's",
    )
    preference = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="a transfer switch takes the live source with the lowest",
    )
    normally_open = models.BooleanField(
        default=False, help_text="closes only when nothing else feeds the downstream end"
    )
    panel_position = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(POSITION_MAX)],
        help_text="first pole on the upstream end's panelboard; the poles take every second number",
    )

    class Meta:
        ordering = ["upstream", "panel_position", "name_natural", "pk"]
        constraints = [
            models.CheckConstraint(
                name=f"{TABLE}_downstream",
                condition=Q(downstream_equipment__isnull=True) ^ Q(downstream_panel__isnull=True),
                violation_error_message=ONE_END,
            ),
            models.CheckConstraint(
                name=f"{TABLE}_itself",
                condition=~Q(downstream_equipment=F("upstream")),
                violation_error_message="Equipment cannot feed itself.",
            ),
            between(f"{TABLE}_poles", "poles", 1, 3, "A breaker has 1 to 3 poles."),
            between(
                f"{TABLE}_breaker_amperage",
                "breaker_amperage",
                1,
                AMPERAGE_MAX,
                "The breaker's rating must be from 1 to 100,000 A.",
            ),
            between(
                f"{TABLE}_voltage",
                "voltage",
                1,
                VOLTAGE_MAX,
                "The voltage must be from 1 to 1,000,000 V.",
            ),
            between(
                f"{TABLE}_max_utilization",
                "max_utilization",
                1,
                100,
                "The maximum utilization must be from 1 to 100 percent.",
            ),
            between(
                f"{TABLE}_preference", "preference", 1, 100, "The preference must be 1 to 100."
            ),
            between(
                f"{TABLE}_panel_position",
                "panel_position",
                1,
                POSITION_MAX,
                "The position must be from 1 to 999.",
            ),
            models.CheckConstraint(
                name=f"{TABLE}_position_poles",
                condition=Q(panel_position__isnull=True) | Q(poles__isnull=False),
                violation_error_message="A breaker at a position needs its number of poles.",
            ),
            NO_OVERLAP,
        ]
        indexes = [
            models.Index(
                fields=["upstream", "panel_position", "name_natural", "id"],
                name="power_powerlink_order",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="lock",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("upstream_id", "downstream_equipment_id"),
                func=_LOCK,
            ),
            after(
                "fit",
                _FIT,
                pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "upstream_id",
                    "downstream_equipment_id",
                    "downstream_panel_id",
                    "voltage",
                    "poles",
                ),
                declare=[("bad", "record")],
                timing=pgtrigger.Deferred,
            ),
        ]

    def __str__(self) -> str:
        end = self.downstream_equipment or self.downstream_panel
        return f"{self.upstream} → {end}"

    def clean(self) -> None:
        """Raise ValidationError unless it has exactly one downstream end."""
        super().clean()
        if (self.downstream_equipment_id is None) == (self.downstream_panel_id is None):
            raise ValidationError({"downstream_equipment": ONE_END})


class PanelOfLinks(PowerPanel):
    """A panel as the links to it see it: both ends stay in one site."""

    class Meta:
        proxy = True
        triggers = [
            after(
                "links_site",
                fit.refuse_misfits("l.downstream_panel_id = NEW.id") + "    RETURN NULL;\n",
                pgtrigger.UpdateOf("site_id"),
                condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
                declare=[("bad", "record")],
                timing=pgtrigger.Deferred,
            )
        ]
