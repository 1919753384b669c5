"""What must hold within one device and within one type."""

from django.apps import apps

from core.integrity import rule
from dcim.models import (
    Interface,
    InterfaceTemplate,
    InventoryItem,
    Module,
    PortMapping,
    PortTemplateMapping,
    PowerOutlet,
    PowerOutletTemplate,
)
from dcim.models.components import ModularComponent


def _modular(model: type[ModularComponent]) -> None:
    table = model._meta.db_table
    rule(
        model,
        f"{table}_module_device",
        "Its module is in another device.",
        f"SELECT t.id, 'module ' || m.id FROM {table} t JOIN dcim_module m ON m.id = t.module_id"  # noqa: S608
        " WHERE m.device_id <> t.device_id",
    )


for _model in apps.get_app_config("dcim").get_models():
    if issubclass(_model, ModularComponent):
        _modular(_model)

rule(
    Module,
    "dcim_module_bay_device",
    "Its bay is in another device.",
    "SELECT m.id, 'module bay ' || b.id FROM dcim_module m"
    " JOIN dcim_modulebay b ON b.id = m.module_bay_id WHERE b.device_id <> m.device_id",
)
rule(
    Module,
    "dcim_module_bay_ring",
    "It is installed in a part of itself.",
    "WITH RECURSIVE up(id, module_id) AS ("
    " SELECT m.id, b.module_id FROM dcim_module m JOIN dcim_modulebay b ON b.id = m.module_bay_id"
    " WHERE b.module_id IS NOT NULL"
    " UNION SELECT up.id, b.module_id FROM up JOIN dcim_module m ON m.id = up.module_id"
    " JOIN dcim_modulebay b ON b.id = m.module_bay_id WHERE b.module_id IS NOT NULL)"
    " SELECT id FROM up WHERE id = module_id",
)
rule(
    PowerOutlet,
    "dcim_poweroutlet_power_port",
    "Its power port is of another device.",
    "SELECT t.id, 'power port ' || p.id FROM dcim_poweroutlet t"
    " JOIN dcim_powerport p ON p.id = t.power_port_id WHERE p.device_id <> t.device_id",
)
for _column in ("parent", "bridge", "lag"):
    rule(
        Interface,
        f"dcim_interface_{_column}_device",
        "It refers to an interface of another device that is not in its virtual chassis.",
        f"SELECT t.id, '{_column} ' || o.id FROM dcim_interface t"  # noqa: S608
        f" JOIN dcim_interface o ON o.id = t.{_column}_id WHERE o.device_id <> t.device_id"
        " AND NOT EXISTS (SELECT 1 FROM dcim_device a JOIN dcim_device b USING (virtual_chassis_id)"
        " WHERE a.id = t.device_id AND b.id = o.device_id)",
    )
rule(
    Interface,
    "dcim_interface_lag_type",
    "It is in a group that is no link aggregation group.",
    "SELECT t.id, 'interface ' || o.id FROM dcim_interface t"
    " JOIN dcim_interface o ON o.id = t.lag_id WHERE o.type <> 'lag'",
)
rule(
    Interface,
    "dcim_interface_primary_mac",
    "Its primary MAC address is not assigned to it.",
    "SELECT t.id, a.mac_address::text FROM dcim_interface t"
    " JOIN dcim_macaddress a ON a.id = t.primary_mac_address_id"
    " LEFT JOIN django_content_type k ON k.id = a.assigned_object_type_id"
    " WHERE ROW('dcim', 'interface', t.id)"
    " IS DISTINCT FROM ROW(k.app_label, k.model, a.assigned_object_id)",
)
rule(
    InventoryItem,
    "dcim_inventoryitem_parent_device",
    "Its parent is of another device.",
    "SELECT t.id, 'inventory item ' || p.id FROM dcim_inventoryitem t"
    " JOIN dcim_inventoryitem p ON p.id = t.parent_id WHERE p.device_id <> t.device_id",
)


def _mapped(model: type, ports: str, owners: tuple[str, ...]) -> None:
    table = model._meta.db_table  # type: ignore[attr-defined]
    joined = (
        f"{table} t JOIN dcim_frontport{ports} f ON f.id = t.front_port_id"
        f" JOIN dcim_rearport{ports} r ON r.id = t.rear_port_id"
    )
    front = ", ".join(f"f.{owner}" for owner in owners)
    rear = ", ".join(f"r.{owner}" for owner in owners)
    rule(
        model,
        f"{table}_same_owner",
        "It joins ports of two devices or types.",
        f"SELECT t.id, f.name || ', ' || r.name FROM {joined}"  # noqa: S608
        f" WHERE ROW({front}) IS DISTINCT FROM ROW({rear})",
    )
    rule(
        model,
        f"{table}_position",
        "It maps a position that a port does not have.",
        f"SELECT t.id, f.name || ', ' || r.name FROM {joined}"  # noqa: S608
        " WHERE t.front_port_position > f.positions OR t.rear_port_position > r.positions",
    )


_TYPES = ("device_type_id", "module_type_id")
_mapped(PortMapping, "", ("device_id",))
_mapped(PortTemplateMapping, "template", _TYPES)


def _one_type(model: type, column: str, target: str) -> None:
    table = model._meta.db_table  # type: ignore[attr-defined]
    own = ", ".join(f"t.{name}" for name in _TYPES)
    other = ", ".join(f"o.{name}" for name in _TYPES)
    rule(
        model,
        f"{table}_{column}_type",
        "It refers to a template of another type.",
        f"SELECT t.id, o.name FROM {table} t JOIN {target} o ON o.id = t.{column}_id"  # noqa: S608
        f" WHERE ROW({own}) IS DISTINCT FROM ROW({other})",
    )


_one_type(PowerOutletTemplate, "power_port", "dcim_powerporttemplate")
_one_type(InterfaceTemplate, "bridge", "dcim_interfacetemplate")
