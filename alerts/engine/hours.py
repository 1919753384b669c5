"""When a route is in force: days of the week and a time of day; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Hours:
    """Days (0 is Monday) from one time of day until another, in a time zone.

    Without times it is the whole day. A span over midnight belongs to the day it begins on.
    """

    days: Collection[int] = EVERY_DAY
    begins: dt.time | None = None
    ends: dt.time | None = None
    zone: str = "UTC"

    def holds(self, now: dt.datetime) -> bool:
        """Whether `now`, a moment with a time zone, lies within."""
        local = now.astimezone(ZoneInfo(self.zone))
        day, time = local.weekday(), local.time()
        begins, ends = self.begins or dt.time.min, self.ends
        if ends is None or begins < ends:
            return day in self.days and begins <= time and (ends is None or time < ends)
        if time >= begins:
            return day in self.days
        return time < ends and (day - 1) % 7 in self.days
