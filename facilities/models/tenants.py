"""Whose things are."""

from __future__ import annotations

from django.db import models

from core.models import DescribedRecord, TreeRecord
from facilities.models.contacts import contacts_relation
from facilities.models.unique import unique_within


class TenantGroup(TreeRecord):
    """A branch of the list of tenants."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )

    class Meta(TreeRecord.Meta):
        pass


class Tenant(DescribedRecord):
    """A customer, department or owner."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    group = models.ForeignKey(
        TenantGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="tenants"
    )

    contacts = contacts_relation()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            *unique_within("facilities_tenant", "name", "group", "by a tenant without a group"),
            *unique_within("facilities_tenant", "slug", "group", "by a tenant without a group"),
        ]
        indexes = [models.Index(fields=["name", "id"], name="facilities_tenant_order")]
