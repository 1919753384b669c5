"""Ways to tell of alerts: one module a kind, each with `faults(channel)` and `send(…)`."""

from __future__ import annotations

import datetime as dt

from alerts.channels import alertmanager, chat, mail, webhook
from alerts.channels.message import Failed, Item, Message
from alerts.models import Channel

__all__ = ["Failed", "Item", "Message", "faults", "send", "test"]

_KINDS = {
    Channel.Kind.MAIL: mail,
    Channel.Kind.WEBHOOK: webhook,
    Channel.Kind.APPRISE: chat,
    Channel.Kind.ALERTMANAGER: alertmanager,
}


def faults(channel: Channel) -> dict[str, list[str]]:
    """What is wrong with a channel's address and secret, by field."""
    found: dict[str, list[str]] = _KINDS[Channel.Kind(channel.kind)].faults(channel)
    return found


def send(channel: Channel, message: Message) -> None:
    """Deliver a message; raises Failed."""
    _KINDS[Channel.Kind(channel.kind)].send(channel, message)


def test(channel: Channel, username: str, now: dt.datetime) -> Failed | None:
    """Send a made-up alert; what went wrong."""
    item = Item(
        *(0, "Test", "info", "test", f"A test by {username}.", 1.0, "", 1.0, "", "", ""),
        labels={"rule": "Test", "severity": "info", "object": "test"},
        started=now,
        resolved=now,
    )
    message = Message(f"test-{channel.pk}-{now.timestamp():.0f}", "Headroom: a test", [], [item])
    try:
        send(channel, message)
    except Failed as error:
        return error
    return None
