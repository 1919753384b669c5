"""Where people are signed in: Django's sessions in a table that says whose, from where, since when.

The key of a session is a secret, so pages name a session by a digest of it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.models import Session, User

# Chromium and its kin name each other, so the order matters.
BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
    ("curl", r"^curl/"),
    ("Python", r"^python"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with the columns of `core.models.Session`."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row for a session's data."""
        row: Any = super().create_model_instance(data)
        row.user_id = data.get("_auth_user_id")
        row.address = data.get("address")
        row.agent = data.get("agent", "")
        row.began, row.used = _time(data.get("began")), _time(data.get("used"))
        made: Session = row
        return made


def _time(seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


@dataclass(frozen=True)
class SignedIn:
    """A browser in which somebody is signed in. `handle` names it without telling its key."""

    handle: str
    device: str
    address: str
    began: dt.datetime | None
    used: dt.datetime | None
    current: bool


def device(agent: str) -> str:
    """A browser in words, such as `Firefox on Windows`, from what it says of itself."""
    browser = next((name for name, mark in BROWSERS if re.search(mark, agent)), "")
    system = next((name for name, mark in SYSTEMS if re.search(mark, agent)), "")
    return " on ".join(filter(None, (browser, system))) or "Unknown device"


def handle(key: str) -> str:
    """The public name of a session."""
    return salted_hmac("core.sessions", key, algorithm="sha256").hexdigest()[:20]


def of(user: User, current: str | None = None) -> list[SignedIn]:
    """Where `user` is signed in, latest use first; `current` is the key of the session at hand."""
    rows = Session.objects.filter(user_id=user.pk, expire_date__gt=timezone.now())
    found = [
        SignedIn(
            handle(row.session_key),
            device(row.agent),
            row.address or "",
            row.began,
            row.used,
            row.session_key == current,
        )
        for row in rows.order_by("-used", "session_key").defer("session_data")
    ]
    return sorted(found, key=lambda each: not each.current)


def end(user: User, wanted: str) -> bool:
    """End the session of `user` with this handle; False when there is none (any more)."""
    for key in Session.objects.filter(user_id=user.pk).values_list("session_key", flat=True):
        if handle(key) == wanted:
            return bool(Session.objects.filter(session_key=key).delete()[0])
    return False


def end_all(users: Collection[int], *, but: str | None = None) -> int:
    """End all sessions of these users, except the one with the key `but`; how many those were."""
    ended: int = (
        Session.objects.filter(user_id__in=users).exclude(session_key=but or "").delete()[0]
    )
    return ended
