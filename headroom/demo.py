"""The demo login and the demo estate of a first start."""

from __future__ import annotations

import ipaddress
import secrets
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import get_commands

from headroom.env import kept_secret

LOGIN = "demo"
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def is_local() -> bool:
    """Whether only this machine can reach the server."""
    if settings.TRUSTED_PROXIES:
        return False
    host = settings.LISTEN_HOST.strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def settled() -> bool:
    """Whether no account of an earlier start is to be shut; told before Django is set up."""
    return (settings.DEMO and is_local()) or not _password_file().exists()


def prepare_login() -> str | None:
    """Have the demo administrator where that is safe; its password, or `None` without one.

    The account is made only on a server that nobody else can reach and in a database nobody
    else uses. One that an earlier start made is shut as soon as others can reach the server, and
    one whose password somebody changed is left alone.
    """
    users = get_user_model()._default_manager
    kept = _password_file()
    user = users.filter(username=LOGIN).first()
    if not settings.DEMO or not is_local():
        if user is not None and kept.exists() and user.is_active:
            user.is_active = False
            user.save(update_fields=["is_active"])
        return None
    if user is None:
        if users.filter(is_active=True).exists():
            return None
        kept.unlink(missing_ok=True)
        password = settings.DEMO_PASSWORD or kept_secret(kept, _password)
        kept_secret(kept, lambda: password)
        users.create_superuser(LOGIN, password=password)
        return password
    if not kept.exists():
        return None
    password = kept_secret(kept)
    if not user.check_password(password):
        return None
    if settings.DEMO_PASSWORD and password != settings.DEMO_PASSWORD:
        kept.unlink()
        password = kept_secret(kept, lambda: settings.DEMO_PASSWORD)
        user.set_password(password)
    user.is_active = True
    user.save(update_fields=["is_active", "password"])
    return password


def wants_estate() -> bool:
    """Whether the database is empty and the estate can be built."""
    if not settings.DEMO or "demo_estate" not in get_commands():
        return False
    return not apps.get_model("facilities", "Site")._default_manager.exists()


def _password_file() -> Path:
    return Path(settings.DATA_DIR) / "demo_password"


def _password() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
