"""What facilities adds to the pages."""

from __future__ import annotations

from django.http import HttpRequest

from core import registry
from core.web import overview
from facilities.models import Site

COLUMNS = ("name", "status", "facility", "region", "tenant", "rack_count", "device_count")


def sites(request: HttpRequest) -> str | None:
    """The sites, on the overview."""
    resource = registry.of_model(Site)
    names = [name for name in COLUMNS if resource.has_field(name)]
    return overview.list_block(request, resource, names)


overview.add_block(10, sites)
