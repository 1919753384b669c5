"""Network interfaces and hardware addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q

from core.fields import Absent, Ref, Refs, Scalar
from core.filters import (
    NULL,
    Filters,
    ParameterFilter,
    absent_filters,
    boolean_filter,
    choice_filters,
    number_filters,
    reference_filters,
    related_filter,
    text_filters,
)
from core.registry import register
from core.resource import HEAD, TAIL, Resource
from core.special_fields import Computed, GenericObject, ObjectType
from dcim.cabling.fields import cable_field
from dcim.choices import VIRTUAL_INTERFACE_TYPES, WIRELESS_INTERFACE_TYPES
from dcim.models import (
    Device,
    Interface,
    MACAddress,
    VirtualDeviceContext,
)
from dcim.resources.components import (
    CABLE,
    DEVICE_RULES,
    ENDPOINTS,
    PEERS,
    SHORT,
    PortResource,
    cabled,
)
from dcim.resources.parts import (
    MODULE,
    without,
)

# A MAC address, or the beginning of one: 00:1a:2b, 00-1A-2B, 001a.2b3c.4d5e, 001A2B3C4D5E.
WRITTEN = re.compile(
    "([0-9a-f]{2}[:-])+[0-9a-f]{0,2}|([0-9a-f]{4}[.])+[0-9a-f]{0,4}|[0-9a-f]{12}", re.IGNORECASE
)

INTERFACE = (
    "id",
    "url",
    "display_url",
    "display",
    "device",
    "name",
    "cable",
    "_occupied",
)


def _mac() -> Computed:
    return Computed(
        "mac_address",
        columns=["primary_mac_address__mac_address"],
        value=lambda address: str(address) if address else None,
        schema={"type": "string", "nullable": True},
    )


@register
class InterfaceResource(PortResource):
    """Network interfaces."""

    model = Interface
    path = "dcim/interfaces"
    fields = [
        *HEAD,
        "device",
        Refs("vdcs"),
        Ref("module", nested=MODULE),
        "name",
        "label",
        "type",
        "enabled",
        Ref("parent", nested=INTERFACE),
        Ref("bridge", nested=INTERFACE),
        Refs("bridge_interfaces", nested=INTERFACE, read_only=True),
        Ref("lag", nested=INTERFACE),
        "mtu",
        _mac(),
        Ref("primary_mac_address"),
        Refs("mac_addresses", read_only=True),
        "speed",
        "duplex",
        "wwn",
        "mgmt_only",
        "description",
        "mode",
        "rf_role",
        "rf_channel",
        "poe_mode",
        "poe_type",
        "rf_channel_frequency",
        "rf_channel_width",
        "tx_power",
        Absent("untagged_vlan"),
        Absent("tagged_vlans", []),
        Absent("qinq_svlan"),
        Absent("vlan_translation_policy"),
        "mark_connected",
        *cabled(*CABLE),
        Absent("wireless_link"),
        *cabled(*PEERS),
        Absent("wireless_lans", []),
        Absent("vrf"),
        Absent("l2vpn_termination"),
        *cabled(*ENDPOINTS),
        Absent("owner"),
        *TAIL,
        Absent("count_ipaddresses", 0),
        Absent("count_fhrp_groups", 0),
        cable_field("_occupied"),
    ]
    unfiltered = [
        "device",
        "module",
        "vdcs",
        "parent",
        "bridge",
        "lag",
        "bridge_interfaces",
        "mac_addresses",
        "untagged_vlan",
        "tagged_vlans",
        "qinq_svlan",
        "wireless_link",
        "wireless_lans",
        "l2vpn_termination",
        "wwn",
    ]
    table = ["device", "name", "type", "enabled", "cable", "connected_endpoints", "mac_address"]
    form = {
        "Interface": ["device", "module", "name", "label", "type", "enabled", "description"],
        "Links": ["parent", "bridge", "lag", "vdcs"],
        "Addresses": ["primary_mac_address", "wwn", "mtu", "speed", "duplex"],
        "Use": ["mgmt_only", "mode", "poe_mode", "poe_type", "mark_connected", "tags"],
        "Wireless": [
            "rf_role",
            "rf_channel",
            "rf_channel_frequency",
            "rf_channel_width",
            "tx_power",
        ],
    }
    constraint_fields = {
        **DEVICE_RULES,
        "dcim_interface_lag_used": "type",
        "dcim_interface_cabled": "type",
        "dcim_interface_primary_mac": "primary_mac_address",
    }
    icon = "network"

    def get_extra_filters(self) -> Sequence[Filters]:
        """By kind, address, context and chassis."""
        contexts = reference_filters("vdc", "vdcs", VirtualDeviceContext, key="name")
        return [
            *super().get_extra_filters(),
            interface_kind_filters(),
            *(
                reference_filters(name, name, Interface, by_key=False)
                for name in ("parent", "bridge", "lag")
            ),
            without(text_filters("wwn", "wwn"), "__empty"),
            address_filters(),
            related_filter(lambda: Interface.objects.all(), "pk", contexts),
            context_filters(),
            chassis_filters(),
            *(absent_filters(name) for name in ("l2vpn",)),
            absent_filters("vlan", negated=False),
            *(
                absent_filters(name, by_id=False)
                for name in ("virtual_circuit_id", "virtual_circuit_termination_id")
            ),
            absent_filters("wireless_lan_id", by_id=False),
            absent_filters("wireless_link_id", by_id=False),
        ]


def address_filters() -> Filters:
    """`mac_address` and its lookups, over the addresses assigned to an interface."""
    made = without(text_filters("mac_address", "mac_address"), "__empty")

    def addresses() -> Any:
        kind = ContentType.objects.get_for_model(Interface)
        return MACAddress.objects.filter(assigned_object_type=kind)

    return related_filter(addresses, "assigned_object_id", made)


def context_filters() -> Filters:
    """`vdc_identifier`: by the identifier of a virtual device context."""
    made = number_filters("vdc_identifier", "identifier", lookups=("n",))

    def contexts() -> Any:
        return VirtualDeviceContext.objects.all()

    return related_filter(contexts, "interfaces", made)


def chassis_filters() -> Filters:
    """Interfaces of a device and of the others in its virtual chassis."""
    found: Filters = {}
    for name, masters_only in (
        ("virtual_chassis_member", False),
        ("virtual_chassis_member_or_master", True),
    ):
        made = reference_filters(name, "device", Device, key="name", negated=False)
        for parameter, item in made.items():
            item.condition = _chassis_condition(masters_only)
            found[parameter] = item
    return found


def _chassis_condition(masters_only: bool) -> Any:
    def condition(ids: Any) -> Q:
        if ids == NULL:
            return Q(pk__in=[])
        named = Device.objects.filter(pk__in=ids, virtual_chassis__isnull=False)
        if masters_only:
            named = named.filter(vc_master_for__isnull=False)
        others = Q(device__virtual_chassis__in=named.values("virtual_chassis"), mgmt_only=False)
        return Q(device__in=ids) | others

    return condition


def interface_kind_filters() -> Filters:
    """`kind`: physical, virtual or wireless."""
    no_cable = [*VIRTUAL_INTERFACE_TYPES, *WIRELESS_INTERFACE_TYPES]
    kinds = {
        "physical": ~Q(type__in=no_cable),
        "virtual": Q(type__in=VIRTUAL_INTERFACE_TYPES),
        "wireless": Q(type__in=WIRELESS_INTERFACE_TYPES),
    }
    choices = [(kind, kind) for kind in kinds]
    made = choice_filters("kind", "type", choices, lookups=False)["kind"]
    made.condition = lambda value: kinds.get(value, Q(pk__in=[]))
    return {"kind": made}


@register
class MACAddressResource(Resource):
    """Hardware addresses."""

    model = MACAddress
    path = "dcim/mac-addresses"
    fields = [
        *HEAD,
        Scalar("mac_address"),
        ObjectType("assigned_object_type"),
        "assigned_object_id",
        GenericObject("assigned_object", "assigned_object_type", "assigned_object_id"),
        "description",
        Absent("owner"),
        "comments",
        *TAIL,
    ]
    brief = [*SHORT, "mac_address", "description"]
    filter_key = "mac_address"
    display_columns = ["mac_address"]
    unfiltered = ["comments", "mac_address"]
    constraint_fields = {
        "dcim_macaddress_form": "mac_address",
        "dcim_macaddress_assigned_object": "assigned_object_id",
        "dcim_macaddress_primary": "assigned_object_id",
    }
    search = {"mac_address": 10, "description": 50}
    table = ["mac_address", "assigned_object", "description"]
    form = {
        "MAC address": ["mac_address", "assigned_object_type", "assigned_object_id"],
        "More": ["description", "tags", "comments"],
    }
    menu = "Components"
    icon = "hash"

    def search_text(self, text: str) -> str:
        """Addresses as they are stored, in whatever way switches write them."""
        if not WRITTEN.fullmatch(text):
            return text
        digits = re.sub("[^0-9a-f]", "", text.lower())
        return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()

    def get_extra_filters(self) -> Sequence[Filters]:
        """By what it is assigned to."""
        return [
            without(text_filters("mac_address", "mac_address"), "__empty"),
            assignment_filters(),
            dict(absent_filters("virtual_machine", negated=False).items()),
            absent_filters("vminterface"),
            absent_filters("owner_group"),
        ]


def _assigned_to(interfaces: Any) -> Q:
    return Q(
        assigned_object_type=ContentType.objects.get_for_model(Interface),
        assigned_object_id__in=interfaces.values("pk"),
    )


def _through_interfaces(condition: Callable[[Any], Q]) -> Callable[[Any], Q]:
    return lambda value: _assigned_to(Interface.objects.filter(condition(value)))


def assignment_filters() -> Filters:
    """By device and interface, and whether it is assigned or primary."""
    found: Filters = {}
    for name, path, model in (("device", "device", Device), ("interface", "pk", Interface)):
        made = reference_filters(name, path, model, key="name", negated=name == "interface")
        for parameter, item in made.items():
            found[parameter] = ParameterFilter(
                _through_interfaces(item.condition),
                item.extra["parse"],
                negate=item.negate,
                schema=item.schema,
            )
    primary = Interface.objects.filter(primary_mac_address=OuterRef("pk"))
    found["assigned"] = boolean_filter(lambda value: Q(assigned_object_id__isnull=not value))
    found["primary"] = boolean_filter(
        lambda value: Q(Exists(primary)) if value else ~Q(Exists(primary))
    )
    return found
