"""From what percentage a place is filling up and full, by the records that hold for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from capacity.models import Threshold
from capacity.models.thresholds import CRITICAL_PERCENT, WARN_PERCENT
from core.gather import Fetch, Steps, compiled

Pair = tuple[int, int]


@dataclass
class Thresholds:
    """All thresholds, by resource and place; one statement."""

    found: dict[tuple[str, str, int], Pair] = field(default_factory=dict)

    @classmethod
    def steps(cls) -> Steps:
        """A step that reads them."""
        made = cls()
        rows = yield _rows()
        for resource, rack, location, site, warn, critical in rows:
            kind, pk = next(
                (
                    (kind, pk)
                    for kind, pk in (("rack", rack), ("location", location), ("site", site))
                    if pk
                ),
                ("", 0),
            )
            made.found[resource, kind, pk] = (warn, critical)
        return made

    def of(
        self,
        resource: str,
        rack: int | None = None,
        path: Sequence[int] = (),
        site: int | None = None,
    ) -> Pair:
        """Warn and critical percent that hold for a rack, a location (ids from the top) or a site.

        The nearest count; 80 and 90 where nothing is recorded.
        """
        places = [("rack", rack or 0), *(("location", pk) for pk in reversed(path))]
        for kind, pk in (*places, ("site", site or 0), ("", 0)):
            if (pair := self.found.get((resource, kind, pk))) is not None:
                return pair
        return WARN_PERCENT, CRITICAL_PERCENT


@cache
def _rows() -> Fetch:
    columns = ("resource", "rack", "location", "site", "warn_percent", "critical_percent")
    return compiled(Threshold.objects.order_by().values_list(*columns))


def level(percent: float | None, pair: Pair) -> str:
    """How far a percentage is: `unknown`, `low`, `half`, `warn`, `critical` or `over`."""
    if percent is None:
        return "unknown"
    warn, critical = pair
    if percent > 100:
        return "over"
    if percent >= critical:
        return "critical"
    if percent >= warn:
        return "warn"
    return "half" if percent >= warn * 0.6 else "low"
