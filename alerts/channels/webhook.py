"""JSON to an address, signed with HMAC-SHA512 as webhooks of event rules are."""

from __future__ import annotations

import hashlib
import hmac

from alerts.channels.http import address_fault, encoded, post
from alerts.channels.message import Message
from alerts.models import Channel

MOST = 1000  # alerts of one kind in one body


def faults(channel: Channel) -> dict[str, list[str]]:
    """What is wrong with the address."""
    return address_fault(channel.address)


def send(channel: Channel, message: Message) -> None:
    """Post the message; raises Failed."""
    body = encoded(message.payload(MOST))
    headers = {"X-Headroom-Notification": message.key}
    if channel.secret:
        signature = hmac.new(channel.secret.encode(), body, hashlib.sha512).hexdigest()
        headers["X-Hook-Signature"] = signature
    post(channel.address, body, headers)
