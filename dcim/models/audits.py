"""Audits of racks: what was looked for, and what was found where.

An audit changes no inventory. Its lines are judged one by one while it is open, and stay as they
are once it is finished: lines share a lock on their audit, so finishing waits for those under way
and refuses those that come later.
"""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from core.models import DescribedRecord, TaggedRecord, User
from dcim.choices import AuditResult, AuditStatus, Face
from dcim.models.devices import Device
from dcim.models.rules import before, refuse, units
from dcim.models.types import half_units
from racks.models import Rack

LINE = "dcim_rackauditline"
# Where a device was seen is told of these alone.
SEEN_ELSEWHERE = (AuditResult.MOVED, AuditResult.EXTRA, AuditResult.UNKNOWN)

_KEPT = f"""
    IF NEW.rack_id <> OLD.rack_id THEN
        {refuse("dcim_rackaudit_rack", "An audit stays with its rack.")}
    END IF;
    IF OLD.status = 'finished' AND NEW.status <> OLD.status THEN
        {refuse("dcim_rackaudit_status", "A finished audit is not opened again. Start another.")}
    END IF;
    RETURN NEW;
"""

_JUDGED = f"""
    IF TG_OP = 'UPDATE' THEN
        IF NEW.device_id IS NULL AND OLD.device_id IS NOT NULL THEN
            SELECT left(concat_ws(' · ', coalesce(nullif(name, ''), 'device ' || id),
                    nullif(serial, ''), asset_tag), 200) INTO NEW.label
                FROM dcim_device WHERE id = OLD.device_id;
            NEW.label := coalesce(nullif(NEW.label, ''), 'device ' || OLD.device_id);
            RETURN NEW;
        END IF;
        IF NEW.audit_id <> OLD.audit_id OR NEW.device_id IS DISTINCT FROM OLD.device_id THEN
            {refuse(f"{LINE}_device", "A line stays with its audit and its device.")}
        END IF;
        IF ROW(NEW.result, NEW.position, NEW.face)
           IS NOT DISTINCT FROM ROW(OLD.result, OLD.position, OLD.face) THEN
            NEW.user_id := OLD.user_id;
            NEW.checked := OLD.checked;
            IF ROW(NEW.label, NEW.description)
               IS NOT DISTINCT FROM ROW(OLD.label, OLD.description) THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    SELECT a.status, a.rack_id, r.name, r.starting_unit, r.u_height INTO audit
        FROM dcim_rackaudit a JOIN racks_rack r ON r.id = a.rack_id
        WHERE a.id = NEW.audit_id FOR SHARE OF a;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    IF audit.status = 'finished' THEN
        {refuse(f"{LINE}_audit_open", "The audit is finished. Nothing can be noted any more.")}
    END IF;
    IF NEW.position < audit.starting_unit
       OR NEW.position >= audit.starting_unit + audit.u_height THEN
        {
    refuse(
        f"{LINE}_position_in_rack",
        "The rack has no unit %s: its units are %s to %s.",
        units("NEW.position"),
        "audit.starting_unit",
        "audit.starting_unit + audit.u_height - 1",
    )
}
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.result = OLD.result THEN
        RETURN NEW;
    END IF;
    IF NEW.device_id IS NULL THEN
        IF NEW.result <> 'unknown' THEN
            {refuse(f"{LINE}_device", "Say which device it is.")}
        END IF;
        RETURN NEW;
    END IF;
    SELECT rack_id, position, face INTO recorded FROM dcim_device WHERE id = NEW.device_id;
    IF NEW.result = 'extra' AND recorded.rack_id = audit.rack_id THEN
        {refuse(f"{LINE}_result", "The device is recorded in this rack.")}
    END IF;
    IF NEW.result <> 'extra' AND recorded.rack_id IS DISTINCT FROM audit.rack_id THEN
        {refuse(f"{LINE}_result", "The device is not recorded in this rack: it was found here.")}
    END IF;
    NEW.recorded_rack_id := recorded.rack_id;
    NEW.recorded_position := recorded.position;
    NEW.recorded_face := recorded.face;
    RETURN NEW;
"""  # noqa: S608


