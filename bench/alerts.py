"""How long 1,000 rules over 100,000 racks take to be looked at.

    python -m bench.alerts                    or: make bench-alerts

A database of its own, `data/bench/alerts` or `<HEADROOM_DATA>/alerts`, has 100,000 racks at twenty
sites with four figures each, and 1,000 rules over these, most of them for one site. It is stored
without triggers: no history, no search. Measured are a look that raises 10,000 alerts and more, one
that finds them as they were, one after all figures moved, and one that ends them.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from bench.estate import connect

SITES, RESOURCES = 20, ("space", "power", "weight", "air-cooling")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.alerts", description=__doc__)
    parser.add_argument("--racks", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=1_000)
    options = parser.parse_args()
    connect("alerts")
    from django.db.models import F
    from django.utils import timezone

    from alerts import watch
    from alerts.models import Alert, Rule
    from capacity.models import Utilization

    store(options.racks, options.rules)
    figures = watch.watched()
    assert len(figures) == len(RESOURCES)

    def look(what: str) -> None:
        start = time.perf_counter()
        told = watch.evaluate(figures, timezone.now())
        taken = time.perf_counter() - start
        count = Alert.objects.filter(resolved__isnull=True).count()
        print(f"{what:<36}{taken:8.2f} s  {told:>8,} began or ended, {count:,} open", flush=True)

    look("alerts are raised")
    look("nothing has changed")
    Utilization.objects.update(percent=F("percent") + 0.01)
    look("every figure has moved a little")
    Rule.objects.update(threshold=1000, clear_threshold=None)
    look("all end")


def store(racks: int, rules: int) -> None:
    """The estate as it is at first, by a few statements."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection, transaction

    from alerts.models import Rule
    from facilities.models import Site
    from racks.models import Rack

    kind = ContentType.objects.get_for_model(Rack).pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("TRUNCATE alerts_rule, capacity_utilization, racks_rack CASCADE")
        Site.objects.all().delete()
        sites = Site.objects.bulk_create(
            [Site(name=f"Bench {n}", slug=f"bench-{n}") for n in range(SITES)]
        )
        pattern = Rack(name="Bench", site=sites[0])
        pattern.save()
        _copy(cursor, Rack, pattern.pk, racks, {"name": "'R' || n", "site_id": _site(sites)})
        cursor.execute("DELETE FROM racks_rack WHERE id = %s", [pattern.pk])
        for resource in RESOURCES:
            cursor.execute(
                "INSERT INTO capacity_utilization (object_type_id, object_id, rack_id, site_id,"
                " resource, variant, unit, percent, worst_node, worst_cause, unknown, updated)"
                " SELECT %s, id, id, site_id, %s, '', '%%', (hashint8(id) & 1023) / 10.24, '', '',"
                " 0, now() FROM racks_rack",
                [kind, resource],
            )
        Rule.objects.bulk_create(
            [
                Rule(
                    name=f"Rule {n}",
                    metric=f"rack.{RESOURCES[n % len(RESOURCES)]}.percent",
                    threshold=99.7 - n % 3 / 10,
                    clear_threshold=90,
                    site=sites[n % SITES] if n % 20 else None,
                )
                for n in range(rules)
            ]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _site(sites: list[Any]) -> str:
    return f"(ARRAY[{', '.join(str(site.pk) for site in sites)}])[n %% {len(sites)} + 1]"


def _copy(cursor: Any, model: Any, pk: int, count: int, other: dict[str, str]) -> None:
    """Copies of a row with some columns by SQL over `n`."""
    columns = [
        f.column for f in model._meta.concrete_fields if not f.primary_key and not f.generated
    ]
    values = [other.get(name, f'"{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(values)}"
        f" FROM {model._meta.db_table}, generate_series(1, %s) n WHERE id = %s",
        [count, pk],
    )


if __name__ == "__main__":
    main()
