"""The rules an installation begins with; people change, disable or delete them."""

from django.db import migrations

FILLS = (
    ("space", "Space"),
    ("power", "Power"),
    ("weight", "Weight"),
    ("air-cooling", "Air cooling"),
    ("liquid-cooling", "Liquid cooling"),
    ("switch-ports", "Switch ports"),
    ("patch-ports", "Patch-panel ports"),
    ("outlets", "Outlets"),
)
HOLD = 60  # seconds; a move is several changes


def rules():
    """Name and columns of every rule."""
    for resource, label in FILLS:
        for severity, percent in (("warning", 80), ("critical", 90)):
            yield (
                f"{label} of racks over {percent} %",
                {
                    "metric": f"rack.{resource}.percent",
                    "threshold": percent,
                    "clear_threshold": percent - 2,
                    "severity": severity,
                    "hold_seconds": HOLD,
                },
            )
    for kind, label in (("equipment", "power equipment"), ("panel", "panels"), ("feed", "feeds")):
        for severity, percent in (("warning", 80), ("critical", 90)):
            yield (
                f"Load of {label} over {percent} % of usable",
                {
                    "metric": f"{kind}.percent",
                    "threshold": percent,
                    "clear_threshold": percent - 2,
                    "severity": severity,
                    "hold_seconds": HOLD,
                },
            )
        yield (
            f"Worst case of {label} over 100 %",
            {
                "metric": f"{kind}.worst-percent",
                "comparison": "gt",
                "threshold": 100,
                "severity": "critical",
                "hold_seconds": HOLD,
                "description": "One failure would overload it.",
            },
        )
    for kind, label in (("equipment", "power equipment"), ("feed", "feeds")):
        yield (
            f"Imbalance of {label} over 20 %",
            {
                "metric": f"{kind}.imbalance",
                "comparison": "gt",
                "threshold": 20,
                "clear_threshold": 18,
                "severity": "warning",
                "hold_seconds": HOLD,
            },
        )
    yield (
        "Device is not truly A/B",
        {
            "metric": "device.not-diverse",
            "threshold": 1,
            "severity": "warning",
            "hold_seconds": HOLD,
            "description": "One failure takes all its supplies.",
        },
    )
    for severity, days in (("warning", 180), ("critical", 60)):
        yield (
            f"Lease ends within {days} days",
            {
                "metric": "lease.days-left",
                "comparison": "lte",
                "threshold": days,
                "severity": severity,
            },
        )


def add(apps, schema_editor):
    """Add those whose names are free."""
    rule = apps.get_model("alerts", "Rule")
    taken = set(rule.objects.values_list("name", flat=True))
    rule.objects.bulk_create(
        [rule(name=name, **columns) for name, columns in rules() if name not in taken]
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_told_and_seen")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=True)]
