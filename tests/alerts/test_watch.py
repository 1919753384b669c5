"""From a figure to an alert, and what people do with it, over REST."""

from __future__ import annotations

import datetime as dt
import importlib

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from alerts import figures, watch
from alerts.models import Alert, AlertEvent, Due, Pending, Rule, Seen
from capacity.models import Utilization
from core.models import ObjectPermission
from facilities.models import Lease, Site
from tests.alerts.factories import AlertFactory, RuleFactory
from tests.capacity.factories import UtilizationFactory
from tests.core.factories import UserFactory
from tests.facilities.factories import LeaseFactory, LocationFactory, SiteFactory, TenantFactory
from tests.outboxes import read_all
from tests.power.hall import two_n
from tests.races import constraint_of
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def without_default_rules(db) -> None:
    Rule.objects.all().delete()


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(username="ann", is_superuser=True))
    return made


def ending(days: int, **values) -> Lease:
    return LeaseFactory(ends=NOW.date() + dt.timedelta(days=days), **values)


def look(now: dt.datetime = NOW) -> int | None:
    """Have every figure looked at once."""
    return watch.evaluate(watch.watched(), now)


def open_alerts() -> list[Alert]:
    return list(Alert.objects.filter(resolved__isnull=True).order_by("pk"))


def kinds(alert: Alert) -> list[str]:
    return list(alert.events.values_list("kind", flat=True))


def test_a_breach_raises_one_alert_that_clears_itself():
    rule = RuleFactory(threshold=60, clear_threshold=70)
    near, far = ending(59), ending(61)
    assert look() == 1
    assert look() == 0
    [alert] = open_alerts()
    assert (alert.object_id, alert.value, alert.site_id) == (near.pk, 59, near.site_id)
    assert alert.message == f"{near.name}: Days until a lease ends is 59 days (falls to 60 days)"
    assert alert.labels["site"] == near.site.slug
    Lease.objects.filter(pk=near.pk).update(ends=NOW.date() + dt.timedelta(days=65))
    look(NOW + MINUTE)
    [same] = open_alerts()
    assert (same.pk, same.value) == (alert.pk, 65)
    Lease.objects.filter(pk=near.pk).update(ends=NOW.date() + dt.timedelta(days=90))
    look(NOW + 2 * MINUTE)
    alert.refresh_from_db()
    assert alert.resolved == NOW + 2 * MINUTE
    assert kinds(alert) == ["fired", "resolved"]
    Lease.objects.filter(pk__in=[near.pk, far.pk]).update(ends=NOW.date())
    look(NOW + 3 * MINUTE)
    assert len(open_alerts()) == 2 and Alert.objects.filter(rule=rule).count() == 3


def test_a_breach_waits_out_its_hold_time():
    RuleFactory(hold_seconds=600)
    lease = ending(10)
    assert look() == 0
    assert Pending.objects.get().due == NOW + 10 * MINUTE
    assert look(NOW + 9 * MINUTE) == 0
    assert not watch.due(NOW + 9 * MINUTE)
    assert [each.name for each in watch.due(NOW + 10 * MINUTE)] == ["lease.days-left"]
    assert look(NOW + 10 * MINUTE) == 1
    [alert] = open_alerts()
    assert (alert.started, alert.created) == (NOW, NOW + 10 * MINUTE)
    assert not Pending.objects.exists()
    lease.delete()
    look(NOW + 11 * MINUTE)
    alert.refresh_from_db()
    assert alert.resolved and "gone" in alert.events.last().text


@pytest.mark.parametrize("change", [{"enabled": False}, {"object_filter": "name=none"}])
def test_an_alert_ends_with_its_rules_scope(client, change):
    rule = RuleFactory()
    ending(10)
    look()
    [alert] = open_alerts()
    assert alert.site_id
    answer = client.patch(f"/api/alerts/rules/{rule.pk}/", change, format="json")
    assert answer.status_code == 200, answer.json()
    assert Due.objects.filter(metric=rule.metric).exists()
    watch.sweep(NOW + MINUTE)
    look(NOW + MINUTE)
    assert not open_alerts()


def test_severity_follows_the_rule():
    rule = RuleFactory(severity="warning")
    ending(10)
    look()
    Rule.objects.filter(pk=rule.pk).update(severity="critical")
    look(NOW + MINUTE)
    [alert] = open_alerts()
    assert (alert.severity, alert.labels["severity"]) == ("critical", "critical")
    assert kinds(alert) == ["fired", "severity"]


