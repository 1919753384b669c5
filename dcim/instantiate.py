"""The components of new devices and modules, made from their types' templates by bulk SQL.

Every statement joins the templates with the same small table of owners, so the number of
statements depends on the kinds of components a type has, never on how many devices or ports there
are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils import timezone

from core.custom_fields import definitions
from core.gather import prepared
from dcim.models import (
    ConsolePort,
    ConsolePortTemplate,
    ConsoleServerPort,
    ConsoleServerPortTemplate,
    DeviceBay,
    DeviceBayTemplate,
    FrontPort,
    FrontPortTemplate,
    Interface,
    InterfaceTemplate,
    InventoryItem,
    InventoryItemTemplate,
    ModuleBay,
    ModuleBayTemplate,
    PortMapping,
    PortTemplateMapping,
    PowerOutlet,
    PowerOutletTemplate,
    PowerPort,
    PowerPortTemplate,
    RearPort,
    RearPortTemplate,
)

DEVICE, MODULE = "device_type_id", "module_type_id"
RESOLVED = ("name", "label", "position")

OWNERS = """WITH o AS (
    SELECT * FROM jsonb_to_recordset(%(owners)s::jsonb) AS x(
        n integer, device bigint, module bigint, type bigint, vc text, places text[]))
"""


@dataclass(frozen=True)
class Owner:
    """A device or module that gets components.

    `places` are the positions of the bays a module sits in, outermost first. `vc` is the device's
    position in its virtual chassis. `n` orders the owners.
    """

    n: int
    device: int
    module: int | None
    type: int
    vc: str | None
    places: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """A kind of template and what is made from it."""

    template: type[models.Model]
    component: type[models.Model]

    @property
    def source(self) -> str:
        """The table of the templates."""
        return self.template._meta.db_table

    @property
    def table(self) -> str:
        """The table of the components."""
        return self.component._meta.db_table


POWER_PORTS = Kind(PowerPortTemplate, PowerPort)
INTERFACES = Kind(InterfaceTemplate, Interface)
REAR_PORTS = Kind(RearPortTemplate, RearPort)
FRONT_PORTS = Kind(FrontPortTemplate, FrontPort)
# Power ports come before the outlets that refer to them.
PORTS = (
    Kind(ConsolePortTemplate, ConsolePort),
    Kind(ConsoleServerPortTemplate, ConsoleServerPort),
    POWER_PORTS,
    Kind(PowerOutletTemplate, PowerOutlet),
    INTERFACES,
    REAR_PORTS,
    FRONT_PORTS,
)
MODULE_BAYS = Kind(ModuleBayTemplate, ModuleBay)
DEVICE_BAYS = Kind(DeviceBayTemplate, DeviceBay)
ITEMS = Kind(InventoryItemTemplate, InventoryItem)
OF_MODULE = (*PORTS, MODULE_BAYS)
OF_DEVICE = (*OF_MODULE, DEVICE_BAYS)

MODULE_TOKENS = "cardinality(string_to_array({0}, '{{module}}')) - 1"


def resolved(column: str) -> str:
    """SQL for a template's text with its placeholders filled for owner `o`.

    One `{module}` stands for the position of the module's bay; several stand for the positions
    from the outermost bay inwards. `{vc_position}` stands for the position in the virtual chassis,
    or 0 outside one; `{vc_position:7}` names another value for outside.
    """
    places = (
        f"CASE WHEN {MODULE_TOKENS.format(column)} = 1 "
        "THEN o.places[cardinality(o.places):] ELSE o.places END"
    )
    module = (
        "(SELECT string_agg(part || coalesce(place, ''), '' ORDER BY step) "  # noqa: S608
        f"FROM unnest(string_to_array({column}, '{{module}}'), {places}) "
        "WITH ORDINALITY AS u(part, place, step) WHERE part IS NOT NULL)"
    )
    text = f"CASE WHEN o.module IS NULL THEN {column} ELSE {module} END"
    plain = f"replace({text}, '{{vc_position}}', coalesce(o.vc, '0'))"
    return (
        f"CASE WHEN strpos({column}, '{{') = 0 THEN {column} ELSE regexp_replace({plain}, "
        rf"'\{{vc_position:([^}}]*)\}}', coalesce(o.vc, '\1'), 'g') END"
    )


def made(kind: Kind, template: str, columns: str = "c.id") -> str:
    """SQL: the component of owner `o` made from `template`, as a lateral subquery of one row.

    The limit makes PostgreSQL look it up by its unique name, row by row. As a plain join it may be
    planned over all pairs of components of a device, since the names are computed.
    """
    same_module = "AND c.module_id IS NOT DISTINCT FROM o.module" if kind in OF_MODULE else ""
    return (
        f"LATERAL (SELECT {columns} "  # noqa: S608
        f"FROM (SELECT {resolved(f'{template}.name')} AS name OFFSET 0) wanted "
        f"JOIN {kind.table} c ON c.device_id = o.device AND c.name = wanted.name {same_module} "
        "LIMIT 1)"
    )


@definitions.scope()
def create_components(owners: Sequence[Owner], type_column: str, *, adopted: bool = False) -> None:
    """Make the components of `owners` from the templates of their types.

    `type_column` says whether the types are device types or module types. With `adopted`,
    components that the owners already have are left as they are.
    """
    if not owners:
        return
    present, bridged = _kinds_present({owner.type for owner in owners}, type_column)
    run = _Run(owners)
    for kind in OF_DEVICE:
        if kind in present:
            run.execute(_insert(kind, type_column, skip=adopted))
    if bridged:
        run.execute(_bridge(type_column))
    if FRONT_PORTS in present:
        run.execute(_map_ports(type_column))
    if ITEMS in present:
        run.execute(_insert_items(), **_content_types())


def adopt_components(owners: Sequence[Owner]) -> None:
    """Hand the ports of the owners' devices that are named like a template to the modules."""
    if not owners:
        return
    present, _ = _kinds_present({owner.type for owner in owners}, MODULE)
    run = _Run(owners)
    for kind in PORTS:
        if kind in present:
            run.execute(
                f"""UPDATE {kind.table} c SET module_id = o.module, last_updated = %(now)s
                FROM o JOIN {kind.source} t ON t.{MODULE} = o.type
                WHERE c.module_id IS NULL AND c.device_id = o.device
                    AND c.name = {resolved("t.name")}"""  # noqa: S608
            )


