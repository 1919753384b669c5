"""Slack, Teams, PagerDuty and others through Apprise.

Apprise connects by itself, in ways that differ from service to service. So that none of them
reaches an internal network, each connection that is made while it works is checked where Python
makes it, by an audit hook: the address is the resolved one, whatever the name was, also after a
redirect. Only services that speak HTTP are offered.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from apprise import Apprise, NotifyType
from apprise.logger import logger as apprise_logger

from alerts import outbound
from alerts.channels.message import Failed, Message
from alerts.engine import retry
from alerts.models import Channel

SERVICES = {
    *("slack", "workflow", "workflows", "pagerduty", "opsgenie", "discord", "tgram", "mmost"),
    *("mmosts", "rocket", "rockets", "gchat", "wxteams", "webex", "matrix", "matrixs", "ntfy"),
    *("ntfys", "pover", "gotify", "gotifys", "betterstack", "splunk", "victorops", "squadcast"),
    *("zulip", "twilio", "signl4", "ilert", "incidentio", "jira", "pagertree", "goalert"),
    *("goalerts", "vonage", "nexmo", "zoom", "msteams"),
}
_TYPES = {
    "critical": NotifyType.FAILURE,
    "warning": NotifyType.WARNING,
    "info": NotifyType.INFO,
    "resolved": NotifyType.SUCCESS,
}
_STATUS = re.compile(r"error=(\d{3})|\b([45]\d\d)\b")

# Whatever Apprise says may hold a token, so it never gets into a log.
apprise_logger.propagate = False
if not apprise_logger.handlers:
    apprise_logger.addHandler(logging.NullHandler())


class _Guard:
    """Whether connections are checked just now, and which was refused."""

    def __init__(self) -> None:
        self.refused = ""


_guard: ContextVar[_Guard | None] = ContextVar("guard", default=None)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto"):
        return
    guard = _guard.get()
    if guard is None:
        return
    place = arguments[1]
    host = str(place[0]) if isinstance(place, tuple) and place else str(place)
    try:
        allowed = outbound.allowed(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        allowed = False
    if not allowed:
        guard.refused = (
            f"{host} is internal. An operator may allow its network in OUTBOUND_NETWORKS."
        )
        raise PermissionError(guard.refused)


@cache
def _install() -> None:
    """Add the hook, once for a process's life; hooks cannot be taken away."""
    sys.addaudithook(_hook)


@contextmanager
def guarded() -> Iterator[_Guard]:
    """Check every connection that is made inside, also by threads that inherit the context."""
    _install()
    made = _Guard()
    token = _guard.set(made)
    try:
        yield made
    finally:
        _guard.reset(token)


class _Said(logging.Handler):
    """Keeps what Apprise complains of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(record.getMessage())


def faults(channel: Channel) -> dict[str, list[str]]:
    """What is wrong with the address, which is a secret as a whole."""
    scheme = channel.secret.partition("://")[0].lower()
    if not channel.secret:
        return {"secret": ["Enter the Apprise address, such as slack://… or pagerduty://…"]}
    if scheme not in SERVICES:
        return {"secret": [f"{scheme[:30]} is none of {', '.join(sorted(SERVICES))}."]}
    if Apprise.instantiate(channel.secret, suppress_exceptions=True) is None:
        return {"secret": [f"This is no complete address of {scheme}."]}
    return {}


def send(channel: Channel, message: Message) -> None:
    """Have Apprise send the message; raises Failed."""
    if channel.secret.partition("://")[0].lower() not in SERVICES:
        raise Failed("The service of this address is not supported.", permanent=True)
    made = Apprise.instantiate(channel.secret, suppress_exceptions=True)
    if made is None:
        raise Failed("The address is not complete.", permanent=True)
    said = _Said()
    apprise_logger.addHandler(said)
    try:
        with guarded() as guard:
            done = bool(
                made.notify(
                    body=message.text,
                    title=message.title,
                    notify_type=_TYPES[message.severity],
                )
            )
    except Exception as error:
        raise Failed(guard.refused or f"{type(error).__name__} in Apprise.") from error
    finally:
        apprise_logger.removeHandler(said)
    if guard.refused:
        raise Failed(guard.refused, permanent=True)
    if not done:
        raise _failure(" ".join(said.lines), channel.secret)


def _failure(text: str, secret: str) -> Failed:
    """What Apprise complained of, without anything of the address."""
    found = _STATUS.search(text)
    status = int(found[1] or found[2]) if found else 0
    parts = [part for part in re.split(r"[/:@?&=]+", secret.partition("://")[2]) if len(part) > 3]
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "…")
    sentence = text.strip() or "The service did not take it."
    return Failed(sentence, permanent=bool(status) and retry.is_permanent(status))