def test_scope_is_site_branch_tenant_and_filter(client):
    room = LocationFactory()
    cage = LocationFactory(parent=room, site=room.site)
    in_cage, elsewhere = ending(10, location=cage), ending(10, tenant=TenantFactory())
    for scope, wanted in (
        ({"location": room.pk}, [in_cage.pk]),
        ({"site": room.site_id}, [in_cage.pk]),
        ({"site": elsewhere.site_id}, [elsewhere.pk]),
        ({"tenant": elsewhere.tenant_id}, [elsewhere.pk]),
        ({"object_filter": f"name={elsewhere.name}"}, [elsewhere.pk]),
    ):
        body = {"name": "x", "metric": "lease.days-left", "comparison": "lte", "threshold": 30}
        answer = client.post("/api/alerts/rules/preview/", {**body, **scope}, format="json")
        assert answer.status_code == 200, answer.json()
        shown = answer.json()
        assert [each["object"]["id"] for each in shown["objects"]] == wanted
        assert shown["count"] == 1
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"metric": "rack.happiness"}, "metric"),
        ({"clear_threshold": 70}, "clear_threshold"),
        ({"role": "compute"}, "role"),
        ({"object_filter": "colour=red"}, "object_filter"),
        ({"object_filter": "site_id=none"}, "object_filter"),
        ({"message": "{{ object"}, "message"),
    ],
)
def test_rules_that_cannot_be_are_refused_in_a_sentence(client, values, field):
    body = {"name": "x", "metric": "lease.days-left", "comparison": "lte", "threshold": 80}
    answer = client.post("/api/alerts/rules/", {**body, **values}, format="json")
    assert answer.status_code == 400 and list(answer.json()) == [field], answer.json()


def test_a_rules_own_sentence_and_one_that_fails():
    RuleFactory(message="{{ object }} in {{ value|int }} {{ unit }}")
    RuleFactory(message="{{ 1 / 0 }}")
    lease = ending(10)
    look()
    first, second = open_alerts()
    assert first.message == f"{lease.name} in 10 days"
    assert second.message.startswith(f"{lease.name}: Days until")


def test_one_open_alert_per_rule_and_object():
    alert = AlertFactory()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        AlertFactory(rule=alert.rule, target=Site.objects.get(pk=alert.object_id))
    assert constraint_of(caught.value) == "alerts_alert_one_open"
    Alert.objects.update(resolved=timezone.now())
    AlertFactory(rule=alert.rule, target=Site.objects.get(pk=alert.object_id))


def test_acknowledge_assign_and_silence(client):
    alert = AlertFactory()
    address = f"/api/alerts/alerts/{alert.pk}"
    found = client.post(f"{address}/acknowledge/", {"note": "on it"}, format="json").json()
    assert (found["acknowledged_by"]["username"], found["note"]) == ("ann", "on it")
    assert client.post(f"{address}/acknowledge/").status_code == 409
    assert client.post(f"{address}/reopen/").json()["acknowledged"] is None
    bob = UserFactory(username="bob")
    found = client.post(f"{address}/assign/", {"assignee": bob.pk}, format="json").json()
    assert found["assignee"]["id"] == bob.pk
    made = client.post(f"{address}/silence/", {"minutes": 60, "why": "moving"}, format="json")
    assert made.status_code == 201, made.json()
    assert {"name": "rule", "op": "=", "value": alert.rule.name} in made.json()["matchers"]
    assert kinds(alert) == ["acknowledged", "reopened", "assigned", "silenced"]
    listed = client.get("/api/alerts/events/", {"alert_id": alert.pk}).json()["results"]
    assert [each["user"]["username"] for each in listed] == ["ann"] * 4
    Alert.objects.update(resolved=timezone.now())
    assert client.post(f"{address}/acknowledge/").status_code == 409


def test_alerts_are_seen_with_their_objects_only():
    hidden, shown = AlertFactory(), AlertFactory()
    user = UserFactory()
    may = ObjectPermission.objects.create(name="a", actions=["view"])
    may.object_types.set([ContentType.objects.get_for_model(m) for m in (Alert, AlertEvent)])
    sites = ObjectPermission.objects.create(
        name="b", actions=["view"], constraints={"id": shown.object_id}
    )
    sites.object_types.set([ContentType.objects.get_for_model(Site)])
    for each in (may, sites):
        each.users.add(user)
    guest = APIClient()
    guest.force_authenticate(user)
    rows = guest.get("/api/alerts/alerts/").json()["results"]
    assert [row["id"] for row in rows] == [shown.pk]
    address = "/api/alerts/alerts/{}/acknowledge/"
    assert guest.post(address.format(hidden.pk)).status_code == 404
    assert guest.post(address.format(shown.pk)).status_code == 403


def test_what_cannot_be_shown_is_filtered_and_counted(client):
    AlertFactory(severity="info")
    AlertFactory(severity="critical", resolved=timezone.now() + MINUTE)
    AlertFactory(severity="warning", site=None)
    for query, count in (
        ({"min_severity": "warning"}, 2),
        ({"open": "true"}, 2),
        ({"open": "true", "min_severity": "warning"}, 1),
        ({"is_acknowledged": "true"}, 0),
        ({"site_id": Site.objects.first().pk}, 1),
    ):
        assert client.get("/api/alerts/alerts/", query).json()["count"] == count, query