class _Run:
    """Statements over the same owners at the same time."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        self.values: dict[str, Any] = {
            "owners": json.dumps([vars(owner) for owner in owners]),
            "now": timezone.now(),
        }

    def execute(self, statement: str, **values: Any) -> None:
        with prepared() as cursor:
            cursor.execute(OWNERS + statement, {**self.values, **values})

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(OWNERS + statement, self.values)
            return cursor.fetchall()


def rows(owners: Sequence[Owner], statement: str) -> list[tuple[Any, ...]]:
    """What a statement over `o`, the owners, answers."""
    return _Run(owners).rows(statement)


def _kinds_present(types: Iterable[int], type_column: str) -> tuple[set[Kind], bool]:
    """The kinds of templates that the types have, and whether interfaces are bridged."""
    kinds = (*OF_DEVICE, ITEMS) if type_column == DEVICE else OF_MODULE
    of_types = f"{type_column} = ANY(%(types)s::bigint[])"
    tests = [f"EXISTS (SELECT FROM {kind.source} WHERE {of_types})" for kind in kinds]
    bridged = f"SELECT FROM {INTERFACES.source} WHERE {of_types} AND bridge_id IS NOT NULL"
    with prepared() as cursor:
        values = {"types": f"{{{','.join(map(str, types))}}}"}
        cursor.execute(f"SELECT {', '.join(tests)}, EXISTS ({bridged})", values)
        *found, bridges = cursor.fetchone()
    return {kind for kind, has in zip(kinds, found, strict=True) if has}, bridges


def _columns(kind: Kind, given: dict[str, str]) -> dict[str, str]:
    """Each column of the component and the SQL for its value."""
    of_template = {f.column for f in kind.template._meta.concrete_fields}
    columns = {}
    for each in kind.component._meta.concrete_fields:
        column = str(each.column)
        if column in given:
            columns[column] = given[column]
        elif each.primary_key or getattr(each, "generated", False):
            continue
        elif column in ("created", "last_updated"):
            columns[column] = "%(now)s"
        elif column in RESOLVED and column in of_template:
            columns[column] = resolved(f"t.{column}")
        elif column == "custom_field_data":
            columns[column] = _custom_data(kind)
        elif column in of_template:
            columns[column] = f"t.{column}"
        else:
            columns[column] = _literal(each)
    return columns


def _custom_data(kind: Kind) -> str:
    """The defaults of the component's custom fields as SQL."""
    defaults = definitions.current().defaults(kind.component)
    text = json.dumps(defaults).replace("'", "''").replace("%", "%%")
    return f"'{text}'::jsonb"


def _literal(each: Any) -> str:
    """A column's default as SQL."""
    value = each.get_default()
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "'{}'::jsonb"
    if isinstance(value, list):
        return "'{}'"
    if isinstance(value, int):
        return str(value)
    text = str(getattr(value, "value", value)).replace("'", "''")
    return f"'{text}'"


