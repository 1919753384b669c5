"""Prometheus Alertmanager's API, version 2: it groups, silences and routes by itself.

What fires is sent again at each repeat of the route; Alertmanager forgets an alert that is not,
so it is told when each is to be forgotten.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from alerts.channels.http import address_fault, encoded, post
from alerts.channels.message import Item, Message
from alerts.models import Channel

PATH = "/api/v2/alerts"
AT_ONCE = 500
LASTS = dt.timedelta(days=31)


def faults(channel: Channel) -> dict[str, list[str]]:
    """What is wrong with the address."""
    return address_fault(channel.address)


def send(channel: Channel, message: Message) -> None:
    """Post the alerts, some hundreds at a time; raises Failed."""
    url = channel.address.rstrip("/")
    url = url if url.endswith(PATH) else url + PATH
    headers = {"Authorization": f"Bearer {channel.secret}"} if channel.secret else {}
    alerts = [_told(item) for item in (*message.firing, *message.resolved)]
    for begin in range(0, len(alerts), AT_ONCE):
        post(url, encoded(alerts[begin : begin + AT_ONCE]), headers)


def _told(item: Item) -> dict[str, Any]:
    ends = item.resolved or item.started + LASTS
    labels = {name: value for name, value in item.labels.items() if value}
    return {
        "labels": {"alertname": item.rule, "severity": item.severity, **labels},
        "annotations": {"summary": item.message, "runbook_url": item.runbook},
        "startsAt": item.started.isoformat(),
        "endsAt": ends.isoformat(),
        "generatorURL": item.url or "http://localhost/",
    }
