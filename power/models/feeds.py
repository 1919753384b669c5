"""Panels and the feeds that leave them."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.contrib.contenttypes.fields import GenericRelation
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Abs, Cast, Round

from core.models import DescribedRecord, natural_key
from core.models.rules import between, refusal
from dcim.models.components import cable_triggers
from facilities.models import Location, Site, Tenant, contacts_relation
from power.choices import FeedStatus, FeedType, Phase, Supply
from racks.models import Rack

LOCATION_SITE = "The location is in another site than the panel."
RACK_SITE = "The rack is in another site than the panel."
FEEDS_STAY = "A feed would then connect a panel and a rack of two sites."

# A moving location carries racks and panels one after the other: in between they may disagree, so
# the checks on racks and panels leave what happens inside it to the one check at its end.
_FEEDS_AGREE = """
    IF pg_trigger_depth() = 1 AND EXISTS (
        SELECT 1 FROM power_powerfeed feed
        JOIN power_powerpanel panel ON panel.id = feed.power_panel_id
        JOIN racks_rack rack ON rack.id = feed.rack_id
        WHERE {which} AND panel.site_id <> rack.site_id) THEN
        {refusal}
    END IF;
    RETURN NULL;
"""


def _site_moved(name: str, which: str, constraint: str) -> pgtrigger.Trigger:
    """Refuses a change of site that would part the rack and the panel of a feed."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("site_id"),
        condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
        func=_FEEDS_AGREE.format(which=which, refusal=refusal(constraint, FEEDS_STAY)),
    )


class PowerPanel(DescribedRecord):
    """A distribution board that feeds leave from."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="power_panels")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="power_panels"
    )
    name = models.CharField(max_length=100)
    name_natural = natural_key("name")

    contacts = contacts_relation()

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="power_powerpanel_site_name",
                violation_error_message="This site already has a power panel of this name.",
            )
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="power_powerpanel_order")]
        triggers = [
            pgtrigger.Trigger(
                name="location_site",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("site_id", "location_id"),
                declare=[("place", "bigint")],
                func=f"""
    SELECT site_id INTO place FROM facilities_location WHERE id = NEW.location_id FOR SHARE;
    IF place <> NEW.site_id THEN
        {refusal("power_powerpanel_location_site", LOCATION_SITE)}
    END IF;
    RETURN NULL;
