"""Keeps utilization true: from changes of records, and as a whole.

1. `take` reads the outbox in order and notes what the changes reach as `Stale`, in the transaction
   in which it advances: no change is lost, however often or by how many this runs.
2. `reckon_stale` reckons what is noted: racks with the places above them first, which takes
   milliseconds, then power and cooling of whole sites, then tenants. What it takes from the notes
   and what it writes is one transaction.
3. `recompute` does everything anew; the result is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from capacity import changes
from capacity.contents import refresh_places, refresh_racks
from capacity.models import Stale, Utilization, UtilizationSnapshot
from capacity.owners import refresh_tenants
from capacity.supply import refresh_site
from core import outbox
from core.models import OutboxReader
from facilities.models import Site
from racks.models import Rack

READER = "capacity"
RACKS = 500  # that are brought up to date one by one; beyond that all are
LOCK = 0x4361_7061_6369_7479  # key of the advisory lock of whoever reckons

Listener = Callable[[list[int]], None]
_listeners: list[Listener] = []


def on_change(listener: Listener) -> None:
    """Call a function with the ids of rows of utilization that changed, once that is committed."""
    _listeners.append(listener)


def take() -> bool:
    """Note what a stretch of changes reaches; whether more wait."""
    with outbox.claim_stretch(READER) as stretch:
        if stretch.last > stretch.after:
            found = changes.touched(stretch)
            note(Stale.Scope.RACK, found.racks)
            note(Stale.Scope.SITE, found.sites)
            note(Stale.Scope.TENANT, found.tenants)
        return stretch.more


def note(scope: str, ids: Iterable[int]) -> None:
    """Note something as stale; waits for a reckoning of it that is under way, to come after it."""
    wanted = sorted(ids)
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO capacity_stale (scope, object_id, since)"
            " SELECT %s, unnest(%s::bigint[]), %s"
            " ON CONFLICT (scope, object_id) DO UPDATE SET since = excluded.since",
            [str(scope), wanted, timezone.now()],
        )


def reckon_stale() -> int:
    """Reckon what is noted, unless somebody else is at it; returns how many rows changed."""
    ensure()
    changed = _one(_reckon_racks)
    for site in _noted(Stale.Scope.SITE):
        changed += _one(partial(_reckon, Stale.Scope.SITE, [site], _sites))
    tenants = _noted(Stale.Scope.TENANT)
    if tenants:
        changed += _one(lambda: _reckon(Stale.Scope.TENANT, tenants, refresh_tenants))
    return changed


def _noted(scope: str) -> list[int]:
    rows = Stale.objects.filter(scope=scope).order_by("since", "pk")
    return list(rows.values_list("object_id", flat=True))


def _reckon_racks() -> list[int]:
    racks = _noted(Stale.Scope.RACK)
    return _reckon(Stale.Scope.RACK, racks, _racks) if racks else []


def _racks(ids: list[int]) -> list[int]:
    known = Utilization.objects.filter(rack__in=ids, site__isnull=False).order_by()
    sites = set(known.values_list("site", flat=True).distinct())
    found = Rack.objects.filter(pk__in=ids).order_by()
    sites |= set(found.values_list("site", flat=True).distinct())
    changed = refresh_racks(ids if len(ids) <= RACKS else None)
    note(Stale.Scope.SITE, sites)
    return changed + refresh_places(sites)


def _sites(ids: list[int]) -> list[int]:
    # Limits of floors count at the places, and a location may have come or gone.
    return [*refresh_places(ids), *(pk for site in ids for pk in refresh_site(site))]


def _reckon(scope: str, ids: list[int], work: Callable[[list[int]], list[int]]) -> list[int]:
    """Take notes off and do their work; a note made meanwhile waits, and is done later."""
    Stale.objects.filter(scope=scope, object_id__in=ids).delete()
    return work(ids)


def _one(work: Callable[[], list[int]]) -> int:
    """Run some work in one transaction, alone; tell the listeners. 0 when another is at it."""
    with transaction.atomic():
        if not _alone():
            return 0
        changed = work()
        if changed:
            transaction.on_commit(lambda: _tell(changed))
    return len(changed)


def _alone(wait: bool = False) -> bool:
    name = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}(%s)", [LOCK])
        return wait or bool(cursor.fetchone()[0])


def _tell(changed: list[int]) -> None:
    for listener in _listeners:
        listener(changed)


def ensure() -> None:
    """Begin to follow the changes, and reckon everything, where that was never done."""
    if not OutboxReader.objects.filter(name=READER).exists():
        outbox.add_reader(READER)
        recompute()


def recompute(progress: Callable[[str], Any] = lambda step: None) -> int:
    """Reckon everything anew; returns how many rows changed."""
    changed = 0

    def everything(work: Callable[[], list[int]]) -> None:
        nonlocal changed
        with transaction.atomic():
            _alone(wait=True)
            found = work()
            if found:
                transaction.on_commit(lambda: _tell(found))
        changed += len(found)

    progress("racks")
    everything(lambda: _forget(Stale.Scope.RACK, lambda: refresh_racks(None)))
    everything(_forget_gone)
    everything(lambda: refresh_places(None))
    for site in Site.objects.order_by("pk").values_list("pk", flat=True):
        progress(f"site {site}")
        everything(partial(_reckon, Stale.Scope.SITE, [site], _power))
    progress("tenants")
    everything(lambda: _forget(Stale.Scope.TENANT, lambda: refresh_tenants(None)))
    return changed


def _power(ids: list[int]) -> list[int]:
    return [pk for site in ids for pk in refresh_site(site)]


def _forget(scope: str, work: Callable[[], list[int]]) -> list[int]:
    Stale.objects.filter(scope=scope).delete()
    return work()


def _forget_gone() -> list[int]:
    """Remove the rows of sites that are gone, with what was in them."""
    gone = Utilization.objects.filter(site__isnull=False).exclude(
        site__in=Site.objects.order_by().values("pk")
    )
    UtilizationSnapshot.objects.filter(utilization__in=gone).delete()
    gone.delete()
    return []


def snapshot(day: dt.date) -> int:
    """Keep the figures of a day, which replace those kept of it before; drop what is too old."""
    if settings.CAPACITY_DAYS:
        oldest = day - dt.timedelta(days=settings.CAPACITY_DAYS)
        UtilizationSnapshot.objects.filter(day__lt=oldest).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO capacity_utilizationsnapshot"
            " (utilization_id, day, capacity, used, committed, worst_percent)"
            " SELECT id, %s, capacity, used,"
            " used + coalesce(reserved, 0) + coalesce(planned, 0), worst_percent"
            " FROM capacity_utilization WHERE used IS NOT NULL"
            " ON CONFLICT (utilization_id, day) DO UPDATE SET capacity = excluded.capacity,"
            " used = excluded.used, committed = excluded.committed,"
            " worst_percent = excluded.worst_percent",
            [day],
        )
        return int(cursor.rowcount)
