"""What devices and racks add to the page to scan with."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest

from core import access
from core.registry import of_model
from core.resource import Resource
from core.web.page import actor, address, may, root
from core.web.scan import Offer, Way
from dcim.models import Device
from dcim.web.audits import may_begin
from racks.models import Rack

ASSET_TAG_MAX = 50


def new_device(request: HttpRequest, code: str) -> Offer | None:
    """A device with the code as its asset tag, for those who may add one."""
    resource = of_model(Device)
    if len(code) > ASSET_TAG_MAX or not may(request, resource, access.ADD):
        return None
    url = f"{address(resource, action='add')}?{urlencode({'asset_tag': code})}"
    return Offer("Add a device with this asset tag", url, "plus")


def audit_of(request: HttpRequest, resource: Resource, pk: int) -> str | None:
    """The audit of a rack, or of the rack a device stands in."""
    rack: int | None = pk if resource.model is Rack else None
    if resource.model is Device:
        rack = Device.objects.filter(pk=pk).values_list("rack", flat=True).first()
    if rack is None or not access.visible(Rack, actor(request)).filter(pk=rack).exists():
        return None
    return f"{root()}/dcim/racks/{rack}/audit/"


AUDIT = Way("audit", "Audit the rack", "it is no rack and stands in none.", audit_of, may_begin)
