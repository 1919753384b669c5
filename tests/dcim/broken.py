"""How each rule of audits is broken behind the triggers' back."""

from __future__ import annotations

from collections.abc import Callable

from tests.core.behind import Statements, put
from tests.dcim.factories import RackAuditLineFactory


def found_where_it_is_not_recorded() -> Statements:
    return put("dcim_rackauditline", RackAuditLineFactory().pk, recorded_rack_id="NULL")


AUDITS: dict[str, Callable[[], Statements]] = {
    "dcim_rackauditline_result": found_where_it_is_not_recorded
}
