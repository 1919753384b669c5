"""What the change history costs a bulk write of 10,000 rows.

    python -m bench.history                    or: make bench-history

A database of its own, `data/bench/history` or `<HEADROOM_DATA>/history`. The same rows are created,
changed and deleted with the triggers of the history on and off, in turn, so that whatever else the
machine does meets both alike: by one REST request each, and by what is within it and within imports
and bulk edits alike, the write itself, without reading JSON, checking values and answering.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.estate import connect

PER_DEVICE = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.history", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    connect("history")
    print(f"{options.rows:,} rows, medians of {options.rounds} rounds")
    print(f"{'':34}{'without':>10}{'with':>10}{'history':>9}")
    for name, values, changed in (_sites(options.rows), _interfaces(options.rows)):
        for door in (_request, _write):
            taken = _rounds(door(name, values, changed), options.rounds)
            for action in ("create", "change", "delete"):
                off, on = (statistics.median(taken[action, kept]) for kept in (False, True))
                what = f"{action} {name} by {door.__name__[1:]}"
                print(f"{what:<34}{off:8.2f} s{on:8.2f} s{on / off - 1:+9.0%}", flush=True)


Values = list[dict[str, Any]]


def _sites(rows: int) -> tuple[str, Values, dict[str, Any]]:
    names = [f"bench-{n:05}" for n in range(rows)]
    return "dcim/sites", [{"name": name, "slug": name} for name in names], {"facility": "Hall 5"}


def _interfaces(rows: int) -> tuple[str, Values, dict[str, Any]]:
    from dcim.models import Device, DeviceRole, DeviceType, Interface
    from facilities.models import Site
    from racks.models import Manufacturer

    Interface.objects.all().delete()
    Device.objects.all().delete()
    site, _ = Site.objects.get_or_create(name="Bench", slug="bench")
    role, _ = DeviceRole.objects.get_or_create(name="Bench", slug="bench")
    maker, _ = Manufacturer.objects.get_or_create(name="Bench", slug="bench")
    kind, _ = DeviceType.objects.get_or_create(manufacturer=maker, model="Bench", slug="bench")
    devices = Device.objects.bulk_create(
        Device(name=f"bench-{n}", site=site, role=role, device_type=kind)
        for n in range(-(-rows // PER_DEVICE))
    )
    values = [
        {
            "device": devices[n // PER_DEVICE],
            "name": f"et-{n % PER_DEVICE}",
            "type": "100gbase-x-qsfp28",
        }
        for n in range(rows)
    ]
    return "dcim/interfaces", values, {"description": "Leaf to spine"}


Steps = tuple[str, Callable[[], Any], Callable[[Any], Any], Callable[[Any], Any]]


def _write(name: str, values: Values, changed: dict[str, Any]) -> Steps:
    """The table; what creates the rows, and what changes and deletes what that returned."""
    from core import registry, write

    resource = registry.of_path(name)
    user = _user()
    return (
        resource.model._meta.db_table,
        lambda: [row.pk for row in write.create(resource, values, user)],
        lambda ids: write.update(resource, [(pk, dict(changed)) for pk in ids], user),
        lambda ids: write.delete(resource, ids, user),
    )


def _request(name: str, values: Values, changed: dict[str, Any]) -> Steps:
    """The same over REST, but for the network."""
    from django.db.models import Model
    from rest_framework.test import APIClient

    from core import registry

    resource = registry.of_path(name)
    client, url = APIClient(HTTP_HOST="localhost"), resource.list_url()
    client.force_authenticate(_user())
    given = [
        {key: each.pk if isinstance(each, Model) else each for key, each in row.items()}
        for row in values
    ]

    def sent(method: Callable[..., Any], rows: Values) -> Any:
        answer = method(url, rows, format="json")
        assert answer.status_code < 300, answer.content[:500]
        return answer

    return (
        resource.model._meta.db_table,
        lambda: [row["id"] for row in sent(client.post, given).json()],
        lambda ids: sent(client.patch, [{"id": pk, **changed} for pk in ids]),
        lambda ids: sent(client.delete, [{"id": pk} for pk in ids]),
    )


def _user() -> Any:
    from core.models import User

    return User.objects.filter(username="bench").first() or User.objects.create_superuser("bench")


def _rounds(steps: Steps, rounds: int) -> dict[tuple[str, bool], list[float]]:
    """Seconds of each action, by whether history is kept; the first round only warms up."""
    table, create, change, delete = steps
    taken: dict[tuple[str, bool], list[float]] = {}

    def timed(action: str, kept: bool, work: Callable[..., Any], *given: Any) -> Any:
        start = time.perf_counter()
        found = work(*given)
        taken.setdefault((action, kept), []).append(time.perf_counter() - start)
        return found

    for number in range(2 * (rounds + 1)):
        kept = bool(number % 2)
        _keep(table, kept)
        ids = timed("create", kept, create)
        timed("change", kept, change, ids)
        timed("delete", kept, delete, ids)
    _keep(table, True)
    return {key: found[1:] for key, found in taken.items()}


def _keep(table: str, kept: bool) -> None:
    """Switch the table's triggers of history on or off, and tidy up before the next round."""
    from django.db import connection

    from core.history import install

    with connection.cursor() as cursor:
        for owner, trigger in install.triggers():
            if owner == table:
                cursor.execute(
                    f"ALTER TABLE {table} {'EN' if kept else 'DIS'}ABLE TRIGGER {trigger}"
                )
        cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


if __name__ == "__main__":
    main()