class RackAudit(DescribedRecord):
    """A walk past one rack that compares it with the record. A rack has one open audit at most."""

    rack = models.ForeignKey(Rack, on_delete=models.CASCADE, related_name="audits")
    status = models.CharField(max_length=50, choices=AuditStatus, default=AuditStatus.OPEN)
    user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="rack_audits",
        verbose_name="started by",
        editable=False,
    )
    finished = models.DateTimeField(null=True, blank=True, editable=False)
    finished_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="finished_rack_audits",
        editable=False,
    )

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rack"],
                condition=Q(status=AuditStatus.OPEN),
                name="dcim_rackaudit_rack_open",
                violation_error_message="The rack has an open audit already. Continue that one.",
            ),
            models.CheckConstraint(
                name="dcim_rackaudit_finished",
                condition=Q(
                    status=AuditStatus.FINISHED,
                    finished__isnull=False,
                    finished_by__isnull=False,
                )
                | Q(status=AuditStatus.OPEN, finished__isnull=True, finished_by__isnull=True),
                violation_error_message="A finished audit has a time and somebody who finished it.",
            ),
        ]
        indexes = [models.Index(fields=["-created", "-id"], name="dcim_rackaudit_order")]
        triggers = [before("kept", _KEPT, pgtrigger.Update)]

    def __str__(self) -> str:
        return f"Audit {self.pk}"


class RackAuditLine(TaggedRecord):
    """What an audit says of one device, or of something in the rack that is no known device.

    A trigger notes where the device was recorded when it was judged; who judged it and when change
    with the judgement alone. The line of a device that is deleted later keeps its name as `label`.
    """

    audit = models.ForeignKey(RackAudit, on_delete=models.CASCADE, related_name="lines")
    device = models.ForeignKey(
        Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="audit_lines"
    )
    label = models.CharField(
        max_length=200,
        blank=True,
        help_text="of an unknown device: its serial number, asset tag or what it looks like",
    )
    result = models.CharField(max_length=50, choices=AuditResult, default=AuditResult.FOUND)
    position = models.DecimalField(
        "position (U)",
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.5"))],
        help_text="where it was seen, if not where it is recorded",
    )
    face = models.CharField("rack face", max_length=50, choices=Face, null=True, blank=True)
    description = models.CharField("note", max_length=200, blank=True)
    user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="rack_audit_lines",
        verbose_name="checked by",
        editable=False,
    )
    checked = models.DateTimeField(editable=False)
    recorded_rack = models.ForeignKey(
        Rack, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    recorded_position = models.DecimalField(
        max_digits=4, decimal_places=1, null=True, blank=True, editable=False
    )
    recorded_face = models.CharField(
        max_length=50, choices=Face, null=True, blank=True, editable=False
    )

    class Meta:
        ordering = ["audit", "-recorded_position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["audit", "device"],
                name=f"{LINE}_device_once",
                violation_error_message="The audit has a line for this device already.",
            ),
            models.UniqueConstraint(
                "audit",
                Upper("label"),
                condition=Q(result=AuditResult.UNKNOWN),
                name=f"{LINE}_label_once",
                violation_error_message="The audit has a line for this unknown device already.",
            ),
            models.CheckConstraint(
                name=f"{LINE}_device_or_label",
                condition=Q(device__isnull=True, label__gt="") | Q(device__isnull=False, label=""),
                violation_error_message="Name the device, or say what an unknown one is labelled.",
            ),
            models.CheckConstraint(
                name=f"{LINE}_device_known",
                condition=~Q(result=AuditResult.UNKNOWN) | Q(device__isnull=True),
                violation_error_message="An unknown device is none that is recorded.",
            ),
            models.CheckConstraint(
                name=f"{LINE}_position_told",
                condition=Q(result__in=SEEN_ELSEWHERE)
                | Q(position__isnull=True, face__isnull=True),
                violation_error_message="Only what is not at its place has a position of its own.",
            ),
            models.CheckConstraint(
                name=f"{LINE}_position_needed",
                condition=~Q(result=AuditResult.MOVED) | Q(position__isnull=False),
                violation_error_message="Say at which unit it stands.",
            ),
            half_units(LINE, "position", "The position must be in steps of half a rack unit."),
        ]
        triggers = [
            before("judged", _JUDGED, declare=[("audit", "record"), ("recorded", "record")])
        ]

    def __str__(self) -> str:
        return self.label or str(self.device)