""",  # noqa: S608
            ),
            _site_moved(
                "panel_site", "feed.power_panel_id = NEW.id", "power_powerpanel_feeds_site"
            ),
        ]

    def clean(self) -> None:
        """Raise ValidationError when the location is in another site."""
        super().clean()
        if self.location is not None and self.location.site_id != self.site_id:
            raise ValidationError({"location": LOCATION_SITE})


def available_power() -> models.GeneratedField:
    """A stored generated column: the VA a feed may carry continuously, as NetBox reckons it.

    |V| · A · max_utilization ÷ 100 for one phase, times 1.732 for three, rounded.
    """
    decimal = models.DecimalField(max_digits=20, decimal_places=5)
    power = models.ExpressionWrapper(
        Cast(Abs("voltage"), decimal)
        * models.F("amperage")
        * models.F("max_utilization")
        * models.Case(
            models.When(phase=Phase.THREE.value, then=models.Value(Decimal("0.01732"))),
            default=models.Value(Decimal("0.01")),
            output_field=decimal,
        ),
        output_field=decimal,
    )
    return models.GeneratedField(
        expression=Cast(Round(power), models.BigIntegerField()),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )


class PowerFeed(DescribedRecord):
    """A circuit from a panel, cabled to a rack's power distribution."""

    power_panel = models.ForeignKey(
        PowerPanel, on_delete=models.PROTECT, related_name="power_feeds"
    )
    rack = models.ForeignKey(
        Rack, on_delete=models.PROTECT, null=True, blank=True, related_name="power_feeds"
    )
    name = models.CharField(max_length=100)
    name_natural = natural_key("name")
    status = models.CharField(max_length=50, choices=FeedStatus, default=FeedStatus.ACTIVE)
    type = models.CharField(max_length=50, choices=FeedType, default=FeedType.PRIMARY)
    supply = models.CharField(max_length=50, choices=Supply, default=Supply.AC)
    phase = models.CharField(max_length=50, choices=Phase, default=Phase.SINGLE)
    voltage = models.SmallIntegerField(default=120, help_text="volts")
    amperage = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(1)], help_text="amperes of the breaker"
    )
    max_utilization = models.PositiveSmallIntegerField(
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="percent of the breaker's rating that may be drawn continuously",
    )
    available_power = available_power()
    mark_connected = models.BooleanField(
        default=False, help_text="Counts as connected although no cable is recorded"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="power_feeds"
    )

    cable_terminations = GenericRelation(
        "dcim.CableTermination",
        content_type_field="termination_type",
        object_id_field="termination_id",
        related_query_name="+",
    )

    class Meta:
        ordering = ["name_natural", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["power_panel", "name"],
                name="power_powerfeed_panel_name",
                violation_error_message="This panel already has a feed of this name.",
            ),
            models.CheckConstraint(
                name="power_powerfeed_voltage",
                condition=~models.Q(voltage=0),
                violation_error_message="The voltage cannot be 0.",
            ),
            models.CheckConstraint(
                name="power_powerfeed_ac_voltage",
                condition=models.Q(voltage__gte=0) | ~models.Q(supply=Supply.AC),
                violation_error_message="The voltage of an AC feed cannot be negative.",
            ),
            models.CheckConstraint(
                name="power_powerfeed_amperage",
                condition=models.Q(amperage__gte=1),
                violation_error_message="The amperage must be at least 1.",
            ),
            between(
                "power_powerfeed_max_utilization",
                "max_utilization",
                1,
                100,
                "The maximum utilization must be from 1 to 100 percent.",
            ),
        ]
        indexes = [models.Index(fields=["name_natural", "id"], name="power_powerfeed_order")]
        triggers = [
            *cable_triggers("power"),
            pgtrigger.Trigger(
                name="rack_site",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("rack_id", "power_panel_id"),
                declare=[("panel_site", "bigint"), ("rack_site", "bigint")],
                func=f"""
    IF NEW.rack_id IS NOT NULL THEN
        SELECT site_id INTO panel_site FROM power_powerpanel
            WHERE id = NEW.power_panel_id FOR SHARE;
        SELECT site_id INTO rack_site FROM racks_rack WHERE id = NEW.rack_id FOR SHARE;
        IF panel_site <> rack_site THEN
            {refusal("power_powerfeed_rack_site", RACK_SITE)}
        END IF;
    END IF;
    RETURN NULL;
""",  # noqa: S608
            ),
        ]

    def clean(self) -> None:
        """Raise ValidationError when rack and panel are in two sites."""
        super().clean()
        if self.rack is None or self.power_panel_id is None:
            return
        if self.rack.site_id != self.power_panel.site_id:
            raise ValidationError({"rack": RACK_SITE})


class RackOfFeeds(Rack):
    """A rack as feeds see it: it stays in the site of the panels that feed it."""

    class Meta:
        proxy = True
        triggers = [_site_moved("feeds_site", "feed.rack_id = NEW.id", "power_rack_feeds_site")]


class LocationOfPanels(Location):
    """A location as panels see it: where it moves to another site, its panels go along."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="panels_follow",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("site_id"),
                condition=pgtrigger.Condition("OLD.site_id <> NEW.site_id"),
                func="""
    UPDATE power_powerpanel SET site_id = NEW.site_id, last_updated = NEW.last_updated
        WHERE location_id = NEW.id AND site_id <> NEW.site_id;
    RETURN NULL;
""",
            ),
            pgtrigger.Trigger(
                name="feeds_site",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
                func=_FEEDS_AGREE.format(
                    which="EXISTS (SELECT 1 FROM old_rows JOIN new_rows USING (id)"
                    " WHERE old_rows.site_id <> new_rows.site_id)",
                    refusal=refusal("power_location_feeds_site", FEEDS_STAY),
                ),
            ),
        ]
