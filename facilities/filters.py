"""Filters by place, tenant and contact that the resources of several apps share."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from core import filters
from core.filters import Filters, reference_filters
from facilities.models import (
    Contact,
    ContactAssignment,
    ContactGroup,
    ContactRole,
    Location,
    Region,
    Site,
    SiteGroup,
    Tenant,
    TenantGroup,
)


def region_filters(site: str) -> Filters:
    """`region` and `site_group`, by slug and id; `site` is the path to the site, if any."""
    prefix = f"{site}__" if site else ""
    return {
        **reference_filters("region", f"{prefix}region", Region, tree=True),
        **reference_filters("site_group", f"{prefix}group", SiteGroup, tree=True),
    }


def place_filters(site: str, location: str | None = None) -> Filters:
    """Region, site group and site by the path to the site; location by its own path."""
    found = {**region_filters(site), **reference_filters("site", site, Site)}
    if location:
        found.update(reference_filters("location", location, Location, tree=True))
    return found


def tenant_filters(tenant: str = "tenant", *, itself: bool = False) -> Filters:
    """`tenant_group` (and `tenant` with `itself`) by the path to the tenant."""
    found = reference_filters("tenant_group", f"{tenant}__group", TenantGroup, tree=True)
    if itself:
        found.update(reference_filters("tenant", tenant, Tenant))
    return found


def ancestor_filters(model: type[Model]) -> Filters:
    """`ancestor`: rows of a tree that lie below one, the ancestor itself left out."""
    found: Filters = {}
    for name, key in (("ancestor_id", "pk"), ("ancestor", "slug")):
        parse = filters.reference_parser(model, key)
        options: dict[str, Any] = {
            "schema": {"type": "integer" if key == "pk" else "string"},
            "source": filters.ReferenceSource(model, key),
        }
        below = filters.reference_condition("parent", model, tree=True)
        found[name] = filters.ParameterFilter(below, parse, **options)
        found[f"{name}__n"] = filters.ParameterFilter(below, parse, negate=True, **options)
    return found


def contact_filters(model: type[Model]) -> Filters:
    """`contact`, `contact_role` and `contact_group` (ids) of rows that take contacts."""
    made: Filters = {}
    for name, source, target in (
        ("contact", "contact", Contact),
        ("contact_role", "role", ContactRole),
        ("contact_group", "contact__groups", ContactGroup),
    ):
        parse = filters.reference_parser(target, "pk")
        condition = filters.reference_condition(source, target, tree=target is ContactGroup)
        options: dict[str, Any] = {
            "schema": {"type": "integer"},
            "source": filters.ReferenceSource(target, "pk"),
        }
        made[name] = filters.ParameterFilter(condition, parse, **options)
        made[f"{name}__n"] = filters.ParameterFilter(condition, parse, negate=True, **options)

    def assignments() -> Any:
        kind = ContentType.objects.get_for_model(model)
        return ContactAssignment.objects.filter(object_type=kind)

    return filters.related_filter(assignments, "object_id", made)
