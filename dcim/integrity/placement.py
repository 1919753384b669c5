"""What must hold where devices stand."""

from core.integrity import rule
from dcim.models import Device, DeviceBay, VirtualChassis

_TYPED = "dcim_device t JOIN dcim_devicetype k ON k.id = t.device_type_id"
_TOP = "t.position + k.u_height - 1"

rule(
    Device,
    "dcim_device_size",
    "Its height or depth is not that of its type.",
    f"SELECT t.id, k.model FROM {_TYPED} WHERE ROW(t.height_half_u::numeric, t.is_full_depth)"  # noqa: S608
    " IS DISTINCT FROM ROW(k.u_height * 2, k.is_full_depth)",
)
rule(
    Device,
    "dcim_device_no_overlap",
    "It overlaps another device.",
    "WITH placed AS (SELECT t.id, t.rack_id, t.face, t.position AS bottom,"  # noqa: S608
    f" t.position + k.u_height AS top, k.is_full_depth AS full_depth FROM {_TYPED}"
    " WHERE t.rack_id IS NOT NULL AND t.position IS NOT NULL AND k.u_height > 0)"
    " SELECT a.id, 'device ' || b.id FROM placed a JOIN placed b"
    " ON a.rack_id = b.rack_id AND a.id < b.id AND a.bottom < b.top AND b.bottom < a.top"
    " AND (a.full_depth OR b.full_depth OR a.face = b.face)",
)
rule(
    Device,
    "dcim_device_zero_u",
    "It has a position but no height.",
    f"SELECT t.id, k.model FROM {_TYPED} WHERE t.position IS NOT NULL AND k.u_height = 0",  # noqa: S608
)
rule(
    Device,
    "dcim_device_fits_rack",
    "It stands outside of its rack's units.",
    f"SELECT t.id, 'units ' || t.position || ' to ' || {_TOP} FROM {_TYPED}"  # noqa: S608
    " JOIN racks_rack r ON r.id = t.rack_id"
    f" WHERE t.position < r.starting_unit OR {_TOP} > r.starting_unit + r.u_height - 1",
)
rule(
    Device,
    "dcim_device_rack_place",
    "Its rack is in another site or location.",
    "SELECT t.id, 'rack ' || r.id FROM dcim_device t JOIN racks_rack r ON r.id = t.rack_id"
    " WHERE ROW(t.site_id, t.location_id) IS DISTINCT FROM ROW(r.site_id, r.location_id)",
)
rule(
    Device,
    "dcim_device_location_site",
    "Its location is in another site.",
    "SELECT t.id, 'location ' || l.id FROM dcim_device t"
    " JOIN facilities_location l ON l.id = t.location_id WHERE l.site_id <> t.site_id",
)
rule(
    Device,
    "dcim_device_child_face",
    "It is of a child type and has a position or face of its own.",
    f"SELECT t.id, k.model FROM {_TYPED} WHERE k.subdevice_role = 'child'"  # noqa: S608
    " AND (t.face IS NOT NULL OR t.position IS NOT NULL)",
)
rule(
    Device,
    "dcim_device_bay_place",
    "It is installed in a device that is somewhere else.",
    "SELECT t.id, 'device ' || h.id FROM dcim_devicebay b"
    " JOIN dcim_device t ON t.id = b.installed_device_id JOIN dcim_device h ON h.id = b.device_id"
    " WHERE ROW(t.site_id, t.location_id, t.rack_id)"
    " IS DISTINCT FROM ROW(h.site_id, h.location_id, h.rack_id)",
)
rule(
    DeviceBay,
    "dcim_devicebay_parent",
    "Its device is not of a parent type.",
    "SELECT b.id, 'device ' || t.id FROM dcim_devicebay b JOIN dcim_device t ON t.id = b.device_id"
    " JOIN dcim_devicetype k ON k.id = t.device_type_id"
    " WHERE k.subdevice_role IS DISTINCT FROM 'parent'",
)
rule(
    DeviceBay,
    "dcim_devicebay_child",
    "What is installed is not of a child type.",
    "SELECT b.id, 'device ' || t.id FROM dcim_devicebay b"
    " JOIN dcim_device t ON t.id = b.installed_device_id"
    " JOIN dcim_devicetype k ON k.id = t.device_type_id"
    " WHERE k.subdevice_role IS DISTINCT FROM 'child'",
)
rule(
    VirtualChassis,
    "dcim_virtualchassis_master_member",
    "Its master is not a member.",
    "SELECT c.id, 'device ' || t.id FROM dcim_virtualchassis c"
    " JOIN dcim_device t ON t.id = c.master_id WHERE t.virtual_chassis_id IS DISTINCT FROM c.id",
)
