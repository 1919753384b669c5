"""What must hold for audits of racks."""

from core.integrity import rule
from dcim.models import RackAuditLine

rule(
    RackAuditLine,
    "dcim_rackauditline_result",
    "Where its device was recorded does not fit its result.",
    "SELECT t.id, t.result || ', rack ' || t.recorded_rack_id FROM dcim_rackauditline t"
    " JOIN dcim_rackaudit a ON a.id = t.audit_id"
    " WHERE t.result <> 'unknown'"
    " AND (t.result <> 'extra') <> (t.recorded_rack_id IS NOT DISTINCT FROM a.rack_id)",
)
