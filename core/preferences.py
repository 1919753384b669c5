"""How a person wants pages: theme, density, rows, times, units, the first page.

They are part of the user's row, so they cost no statement; the middleware puts those of who asks
into `current` for the time of a request. What is stored may be of an older version: values that
are not known count as not chosen.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils import timezone

from core.models import User

THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}
DENSITIES = {"compact": "Compact", "comfortable": "Comfortable"}
SIZES = (50, 100, 250)
UNITS = {
    "recorded": "As recorded",
    "metric": "Metric: m, mm, kg, °C",
    "imperial": "Imperial: ft, in, lb, °F",
}
DATES = {
    "iso": "%Y-%m-%d",
    "dots": "%d.%m.%Y",
    "slashes": "%d/%m/%Y",
    "american": "%m/%d/%Y",
    "words": "%d %b %Y",
}

_WORDS = {"theme": THEMES, "density": DENSITIES, "dates": DATES, "units": UNITS}


@dataclass(frozen=True)
class Preferences:
    """What a person chose. `start` is a path of this server, empty for the overview."""

    theme: str = "system"
    density: str = "compact"
    rows: int = SIZES[0]
    time_zone: str = ""
    dates: str = "iso"
    units: str = "recorded"
    start: str = ""


STANDARD = Preferences()
current: ContextVar[Preferences] = ContextVar("preferences", default=STANDARD)


def time_zones() -> list[str]:
    """Names of the time zones that can be chosen."""
    names = zoneinfo.available_timezones()
    return sorted(name for name in names if "/" in name and not name.startswith(("Etc/", "System")))


def known(name: str, value: Any) -> bool:
    """Whether `value` can be chosen for the preference `name`."""
    if name == "rows":
        return value in SIZES
    if not isinstance(value, str):
        return False
    if name == "time_zone":
        return value == "" or _zone(value) is not None
    if name == "start":
        return value == "" or (value.startswith("/") and not value.startswith("//"))
    return value in _WORDS[name]


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def of(user: Any) -> Preferences:
    """The preferences of a user; the standard ones of anybody else."""
    stored = user.preferences if isinstance(user, User) else None
    if not stored or not isinstance(stored, dict):
        return STANDARD
    names = [each.name for each in fields(Preferences)]
    return Preferences(**{n: stored[n] for n in names if n in stored and known(n, stored[n])})


def store(user: User, **chosen: Any) -> None:
    """Keep preferences beside those chosen before; raises ValueError for a value not known."""
    for name, value in chosen.items():
        if not known(name, value):
            raise ValueError(f"{name} cannot be {value!r}")
    made = asdict(of(user)) | chosen
    standard = asdict(STANDARD)
    user.preferences = {name: value for name, value in made.items() if value != standard[name]}
    user.save(update_fields=["preferences"])


@contextmanager
def applied(chosen: Preferences) -> Iterator[None]:
    """Show times and pages as chosen."""
    token = current.set(chosen)
    zone = _zone(chosen.time_zone) if chosen.time_zone else None
    try:
        with timezone.override(zone):
            yield
    finally:
        current.reset(token)


def day(value: dt.date) -> str:
    """A day as the reader writes days."""
    return value.strftime(DATES[current.get().dates])


def moment(value: dt.datetime, *, seconds: bool = False) -> str:
    """A moment in the reader's time zone, to the minute or the second, without the zone."""
    local = timezone.localtime(value)
    return f"{day(local.date())} {local.strftime('%H:%M:%S' if seconds else '%H:%M')}"


def zone(value: dt.datetime | None = None) -> str:
    """What the reader's time zone is called at a moment, now if none is given: `UTC`, `CEST`."""
    return timezone.localtime(value or timezone.now()).strftime("%Z")
