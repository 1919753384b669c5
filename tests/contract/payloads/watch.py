"""Rules, silences, channels, routes."""

from __future__ import annotations

from core.models import Tag
from tests.contract.payloads.making import Body, example, new_pk
from tests.facilities.factories import LocationFactory, TenantFactory

MATCHERS = [{"name": "site", "op": "=", "value": "aus1"}]


def _scope(body: Body, n: int) -> Body:
    location = LocationFactory()
    tag = Tag.objects.create(name=f"Watched {n}", slug=f"watched-{n}")
    return {
        "metric": "feed.worst-percent",
        "comparison": "gt",
        "clear_threshold": 70.5,
        "site": location.site_id,
        "location": location.pk,
        "tenant": TenantFactory().pk,
        "object_tag": tag.pk,
        "object_filter": "status=active&name__ic=a",
        "runbook": "https://wiki.example.com/feeds",
        "message": "{{ object }} is full",
    }


example(
    "alerts/rules",
    lambda n: {"name": f"Rule {n}", "metric": "lease.days-left", "threshold": 80.5},
    _scope,
    skip=["role"],
)
example(
    "alerts/silences",
    lambda n: {
        "matchers": MATCHERS,
        "starts": "2030-01-02T03:04:05Z",
        "ends": "2030-01-02T04:04:05Z",
    },
)
example(
    "alerts/channels",
    lambda n: {"name": f"Channel {n}", "kind": "webhook", "address": f"https://example.com/{n}"},
)
example(
    "alerts/routes",
    lambda n: {"name": f"Route {n}", "channel": new_pk("alerts/channels")},
    lambda b, n: {
        "severities": ["warning", "critical"],
        "days": [0, 1, 2, 3, 4],
        "matchers": MATCHERS,
        "begins": "08:00:00",
        "ends": "18:00:00",
        "time_zone": "America/Chicago",
        "escalation_channel": new_pk("alerts/channels"),
    },
)
