"""Config contexts: data that devices get by where they are and what they are."""

from __future__ import annotations

from django.db import models

from core.models import Record, Tag
from dcim.models.roles import DeviceRole, Platform
from dcim.models.types import DeviceType
from facilities.models import Location, Region, Site, SiteGroup, Tenant, TenantGroup


class ConfigContext(Record):
    """Data for the devices that match every kind of place, type and so on that is named.

    Naming none of a kind matches all. Branches of trees match with all below them. Of several
    contexts that a device gets, those with a higher weight win.
    """

    name = models.CharField(max_length=100, unique=True)
    weight = models.PositiveSmallIntegerField(
        default=1000, help_text="Data of a higher weight wins."
    )
    description = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True, verbose_name="active")
    regions = models.ManyToManyField(Region, related_name="+", blank=True)
    site_groups = models.ManyToManyField(SiteGroup, related_name="+", blank=True)
    sites = models.ManyToManyField(Site, related_name="+", blank=True)
    locations = models.ManyToManyField(Location, related_name="+", blank=True)
    device_types = models.ManyToManyField(DeviceType, related_name="+", blank=True)
    roles = models.ManyToManyField(DeviceRole, related_name="+", blank=True)
    platforms = models.ManyToManyField(Platform, related_name="+", blank=True)
    tenant_groups = models.ManyToManyField(TenantGroup, related_name="+", blank=True)
    tenants = models.ManyToManyField(Tenant, related_name="+", blank=True)
    tags = models.ManyToManyField(Tag, related_name="+", blank=True)
    data = models.JSONField(help_text='As JSON, such as {"ntp": ["10.0.0.1"]}.')

    class Meta:
        ordering = ["weight", "name"]
        verbose_name = "config context"
