"""Where devices stand: the triggers that hold a device, its rack and its type together.

A device locks its type and its rack for share while it is placed. So a change of the rack's or the
type's size waits for it, or it for the change, and neither sees half of the other.
"""

from __future__ import annotations

import pgtrigger

from dcim.models.rules import after, before, refuse, units
from facilities.models import Location
from racks.models import Rack

_PLACED = (
    "device_type_id",
    "site_id",
    "location_id",
    "rack_id",
    "position",
    "face",
    "height_half_u",
    "is_full_depth",
)


def _row(of: str) -> str:
    return "ROW(" + ", ".join(f"{of}.{column}" for column in _PLACED) + ")"


_TOP = "NEW.position + NEW.height_half_u / 2.0 - 1"
_RACK_TOP = "place.starting_unit + place.u_height - 1"

_FIT = f"""
    IF kind.height = 0 THEN
        {refuse("dcim_device_zero_u", "%s has no height, so it takes no position.", "kind.model")}
    END IF;
    IF NEW.position < place.starting_unit THEN
        {
    refuse(
        "dcim_device_fits_rack",
        "Unit %s is %s U below unit %s, the lowest of rack %s.",
        units("NEW.position"),
        units("place.starting_unit - NEW.position"),
        "place.starting_unit",
        "place.name",
    )
}
    END IF;
    IF {_TOP} > {_RACK_TOP} THEN
        {
    refuse(
        "dcim_device_fits_rack",
        "A device of %s U at unit %s ends %s U above unit %s, the highest of rack %s.",
        units("NEW.height_half_u / 2.0"),
        units("NEW.position"),
        units(f"{_TOP} - ({_RACK_TOP})"),
        _RACK_TOP,
        "place.name",
    )
}
    END IF;
"""

_RACK = f"""
    SELECT name, site_id, location_id, starting_unit, u_height INTO place
        FROM racks_rack WHERE id = NEW.rack_id FOR SHARE;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    IF NEW.site_id <> place.site_id THEN
        {refuse("dcim_device_rack_site", "Rack %s is in another site.", "place.name")}
    END IF;
    IF NEW.location_id IS DISTINCT FROM place.location_id THEN
        IF chosen AND NEW.location_id IS NOT NULL THEN
            {refuse("dcim_device_rack_location", "Rack %s is in another location.", "place.name")}
        END IF;
        NEW.location_id := place.location_id;
    END IF;
    IF NEW.position IS NOT NULL THEN
{_FIT}
    END IF;
"""  # noqa: S608

_PLACE = f"""
    chosen := true;
    IF TG_OP = 'UPDATE' THEN
        IF {_row("NEW")} IS NOT DISTINCT FROM {_row("OLD")} THEN
            RETURN NEW;
        END IF;
        chosen := NEW.location_id IS DISTINCT FROM OLD.location_id;
    END IF;
    SELECT model, (u_height * 2)::integer AS height, is_full_depth, subdevice_role INTO kind
        FROM dcim_devicetype WHERE id = NEW.device_type_id FOR SHARE;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    NEW.height_half_u := kind.height;
    NEW.is_full_depth := kind.is_full_depth;
    IF kind.subdevice_role = 'child' THEN
        IF NEW.face IS NOT NULL OR NEW.position IS NOT NULL THEN
            {
    refuse(
        "dcim_device_child_face",
        "%s is a child type: it stands in a device bay, not on a face of a rack.",
        "kind.model",
    )
}
        END IF;
        IF TG_OP = 'UPDATE' THEN
            SELECT host.site_id, host.location_id, host.rack_id INTO place
                FROM dcim_devicebay bay JOIN dcim_device host ON host.id = bay.device_id
                WHERE bay.installed_device_id = NEW.id;
            IF FOUND THEN
                NEW.site_id := place.site_id;
                NEW.location_id := place.location_id;
                NEW.rack_id := place.rack_id;
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    IF NEW.rack_id IS NOT NULL THEN
{_RACK}
    ELSIF NEW.location_id IS NOT NULL THEN
        SELECT name, site_id INTO place FROM facilities_location
            WHERE id = NEW.location_id FOR SHARE;
        IF place.site_id <> NEW.site_id THEN
            {refuse("dcim_device_location_site", "Location %s is in another site.", "place.name")}
        END IF;
    END IF;
    RETURN NEW;
"""  # noqa: S608

