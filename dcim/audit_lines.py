"""An audit as pages show it: the rack's devices from the top, each with what was noted of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from core import access
from core.read import ReadContext
from core.registry import of_model
from core.web.page import address, root
from core.web.readers import page_reader
from dcim.choices import AuditResult
from dcim.elevation_text import span
from dcim.models import Device, RackAuditLine
from racks.models import Rack

DEVICE = (
    *("id", "display", "name", "device_type", "role", "serial", "asset_tag"),
    *("status", "rack", "position", "face", "site", "location"),
)
LINE = (
    *("id", "display", "device", "label", "result", "position", "face", "description"),
    *("recorded_rack", "recorded_position", "recorded_face", "user", "checked"),
)
RACK = ("id", "display", "name", "site", "location", "desc_units", "starting_unit", "u_height")
TONES = {
    AuditResult.FOUND: "good",
    AuditResult.MISSING: "bad",
    AuditResult.MOVED: "warn",
    AuditResult.EXTRA: "warn",
    AuditResult.UNKNOWN: "warn",
    AuditResult.UNCHECKED: "idle",
}
# Of what is not recorded in the rack.
NOT_RECORDED = (AuditResult.EXTRA, AuditResult.UNKNOWN)
# What a report tells first.
ORDER = (
    *(AuditResult.MISSING, AuditResult.MOVED, AuditResult.EXTRA, AuditResult.UNKNOWN),
    *(AuditResult.UNCHECKED, AuditResult.FOUND),
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A device of the rack, or something else that was seen there, and its line if it has one."""

    device: Json | None
    line: Json | None
    halves: int  # its height in half units
    inside: bool = False  # of a device bay of the one above

    @property
    def key(self) -> str:
        """What the row is known by on a page."""
        if self.device:
            return f"d{self.device['id']}"
        return f"l{self.line['id']}" if self.line else ""

    @property
    def name(self) -> str:
        """The device's name, or what an unknown one is labelled."""
        return str((self.device or self.line or {}).get("display", ""))

    @property
    def url(self) -> str:
        """The device's page."""
        return address(of_model(Device), self.device["id"]) if self.device else ""

    @property
    def result(self) -> str:
        """The line's result; empty where nothing was noted."""
        return str(self.line["result"]["value"]) if self.line else ""

    @property
    def tone(self) -> str:
        """The tone of the result."""
        return TONES[AuditResult(self.result)] if self.result else "idle"

    @property
    def units(self) -> str:
        """Where the device belongs in this rack, or where another was seen, as people name it."""
        if self.line and self.result in NOT_RECORDED:
            return self._units(self.line["position"])
        return self._units((self.device or {}).get("position"))

    @property
    def recorded(self) -> str:
        """Where it was recorded when it was judged."""
        return self._units(self.line["recorded_position"]) if self.line else self.units

    @property
    def seen(self) -> str:
        """Where it was seen, if not where it is recorded."""
        if not self.line or self.line["position"] is None:
            return ""
        face = self.line["face"]
        units = self._units(self.line["position"])
        return f"{units}, {face['label'].lower()}" if face else units

    def _units(self, position: Any) -> str:
        if position is None:
            return ""
        text = span(int(position * 2), max(self.halves, 2))
        return text.replace("\u2013U", "\u2013")

    @property
    def codes(self) -> list[str]:
        """What a label of the device may say."""
        if not self.device:
            return []
        told = (self.device[name] for name in ("asset_tag", "serial", "name"))
        return [*filter(None, told), self.url]


@dataclass(frozen=True)
class Walk:
    """An audit: its rack, the devices recorded there now if `live`, and what else was noted."""

    audit: int
    rack: Json
    rows: list[Row]
    others: list[Row]
    live: bool

    @property
    def total(self) -> int:
        """How many devices were or are to be looked for."""
        return len(self.rows) if self.live else len(self._expected)

    @property
    def done(self) -> int:
        """How many of them are judged."""
        looked_for = self.rows if self.live else self._expected
        return sum(1 for row in looked_for if row.result not in ("", AuditResult.UNCHECKED))

    @property
    def _expected(self) -> list[Row]:
        return [row for row in self.others if row.result not in NOT_RECORDED]

    @property
    def left(self) -> int:
        """How many are not."""
        return self.total - self.done

    @property
    def every(self) -> list[Row]:
        """All rows."""
        return [*self.rows, *self.others]

    def counts(self) -> list[tuple[str, str, str, int]]:
        """Result, label, tone and number of what was noted, for results that there are."""
        found = [row.result for row in self.every]
        return [
            (result.value, str(result.label), TONES[result], found.count(result))
            for result in ORDER
            if result in found
        ]

    def groups(self) -> Iterator[tuple[AuditResult, list[Row]]]:
        """The rows with a line by result, in a report's order."""
        for result in ORDER:
            rows = [row for row in self.every if row.result == result]
            if rows:
                yield result, rows


def load(audit: int, rack: int, context: ReadContext, *, live: bool) -> Walk:
    """An audit as far as the user may see it. A fixed number of statements.

    With `live` all devices that are recorded in the rack now, else those with a line alone.
    """
    user = context.user
    frame = page_reader(of_model(Rack), RACK).by_id([rack], context)[rack]
    placed = _placed(rack, context, top_first=not frame["desc_units"]) if live else []
    kept = access.visible(RackAuditLine, user).filter(audit=audit).order_by("pk")
    order = F("recorded_position").desc(nulls_last=True)
    if frame["desc_units"]:
        order = F("recorded_position").asc(nulls_last=True)
    lines = page_reader(of_model(RackAuditLine), LINE)
    noted = list(kept.order_by(order, "pk").values_list("pk", "device"))
    of_line = lines.by_id([pk for pk, _ in noted], context)
    wanted = {pk for pk, _, _ in placed} | {device for _, device in noted if device}
    devices = page_reader(of_model(Device), DEVICE).by_id(sorted(wanted), context)
    halves = dict(Device.objects.filter(pk__in=wanted).values_list("pk", "height_half_u"))
    by_device = {device: of_line[pk] for pk, device in noted if device}
    rows = [
        Row(devices[pk], by_device.get(pk), halves.get(pk, 0), bool(bay))
        for pk, bay, _ in placed
        if pk in devices
    ]
    here = {pk for pk, _, _ in placed}
    others = [
        Row(devices.get(device), of_line[pk], halves.get(device, 0))
        for pk, device in noted
        if device not in here and (device is None or device in devices)
    ]
    return Walk(audit, frame, rows, others, live)


def _placed(
    rack: int, context: ReadContext, *, top_first: bool
) -> Sequence[tuple[int, int | None, Any]]:
    """Id, bay and place of a rack's devices from the top; what is in bays after what has these."""
    place = Coalesce("position", "parent_bay__device__position")
    order = place.desc(nulls_last=True) if top_first else place.asc(nulls_last=True)
    return list(
        access.visible(Device, context.user)
        .filter(rack=rack)
        .annotate(
            _place=place,
            _face=Coalesce("face", "parent_bay__device__face"),
            _chassis=Coalesce("parent_bay__device", "pk"),
        )
        .order_by(
            order, "_face", "_chassis", F("parent_bay").asc(nulls_first=True), "name_natural", "pk"
        )
        .values_list("pk", "parent_bay", "_place")
    )


def page_of(audit: int, action: str = "") -> str:
    """The address of an audit's page."""
    return f"{root()}/dcim/rack-audits/{audit}/{action}{'/' if action else ''}"