def test_every_figure_reads_an_empty_and_a_small_estate():
    SiteFactory()
    ending(5)
    reading = figures.Reading(NOW)
    for figure in figures.figures().values():
        found = figure.values(reading)
        assert len(found.ids) == len(found.values)
        assert list(found.ids) == sorted(set(found.ids))


def test_a_figure_of_yes_and_no_is_told_as_a_state():
    hall = two_n()
    device = hall.add(100, 100, sides="A")
    hall.add(100, 100)
    RuleFactory(metric="device.not-diverse", comparison="gte", threshold=1)
    look()
    [alert] = open_alerts()
    assert alert.message == f"{device}: not truly A/B, one failure takes all its supplies"


def test_of_several_values_the_highest_known_counts():
    found = figures.Values.of([(2, None), (1, 5.0), (1, None), (1, 7.0)])
    assert found.ids.tolist() == [1, 2]
    assert found.values[0] == 7 and found.values[1] != found.values[1]


def fill(percent: float) -> Utilization:
    rack = RackFactory()
    kind = ContentType.objects.get_for_model(rack)
    return UtilizationFactory(
        object_type=kind, object_id=rack.pk, rack=rack, resource="space", percent=percent
    )


def test_utilization_is_looked_at_when_it_was_reckoned_again():
    RuleFactory(metric="rack.space.percent", comparison="gte", threshold=80)
    full, _, unknown = fill(85), fill(50), fill(90)
    assert watch.poll(NOW) and not watch.poll(NOW)
    assert [each.name for each in watch.due(NOW)] == ["rack.space.percent"]
    look()
    assert {each.object_id for each in open_alerts()} == {full.object_id, unknown.object_id}
    assert not watch.due(NOW)
    later = timezone.now() + MINUTE
    Utilization.objects.filter(pk=unknown.pk).update(percent=None, updated=later)
    Utilization.objects.filter(pk=full.pk).update(percent=79, updated=later)
    assert watch.poll(NOW)
    look(NOW + MINUTE)
    [left] = open_alerts()
    assert left.object_id == unknown.object_id  # an unknown figure does not end an alert


def test_a_change_of_a_record_is_looked_at_once():
    RuleFactory()
    take()
    ending(10)
    SiteFactory()
    take()
    assert set(Due.objects.values_list("metric", flat=True)) == {"lease.days-left"}
    assert [each.name for each in watch.due(timezone.now())] == ["lease.days-left"]


def test_a_long_look_is_not_taken_again_at_once():
    RuleFactory()
    RuleFactory(metric="device.unpowered", comparison="gte", threshold=1)
    both = {"lease.days-left", "device.unpowered"}
    watch.evaluate([figure for figure in watch.watched() if figure.name in both], NOW)
    resting = Seen.objects.filter(name=watch.RESTING)
    assert resting.get().until > NOW
    resting.update(until=NOW + MINUTE)
    watch.look_again(both, NOW)
    assert [each.name for each in watch.due(NOW + MINUTE / 2)] == ["lease.days-left"]
    assert {each.name for each in watch.due(NOW + MINUTE)} == both


def test_what_takes_long_is_swept_only_after_a_change():
    RuleFactory(metric="device.unpowered", comparison="gte", threshold=1)
    RuleFactory()

    def swept() -> set[str]:
        Due.objects.all().delete()
        watch.sweep(NOW)
        return set(Due.objects.values_list("metric", flat=True))

    assert swept() == {"lease.days-left", "device.unpowered"}  # what stands there already
    read_all(watch.SWEPT, lambda: watch.sweep(NOW))
    assert swept() == {"lease.days-left"}
    SiteFactory()
    assert swept() == {"lease.days-left", "device.unpowered"}
    read_all(watch.SWEPT, lambda: watch.sweep(NOW))
    assert swept() == {"lease.days-left"}


def take() -> None:
    """Take everything that was written."""
    read_all(watch.READER, lambda: watch.take(timezone.now()))


def test_a_thousand_rules_over_many_objects_cost_few_statements(django_assert_max_num_queries):
    for n in range(20):
        RuleFactory(threshold=n)
    for days in range(40):
        ending(days)
    with django_assert_max_num_queries(30):
        look()
    assert len(open_alerts()) == sum(range(1, 21))
    with django_assert_max_num_queries(12):
        assert look() == 0


def test_the_rules_that_come_along_can_all_be(client):
    module = importlib.import_module("alerts.migrations.0004_default_rules")
    found = dict(module.rules())
    assert len(found) == len(list(module.rules())) > 25
    for name, values in found.items():
        answer = client.post("/api/alerts/rules/", {"name": name, **values}, format="json")
        assert answer.status_code == 201, (name, answer.json())
    assert look() == 0