_CHILDREN_FOLLOW = """
    UPDATE dcim_device
        SET site_id = NEW.site_id, location_id = NEW.location_id, rack_id = NEW.rack_id,
            last_updated = NEW.last_updated
        WHERE id IN (SELECT installed_device_id FROM dcim_devicebay WHERE device_id = NEW.id)
            AND ROW(site_id, location_id, rack_id)
                IS DISTINCT FROM ROW(NEW.site_id, NEW.location_id, NEW.rack_id);
    RETURN NULL;
"""

_TYPE_BAYS = f"""
    SELECT subdevice_role INTO role FROM dcim_devicetype WHERE id = NEW.device_type_id;
    IF role IS DISTINCT FROM 'parent'
       AND EXISTS (SELECT 1 FROM dcim_devicebay WHERE device_id = NEW.id) THEN
        {
    refuse("dcim_device_type_parent", "The device has device bays, so its type must be a parent.")
}
    END IF;
    IF role IS DISTINCT FROM 'child'
       AND EXISTS (SELECT 1 FROM dcim_devicebay WHERE installed_device_id = NEW.id) THEN
        {
    refuse(
        "dcim_device_type_child",
        "The device is installed in a device bay, so its type must be a child.",
    )
}
    END IF;
    RETURN NULL;
"""  # noqa: S608

# Checked at the end of the transaction: deleting a chassis frees its members before it goes.
_MASTER_STAYS = f"""
    IF EXISTS (SELECT 1 FROM dcim_virtualchassis c JOIN dcim_device d ON d.id = c.master_id
               WHERE c.master_id = NEW.id AND d.virtual_chassis_id IS DISTINCT FROM c.id) THEN
        {
    refuse(
        "dcim_device_chassis_master",
        "The device is the master of its virtual chassis, so it cannot leave it.",
    )
}
    END IF;
    RETURN NULL;
"""  # noqa: S608

DEVICE_TRIGGERS = [
    before(
        "place",
        _PLACE,
        declare=[("chosen", "boolean"), ("kind", "record"), ("place", "record")],
    ),
    after(
        "children_follow",
        _CHILDREN_FOLLOW,
        pgtrigger.Update,
        condition=pgtrigger.AnyChange("site", "location", "rack"),
    ),
    after(
        "type_bays",
        _TYPE_BAYS,
        pgtrigger.Update,
        condition=pgtrigger.AnyChange("device_type"),
        declare=[("role", "text")],
    ),
    after(
        "master_stays",
        _MASTER_STAYS,
        pgtrigger.Update,
        condition=pgtrigger.AnyChange("virtual_chassis"),
        timing=pgtrigger.Deferred,
    ),
]

_LAST = "NEW.starting_unit + NEW.u_height - 1"


class RackOfDevices(Rack):
    """A rack as its devices see it: they must still fit when it changes, and they move along."""

    class Meta:
        proxy = True
        triggers = [
            after(
                "devices_fit",
                f"""
    SELECT coalesce(name, 'device ' || id) AS name, position,
           position + height_half_u / 2.0 - 1 AS top INTO worst
        FROM dcim_device
        WHERE rack_id = NEW.id AND (position < NEW.starting_unit
            OR position + height_half_u / 2.0 - 1 > {_LAST})
        ORDER BY position DESC LIMIT 1;
    IF FOUND THEN
        {
                    refuse(
                        "dcim_rack_devices_fit",
                        "Units %s to %s would leave no room for %s, which takes units %s to %s.",
                        "NEW.starting_unit",
                        _LAST,
                        "worst.name",
                        units("worst.position"),
                        units("worst.top"),
                    )
                }
    END IF;
    RETURN NULL;
""",  # noqa: S608
                pgtrigger.Update,
                condition=pgtrigger.AnyChange("u_height", "starting_unit"),
                declare=[("worst", "record")],
            ),
            after(
                "devices_follow",
                """
    UPDATE dcim_device
        SET site_id = NEW.site_id, location_id = NEW.location_id, last_updated = NEW.last_updated
        WHERE rack_id = NEW.id AND ROW(site_id, location_id)
            IS DISTINCT FROM ROW(NEW.site_id, NEW.location_id);
    RETURN NULL;
""",
                pgtrigger.Update,
                condition=pgtrigger.AnyChange("site", "location"),
            ),
        ]


class LocationOfDevices(Location):
    """A location as devices without a rack see it: they follow it to another site."""

    class Meta:
        proxy = True
        triggers = [
            after(
                "devices_follow",
                """
    UPDATE dcim_device SET site_id = NEW.site_id, last_updated = NEW.last_updated
        WHERE location_id = NEW.id AND rack_id IS NULL AND site_id <> NEW.site_id;
    RETURN NULL;
""",
                pgtrigger.Update,
                condition=pgtrigger.AnyChange("site"),
            )
        ]
