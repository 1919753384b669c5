"""Network interfaces and hardware addresses."""

from __future__ import annotations

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models import DescribedRecord
from core.models.rules import between
from dcim.choices import (
    VIRTUAL_INTERFACE_TYPES,
    WIRELESS_INTERFACE_TYPES,
    Duplex,
    InterfaceMode,
    PoEMode,
    PoEType,
    WirelessRole,
    interface_types,
    rf_channels,
)
from dcim.fields import MACAddressField, WWNField
from dcim.models.components import CABLED_TRIGGERS, CabledComponent, component_meta, seldom
from dcim.models.rules import before, not_self, refuse
from dcim.models.virtual import VirtualDeviceContext

_ELSEWHERE = "Interface %s belongs to another device that is not in the same virtual chassis."


def _same_device(column: str) -> str:
    """PL/pgSQL: the interface in `column` is of the device or of its virtual chassis."""
    return f"""
    IF NEW.{column}_id IS NOT NULL THEN
        SELECT i.name, i.type, i.device_id INTO other
            FROM dcim_interface i WHERE i.id = NEW.{column}_id FOR SHARE;
        IF other.device_id <> NEW.device_id AND NOT EXISTS (
            SELECT 1 FROM dcim_device a JOIN dcim_device b USING (virtual_chassis_id)
            WHERE a.id = NEW.device_id AND b.id = other.device_id) THEN
            {refuse(f"dcim_interface_{column}_device", _ELSEWHERE, "other.name")}
        END IF;
    END IF;
"""  # noqa: S608


_RELATED = f"""
{_same_device("parent")}
{_same_device("bridge")}
{_same_device("lag")}
    IF NEW.lag_id IS NOT NULL AND other.type <> 'lag' THEN
        {refuse("dcim_interface_lag_type", "Interface %s is no link aggregation group.", "other.name")}
    END IF;
    RETURN NEW;
"""  # noqa: E501

_NOT_CABLED = ", ".join(f"'{name}'" for name in VIRTUAL_INTERFACE_TYPES + WIRELESS_INTERFACE_TYPES)
_INTERFACE = """(SELECT id FROM django_content_type
            WHERE app_label = 'dcim' AND model = 'interface')"""

_TYPE = f"""
    IF OLD.type = 'lag' AND EXISTS (SELECT 1 FROM dcim_interface WHERE lag_id = NEW.id) THEN
        {refuse("dcim_interface_lag_used", "The group has members, so it must stay a group.")}
    END IF;
    IF NEW.type IN ({_NOT_CABLED}) AND EXISTS (
        SELECT 1 FROM dcim_cabletermination
        WHERE termination_id = NEW.id AND termination_type_id = {_INTERFACE}) THEN
        {refuse("dcim_interface_cabled", "A cable is plugged in, which an interface of this type cannot have.")}
    END IF;
    RETURN NEW;
"""  # noqa: E501, S608

_PRIMARY_MAC = f"""
    IF NOT EXISTS (SELECT 1 FROM dcim_macaddress WHERE id = NEW.primary_mac_address_id
                   AND assigned_object_type_id = {_INTERFACE} AND assigned_object_id = NEW.id) THEN
        {refuse("dcim_interface_primary_mac", "The MAC address is not assigned to this interface.")}
    END IF;
    RETURN NEW;
"""  # noqa: S608

_MAC_STAYS = f"""
    IF EXISTS (SELECT 1 FROM dcim_interface WHERE primary_mac_address_id = NEW.id
               AND (id IS DISTINCT FROM NEW.assigned_object_id
                    OR {_INTERFACE} IS DISTINCT FROM NEW.assigned_object_type_id)) THEN
        {refuse("dcim_macaddress_primary", "The address is the primary one of its interface, so it cannot leave it.")}
    END IF;
    RETURN NEW;
"""  # noqa: E501, S608


class MACAddress(DescribedRecord):
    """A hardware address, known by itself or on an interface."""

    mac_address = MACAddressField("MAC address")
    assigned_object_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assigned_object_id = models.PositiveBigIntegerField(null=True, blank=True)
    assigned_object = GenericForeignKey("assigned_object_type", "assigned_object_id")

    class Meta:
        verbose_name = "MAC address"
        verbose_name_plural = "MAC addresses"
        ordering = ["mac_address", "pk"]
        constraints = [
            models.CheckConstraint(
                name="dcim_macaddress_assigned_object",
                condition=Q(assigned_object_type__isnull=True, assigned_object_id__isnull=True)
                | Q(assigned_object_type__isnull=False, assigned_object_id__isnull=False),
                violation_error_message="An assignment needs both a type and an id.",
            ),
            models.CheckConstraint(
                name="dcim_macaddress_form",
                condition=Q(mac_address__regex=r"^([0-9A-F]{2}:){5}[0-9A-F]{2}$"),
                violation_error_message="The MAC address must be written as AA:BB:CC:DD:EE:FF.",
            ),
        ]
        indexes = [
            models.Index(fields=["mac_address", "id"], name="dcim_macaddress_order"),
            models.Index(
                fields=["assigned_object_type", "assigned_object_id"],
                name="dcim_macaddress_assigned",
            ),
        ]
        triggers = [
            before(
                "primary_stays",
                _MAC_STAYS,
                pgtrigger.Update,
                condition=pgtrigger.AnyChange("assigned_object_type", "assigned_object_id"),
            )
        ]

    def __str__(self) -> str:
        return str(self.mac_address)


