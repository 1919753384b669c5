"""Typed reading of settings from the environment.

Every reader raises `ImproperlyConfigured` with one sentence that names the variable, so that
whoever starts the program learns what to change and nothing else.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_BROKERS = {"filesystem", "redis", "rediss", "amqp", "amqps"}


def text(name: str, default: str = "") -> str:
    """The variable without surrounding space; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str:
    """The variable, or the first line of the file that `<name>_FILE` points to."""
    value, path = text(name), text(f"{name}_FILE")
    if not path:
        return value
    if value:
        raise ImproperlyConfigured(f"Set either {name} or {name}_FILE, not both.")
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {reason}.") from error
    if not lines or not lines[0].strip():
        raise ImproperlyConfigured(f"{name}_FILE: {path} is empty.")
    return lines[0].strip()


def flag(name: str, default: bool) -> bool:
    """A yes or no."""
    value = text(name).lower()
    if not value:
        return default
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def integer(name: str, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value = text(name)
    try:
        number = int(value) if value else default
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {low} to {high}, not {value!r}."
        )
    return number


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of some words."""
    value = text(name, default).lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    found = [word.strip() for word in text(name).split(",") if word.strip()]
    return found or default


def hosts(name: str, default: list[str]) -> list[str]:
    """Host names as Django's ALLOWED_HOSTS wants them: no scheme, port or path."""
    found = words(name, default)
    for host in found:
        if "/" in host or " " in host or (":" in host and not host.startswith("[")):
            raise ImproperlyConfigured(
                f"{name} takes host names without scheme, port or path, not {host!r}."
            )
    return found


def networks(name: str) -> tuple[Network, ...]:
    """Addresses and networks separated by commas."""
    found = []
    for word in words(name, []):
        try:
            found.append(ipaddress.ip_network(word, strict=False))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} takes addresses and networks such as 10.0.0.0/8, not {word!r}."
            ) from error
    return tuple(found)


def folder(name: str, default: Path) -> Path:
    """An absolute folder, created when absent and checked to be writable."""
    path = Path(text(name, str(default))).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}: cannot use {path} as a folder: {error.strerror}."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}: the folder {path} is not writable.")
    return path


def database(name: str) -> dict[str, Any] | None:
    """Django's settings of the PostgreSQL server a URL names; `None` when there is no URL."""
    url = secret(name)
    if not url:
        return None
    # The URL may hold a password, so it is never repeated in the message.
    wrong = f"{name} must look like postgresql://user:password@host:5432/database."
    try:
        parts = urlsplit(url)
        port = parts.port
        config = dict(environ.Env.db_url_config(url))
    except Exception as error:  # the parser raises many kinds, all meaning the same
        raise ImproperlyConfigured(wrong) from error
    if parts.scheme not in {"postgres", "postgresql"} or not config.get("NAME") or port == 0:
        raise ImproperlyConfigured(wrong)
    config["HOST"] = unquote(config.get("HOST") or "")  # a socket's folder comes as %2Frun%2F...
    config["ENGINE"] = "django.db.backends.postgresql"
    return config


def broker(name: str, default: str) -> str:
    """The URL of the message broker."""
    url = secret(name) or default
    if url.partition("://")[0] not in _BROKERS or "://" not in url:
        raise ImproperlyConfigured(
            f"{name} must start with redis://, rediss://, amqp:// or amqps://."
        )
    return url


def kept_secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The secret in `path`; made and kept there, readable by its owner only, when absent.

    Two processes that start at once end with the same secret: the file is complete when it
    appears under its name, and only the first may create it.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make() + "\n", encoding="utf-8")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"Cannot read {path}: {error.strerror}.") from error
    if not value:
        raise ImproperlyConfigured(f"{path} is empty; remove it to have a new one made.")
    return value
