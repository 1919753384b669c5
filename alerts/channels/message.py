"""What is told, whatever carries it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class Failed(Exception):
    """A message was not delivered; the sentence says why.

    `permanent`: trying again would fail the same way.
    """

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence[:600])
        self.permanent = permanent


@dataclass(frozen=True)
class Item:
    """One alert of a message, as it is now."""

    pk: int
    rule: str
    severity: str
    name: str
    message: str
    value: float | None
    unit: str
    threshold: float
    place: str
    url: str
    runbook: str
    labels: dict[str, str]
    started: dt.datetime
    resolved: dt.datetime | None


@dataclass(frozen=True)
class Message:
    """Some alerts in one message. `key` stays the same however often it is tried."""

    key: str
    title: str
    firing: Sequence[Item]
    resolved: Sequence[Item]
    escalation: bool = False
    link: str = ""

    SHOWN = 30

    @property
    def severity(self) -> str:
        """The worst of what fires; resolved where nothing does."""
        ranks = ("critical", "warning", "info")
        found = {item.severity for item in self.firing}
        return next((each for each in ranks if each in found), "resolved")

    @property
    def text(self) -> str:
        """Lines for people: the worst first, no more than can be read."""
        lines = [self.title, ""]
        for heading, items in (("Firing", self.firing), ("Resolved", self.resolved)):
            if not items:
                continue
            lines += [f"{heading}: {len(items)}", *[_line(each) for each in items[: self.SHOWN]]]
            if len(items) > self.SHOWN:
                lines.append(f"… and {len(items) - self.SHOWN} more.")
            lines.append("")
        if self.link:
            lines.append(self.link)
        return "\n".join(lines).strip() + "\n"

    def payload(self, most: int) -> dict[str, Any]:
        """For machines; of each list at most so many alerts, the worst first."""
        return {
            "key": self.key,
            "title": self.title,
            "severity": self.severity,
            "escalation": self.escalation,
            "url": self.link,
            "firing_count": len(self.firing),
            "resolved_count": len(self.resolved),
            "firing": [_told(item) for item in self.firing[:most]],
            "resolved": [_told(item) for item in self.resolved[:most]],
        }


def _line(item: Item) -> str:
    place = f" ({item.place})" if item.place else ""
    runbook = f" {item.runbook}" if item.runbook else ""
    return f"- [{item.severity}] {item.message}{place} {item.url}{runbook}".rstrip()


def _told(item: Item) -> dict[str, Any]:
    return {
        "id": item.pk,
        "rule": item.rule,
        "severity": item.severity,
        "object": item.name,
        "message": item.message,
        "value": item.value,
        "unit": item.unit,
        "threshold": item.threshold,
        "place": item.place,
        "labels": item.labels,
        "started": item.started.isoformat(),
        "resolved": item.resolved.isoformat() if item.resolved else None,
        "url": item.url,
        "runbook": item.runbook,
    }
