"""Devices of a site that stand in no rack yet: what an elevation offers to be placed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from core import access
from core.gather import Lookup, Steps
from core.read import ReadContext
from core.web.page import root
from dcim import elevation
from dcim.choices import SubdeviceRole
from dcim.elevation import Item
from dcim.models import Device

MOST = 60


@dataclass(frozen=True)
class Waiting:
    """A device to be placed: as an elevation shows it, and its half units; 0 without a height."""

    item: Item
    size: int
    deep: bool

    @property
    def units(self) -> str:
        """Its height as people name it."""
        return f"{self.size / 2:g} U" if self.size else "0 U"


@dataclass(frozen=True)
class Tray:
    """The first devices of the site by name, and where all are listed when there are more."""

    site: int
    waiting: list[Waiting]
    more_url: str


def tray(site: int, context: ReadContext) -> Tray:
    """The devices of a site that the user may see and that stand in no rack and no bay."""
    found: Tray = context.run(steps(site, context))
    return found


_LOOSE = Lookup(
    lambda given, user: (
        access.restrict(Device.objects.filter(given("site_id"), rack=None, parent_bay=None), user)
        .exclude(device_type__subdevice_role=SubdeviceRole.CHILD)
        .order_by("name_natural", "pk")
        .values_list("pk", "height_half_u", "is_full_depth")[: MOST + 1]
    )
)


def steps(site: int, context: ReadContext) -> Steps:
    """The step of `tray`."""
    rows = yield _LOOSE.fetch([site], context.user)
    shown = yield elevation.items([pk for pk, _, _ in rows[:MOST]], context)
    found = [Waiting(shown[pk], size, deep) for pk, size, deep in rows[:MOST] if pk in shown]
    more = f"{root()}/dcim/devices/?{urlencode({'site_id': site, 'rack_id': 'null'})}"
    return Tray(site, found, more if len(rows) > MOST else "")
