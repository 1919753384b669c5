"""Several devices as one, and one as several."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models

from core.models import DescribedRecord
from core.models.rules import between
from dcim.choices import VirtualDeviceContextStatus
from dcim.models.devices import Device
from dcim.models.rules import after, refuse
from facilities.models import Tenant

_MASTER = f"""
    IF TG_OP = 'INSERT' THEN
        UPDATE dcim_device
            SET virtual_chassis_id = NEW.id, vc_position = coalesce(vc_position, 1)
            WHERE id = NEW.master_id AND virtual_chassis_id IS NULL;
    END IF;
    SELECT virtual_chassis_id INTO member_of FROM dcim_device WHERE id = NEW.master_id FOR SHARE;
    IF FOUND AND member_of IS DISTINCT FROM NEW.id THEN
        {
    refuse(
        "dcim_virtualchassis_master_member", "The master must be a member of the virtual chassis."
    )
}
    END IF;
    RETURN NULL;
"""  # noqa: S608


class VirtualChassis(DescribedRecord):
    """Devices that are managed as one. The master is a member; a new chassis takes it in."""

    name = models.CharField(max_length=64)
    domain = models.CharField(max_length=30, blank=True)
    master = models.OneToOneField(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="vc_master_for"
    )

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "virtual chassis"
        triggers = [
            after(
                "master_member",
                _MASTER,
                pgtrigger.Insert | pgtrigger.UpdateOf("master_id"),
                declare=[("member_of", "bigint")],
                condition=pgtrigger.Q(new__master__isnull=False),
            )
        ]


class VirtualDeviceContext(DescribedRecord):
    """A part of a device that acts as a device of its own."""

    name = models.CharField(max_length=64)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="vdcs")
    identifier = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(32767)]
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="vdcs"
    )
    status = models.CharField(max_length=50, choices=VirtualDeviceContextStatus)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "identifier"],
                name="dcim_virtualdevicecontext_identifier_once",
                violation_error_message="The device already has a context of this identifier.",
            ),
            models.UniqueConstraint(
                fields=["device", "name"],
                name="dcim_virtualdevicecontext_name",
                violation_error_message="The device already has a context of this name.",
            ),
            between(
                "dcim_virtualdevicecontext_identifier",
                "identifier",
                0,
                32767,
                "The identifier must be from 0 to 32767.",
            ),
        ]