def _insert(kind: Kind, type_column: str, *, skip: bool) -> str:
    given = {"device_id": "o.device", "module_id": "o.module", "bridge_id": "NULL"}
    link = ""
    if kind.component is PowerOutlet:
        given["power_port_id"] = "p.id"
        link = (
            f"LEFT JOIN {POWER_PORTS.source} pt ON pt.id = t.power_port_id "
            f"LEFT JOIN {made(POWER_PORTS, 'pt')} p ON true"
        )
    known = {f.column for f in kind.component._meta.concrete_fields}
    columns = _columns(kind, {name: sql for name, sql in given.items() if name in known})
    return f"""INSERT INTO {kind.table} ({", ".join(columns)})
        SELECT {", ".join(columns.values())}
        FROM o JOIN {kind.source} t ON t.{type_column} = o.type {link}
        {f"LEFT JOIN {made(kind, 't')} known ON true WHERE known.id IS NULL" if skip else ""}
        ORDER BY o.n, t.name_natural, t.id"""  # noqa: S608


def _bridge(type_column: str) -> str:
    """The pairs are found once, however few rows PostgreSQL believes a new table to have."""
    return f""", pair AS MATERIALIZED (
            SELECT near.id, far.id AS bridge
            FROM o JOIN {INTERFACES.source} t ON t.{type_column} = o.type
                JOIN {INTERFACES.source} bt ON bt.id = t.bridge_id
                JOIN {made(INTERFACES, "t")} near ON true
                JOIN {made(INTERFACES, "bt")} far ON true)
        UPDATE {INTERFACES.table} port SET bridge_id = pair.bridge
        FROM pair WHERE port.id = pair.id AND port.bridge_id IS NULL"""  # noqa: S608


def _map_ports(type_column: str) -> str:
    """Adopted ports may be mapped already, and may have fewer positions than the templates."""
    return f"""INSERT INTO {PortMapping._meta.db_table}
            (front_port_id, rear_port_id, front_port_position, rear_port_position)
        SELECT f.id, r.id, m.front_port_position, m.rear_port_position
        FROM o JOIN {FRONT_PORTS.source} ft ON ft.{type_column} = o.type
            JOIN {PortTemplateMapping._meta.db_table} m ON m.front_port_id = ft.id
            JOIN {REAR_PORTS.source} rt ON rt.id = m.rear_port_id
            JOIN {made(FRONT_PORTS, "ft", "c.id, c.positions")} f ON true
            JOIN {made(REAR_PORTS, "rt", "c.id, c.positions")} r ON true
        WHERE m.front_port_position <= f.positions AND m.rear_port_position <= r.positions
        ORDER BY f.id, m.front_port_position
        ON CONFLICT DO NOTHING"""  # noqa: S608


def _content_types() -> dict[str, Any]:
    values = {}
    for n, kind in enumerate(PORTS):
        found = ContentType.objects.get_for_models(kind.template, kind.component)
        values[f"kind_{n}"] = found[kind.template].pk
        values[f"made_{n}"] = found[kind.component].pk
    return values


def _insert_items() -> str:
    """Parts with their tree: ids are drawn first, and parents are stored before what is in them.

    A part's component is the one made from the template that the part's template names.
    """
    components = " UNION ALL ".join(
        f"SELECT %(made_{n})s::integer AS kind, port.id FROM {kind.source} ct "  # noqa: S608
        f"JOIN {made(kind, 'ct')} port ON true "
        f"WHERE t.component_type_id = %(kind_{n})s AND ct.id = t.component_id"
        for n, kind in enumerate(PORTS)
    )
    given = {
        "id": "x.id",
        "device_id": "o.device",
        "parent_id": "above.id",
        "component_type_id": "part.kind",
        "component_id": "part.id",
    }
    columns = _columns(ITEMS, given)
    table = ITEMS.table
    return f""", x AS MATERIALIZED (
        SELECT o.n, t.id AS template, nextval(pg_get_serial_sequence('{table}', 'id')) AS id
        FROM o JOIN {ITEMS.source} t ON t.device_type_id = o.type
    )
    INSERT INTO {table} ({", ".join(columns)})
        SELECT {", ".join(columns.values())}
        FROM x JOIN o ON o.n = x.n JOIN {ITEMS.source} t ON t.id = x.template
            LEFT JOIN x above ON above.n = x.n AND above.template = t.parent_id
            LEFT JOIN LATERAL ({components}) part ON true
        ORDER BY o.n, (
            WITH RECURSIVE up(id, parent_id, level) AS (
                SELECT t.id, t.parent_id, 0
                UNION ALL
                SELECT u.id, u.parent_id, up.level + 1
                FROM up JOIN {ITEMS.source} u ON u.id = up.parent_id)
            SELECT max(level) FROM up), t.name_natural, t.id"""  # noqa: S608
