"""What an audit does beyond single lines. Callers hold the transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from core import access
from core.models import User
from core.rows import insert_rows
from dcim.choices import AuditResult
from dcim.models import Device, RackAudit, RackAuditLine


def note_unchecked(audits: Sequence[RackAudit], user: User | None) -> None:
    """Give every device of the racks that `user` may see and nobody judged a line that says so."""
    if user is None:
        return
    of_rack = {audit.rack_id: audit for audit in audits}
    devices = access.visible(Device, user).filter(rack__in=of_rack)
    judged = RackAuditLine.objects.filter(audit__in=audits, device__isnull=False)
    rows = devices.exclude(pk__in=judged.values("device")).values_list("pk", "rack_id")
    now = timezone.now()
    insert_rows(
        [
            RackAuditLine(
                audit=of_rack[rack],
                device_id=device,
                result=AuditResult.UNCHECKED,
                user=user,
                checked=now,
            )
            for device, rack in rows
        ]
    )
