"""What changes more than one row of this app at once. Callers hold the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from core import instances
from core.errors import Invalid, Messages
from core.rows import insert_rows
from dcim import instantiate
from dcim.instantiate import MODULE_TOKENS, OF_MODULE, PORTS, Owner, resolved
from dcim.models import Device, Module
from racks.models import Rack

SHOWN_FAULTS = 5


@transaction.atomic(savepoint=False)
def create_devices(devices: Sequence[Device]) -> None:
    """Store new devices with all the components of their types.

    Airflow and platform are the type's where a device has none. The number of statements does not
    depend on how many devices there are.
    """
    if not devices:
        return
    instances.attach(devices, Device._meta.get_field("device_type"))
    for device in devices:
        device.airflow = device.airflow or device.device_type.airflow
        device.platform_id = device.platform_id or device.device_type.default_platform_id
    lock_racks(devices)
    insert_rows(devices)
    owners = [
        Owner(n, device.pk, None, device.device_type_id, _chassis_position(device))
        for n, device in enumerate(devices)
    ]
    instantiate.create_components(owners, instantiate.DEVICE)


def lock_racks(devices: Iterable[Device]) -> None:
    """Have those who place devices in the same racks wait for each other, in one order.

    The constraint alone would refuse an overlap, but of many inserts that meet in it at once
    PostgreSQL breaks some as deadlocks.
    """
    racks = {device.rack_id for device in devices if device.rack_id is not None}
    chosen = Rack.objects.filter(pk__in=racks).order_by("pk")
    list(chosen.select_for_update(no_key=True).values_list("pk"))


@transaction.atomic
def create_modules(
    modules: Sequence[Module], *, replicate_components: bool = True, adopt_components: bool = False
) -> None:
    """Store new modules in their bays with the components of their types.

    `{module}` in a name, label or position stands for the position of the bay; where it stands
    once for each bay the module is nested in, for the positions from the outermost inwards. With
    `adopt_components` the module takes over ports of the device that have the name of one of its
    own and belong to no module; with `replicate_components` it gets those that are missing.

    Raises Invalid, with the messages of each module, when a name is taken on the device or a
    placeholder has no position to stand for.
    """
    if not modules:
        return
    insert_rows(modules)
    _equip(modules, replicate=replicate_components, adopt=adopt_components)


def _equip(modules: Sequence[Module], *, replicate: bool, adopt: bool) -> None:
    if not (replicate or adopt):
        return
    owners = _module_owners(modules)
    faults = _name_faults(owners, adopt=adopt, replicate=replicate)
    if any(faults):
        raise Invalid(faults)
    if adopt:
        instantiate.adopt_components(owners)
    if replicate:
        instantiate.create_components(owners, instantiate.MODULE, adopted=adopt)


def _chassis_position(device: Device) -> str | None:
    if device.virtual_chassis_id is None or device.vc_position is None:
        return None
    return str(device.vc_position)


def _module_owners(modules: Sequence[Module]) -> list[Owner]:
    places = _bay_positions({module.module_bay_id for module in modules})
    chassis = {
        pk: str(position)
        for pk, position in Device.objects.filter(
            pk__in={module.device_id for module in modules},
            virtual_chassis__isnull=False,
            vc_position__isnull=False,
        ).values_list("pk", "vc_position")
    }
    return [
        Owner(
            n,
            module.device_id,
            module.pk,
            module.module_type_id,
            chassis.get(module.device_id),
            places[module.module_bay_id],
        )
        for n, module in enumerate(modules)
    ]


def _bay_positions(bays: set[int]) -> dict[int, list[str]]:
    """The positions of each bay and the bays around it, outermost first.

    A bay's position may itself hold `{module}`, which is the position of the bay around it.
    """
    statement = """
        WITH RECURSIVE up(start, module_id, position, level) AS (
            SELECT id, module_id, position, 0 FROM dcim_modulebay WHERE id = ANY(%s)
            UNION ALL
            SELECT up.start, b.module_id, b.position, up.level + 1
            FROM up JOIN dcim_module m ON m.id = up.module_id
                JOIN dcim_modulebay b ON b.id = m.module_bay_id)
        SELECT start, array_agg(position ORDER BY level DESC) FROM up GROUP BY start"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(bays)])
        found = dict(cursor.fetchall())
    for positions in found.values():
        for n in range(1, len(positions)):
            positions[n] = positions[n].replace("{module}", positions[n - 1])
    return found


def _name_faults(owners: Sequence[Owner], *, adopt: bool, replicate: bool) -> list[Messages]:
    """Why the components of each module cannot have the names their templates ask for."""
    found: list[list[str]] = [[] for _ in owners]
    for n, kind, name, tokens, taken, owned, copies in instantiate.rows(owners, _names_statement()):
        depth = len(owners[n].places)
        if tokens and not owners[n].places[-1]:
            message = f"The bay has no position to put into the name of {kind} {name}."
        elif tokens > 1 and tokens != depth:
            message = (
                f"The name of {kind} {name} asks for {tokens} positions, "
                f"but the bay is at level {depth}."
            )
        elif owned and adopt:
            message = f"The device's {kind} {name} belongs to another module already."
        elif taken and not adopt:
            message = f"The device already has the {kind} {name}."
        elif copies > 1 and replicate:
            message = f"The {kind} {name} would be there {copies} times."
        else:
            continue
        found[n].append(message)
    return [{"module_bay": _shortened(messages)} if messages else {} for messages in found]


def _shortened(messages: list[str]) -> list[str]:
    if len(messages) <= SHOWN_FAULTS:
        return messages
    return [*messages[:SHOWN_FAULTS], f"And {len(messages) - SHOWN_FAULTS} more."]


def _names_statement() -> str:
    """The names that modules ask for and cannot have, or that hold several placeholders."""
    parts: list[str] = []
    for kind in OF_MODULE:
        component: Any = kind.component
        ports = kind in PORTS
        columns = "t.name || t.label" if ports else "t.name || t.label || t.position"
        join = (
            f"LEFT JOIN {kind.table} c ON c.device_id = o.device AND c.name = want.name"
            if ports
            else f"LEFT JOIN {kind.table} c ON false"
        )
        tokens = " , ".join(
            MODULE_TOKENS.format(column)
            for column in ("t.name", "t.label", *(() if ports else ("t.position",)))
        )
        copies = "count(*) OVER (PARTITION BY o.device, want.name)" if ports else "1"
        parts.append(f"""
            SELECT o.n, '{component._meta.verbose_name}' AS kind, want.name,
                CASE WHEN strpos({columns}, '{{module}}') > 0
                     THEN greatest({tokens}) ELSE 0 END AS tokens,
                c.id IS NOT NULL AS taken, c.module_id IS NOT NULL AS owned, {copies} AS copies
            FROM o JOIN {kind.source} t ON t.module_type_id = o.type
                CROSS JOIN LATERAL (SELECT {resolved("t.name")} AS name) want {join}""")  # noqa: S608
    union = " UNION ALL ".join(parts)
    return f"""SELECT * FROM ({union}) AS names
        WHERE tokens > 0 OR taken OR copies > 1 ORDER BY n, kind, name"""  # noqa: S608