class Interface(CabledComponent):
    """A network interface, physical or virtual."""

    vdcs = models.ManyToManyField(VirtualDeviceContext, blank=True, related_name="interfaces")
    type = models.CharField(max_length=50, choices=interface_types)
    enabled = models.BooleanField(default=True)
    mgmt_only = models.BooleanField("management only", default=False)
    parent = models.ForeignKey(
        "self",
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="child_interfaces",
        db_index=False,
    )
    bridge = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="bridge_interfaces",
        db_index=False,
    )
    lag = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="member_interfaces",
        db_index=False,
        verbose_name="LAG",
    )
    mtu = models.PositiveIntegerField(
        "MTU",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(65536)],
        help_text="octets",
    )
    primary_mac_address = models.OneToOneField(
        MACAddress,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="primary MAC address",
    )
    mac_addresses = GenericRelation(
        MACAddress,
        content_type_field="assigned_object_type",
        object_id_field="assigned_object_id",
        related_query_name="interface",
    )
    speed = models.PositiveBigIntegerField(null=True, blank=True, help_text="kbps")
    duplex = models.CharField(max_length=50, choices=Duplex, null=True, blank=True)
    wwn = WWNField("WWN", null=True, blank=True)
    mode = models.CharField(
        "802.1Q mode", max_length=50, choices=InterfaceMode, null=True, blank=True
    )
    rf_role = models.CharField(
        "wireless role", max_length=50, choices=WirelessRole, null=True, blank=True
    )
    rf_channel = models.CharField(
        "wireless channel", max_length=50, choices=rf_channels, null=True, blank=True
    )
    rf_channel_frequency = models.DecimalField(
        "channel frequency",
        max_digits=8,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="MHz",
    )
    rf_channel_width = models.DecimalField(
        "channel width", max_digits=7, decimal_places=3, null=True, blank=True, help_text="MHz"
    )
    tx_power = models.SmallIntegerField(
        "transmit power",
        null=True,
        blank=True,
        validators=[MinValueValidator(-40), MaxValueValidator(127)],
        help_text="dBm",
    )
    poe_mode = models.CharField("PoE mode", max_length=50, choices=PoEMode, null=True, blank=True)
    poe_type = models.CharField("PoE type", max_length=50, choices=PoEType, null=True, blank=True)

    class Meta(CabledComponent.Meta):
        constraints = [
            *component_meta("dcim_interface")["constraints"],
            not_self("dcim_interface", "parent", "An interface cannot be its own parent."),
            not_self("dcim_interface", "bridge", "An interface cannot be bridged to itself."),
            not_self("dcim_interface", "lag", "An interface cannot be its own group."),
            models.CheckConstraint(
                name="dcim_interface_parent_virtual",
                condition=Q(parent__isnull=True) | Q(type="virtual"),
                violation_error_message="Only a virtual interface has a parent.",
            ),
            models.CheckConstraint(
                name="dcim_interface_lag_physical",
                condition=Q(lag__isnull=True) | ~Q(type="virtual"),
                violation_error_message="A virtual interface cannot be in a group.",
            ),
            models.CheckConstraint(
                name="dcim_interface_rf_channel_wireless",
                condition=Q(
                    rf_channel__isnull=True,
                    rf_channel_frequency__isnull=True,
                    rf_channel_width__isnull=True,
                )
                | Q(type__in=WIRELESS_INTERFACE_TYPES),
                violation_error_message="Only a wireless interface has a channel.",
            ),
            between("dcim_interface_mtu", "mtu", 1, 65536, "The MTU must be from 1 to 65536."),
            between(
                "dcim_interface_tx_power",
                "tx_power",
                -40,
                127,
                "The transmit power must be from -40 to 127 dBm.",
            ),
        ]
        indexes = [
            *component_meta("dcim_interface")["indexes"],
            *(seldom("dcim_interface", field) for field in ("parent", "bridge", "lag")),
        ]
        triggers = [
            *CABLED_TRIGGERS,
            before(
                "related",
                _RELATED,
                pgtrigger.Insert | pgtrigger.UpdateOf("parent_id", "bridge_id", "lag_id"),
                declare=[("other", "record")],
                condition=pgtrigger.Condition(
                    "coalesce(NEW.parent_id, NEW.bridge_id, NEW.lag_id) IS NOT NULL"
                ),
            ),
            before("type_kept", _TYPE, pgtrigger.Update, condition=pgtrigger.AnyChange("type")),
            before(
                "primary_mac",
                _PRIMARY_MAC,
                pgtrigger.Insert | pgtrigger.UpdateOf("primary_mac_address_id"),
                condition=pgtrigger.Q(new__primary_mac_address__isnull=False),
            ),
        ]
