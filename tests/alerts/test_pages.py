"""The inbox, alerts on the pages of objects, the preview of a rule, metrics."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from alerts.models import Alert, Rule, Silence
from capacity.models import UtilizationSnapshot
from core.models import ObjectPermission
from facilities.models import Lease, Site
from racks.models import Rack
from tests.alerts.factories import AlertFactory, ChannelFactory, RuleFactory
from tests.capacity.factories import UtilizationFactory
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, text
from tests.core.permits import permit, somebody
from tests.dcim.factories import DeviceFactory
from tests.facilities.factories import LeaseFactory
from tests.power.factories import PowerFeedFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db
INBOX = "/alerts/inbox/"


@pytest.fixture
def client() -> Client:
    return admin_client()


def at(target, **values) -> Alert:
    """An open alert at a row."""
    return AlertFactory(
        object_type=ContentType.objects.get_for_model(target),
        object_id=target.pk,
        object_repr=str(target),
        message=f"{target}: {values.pop('what', 'is full')}",
        **values,
    )


def test_the_inbox_shows_what_is_open_the_worst_first(client):
    rack = RackFactory()
    AlertFactory(severity="info", message="too small")
    AlertFactory(severity="warning", message="long over", resolved=timezone.now())
    at(rack, severity="critical", what="too heavy")
    AlertFactory(severity="critical", message="seen", acknowledged=timezone.now())
    shown = text(client.get(INBOX))
    places = [shown.index(word) for word in ("Too heavy", "Too small", "Seen")]
    assert places == sorted(places) and "long over" not in shown.lower()
    html = client.get(INBOX).content.decode()
    assert f'href="/dcim/racks/{rack.pk}/"' in html
    assert "Long over" in text(client.get(f"{INBOX}?state=resolved"))
    assert "Too small" not in text(client.get(f"{INBOX}?severity=critical"))
    assert "Too small" not in text(client.get(f"{INBOX}?q=heavy"))
    live = client.get(f"{INBOX}?live=1").content.decode()
    assert "Too heavy" in live and "<html" not in live
    number = client.get(f"{INBOX}count/").content.decode()
    assert 'data-open="3"' in number and "critical" in number


def test_the_inbox_groups_by_place(client):
    first, second = AlertFactory(), AlertFactory()
    shown = client.get(f"{INBOX}?group=site").content.decode()
    for alert in (first, second):
        assert f'scope="rowgroup">{alert.site.name}' in shown


def test_several_are_acknowledged_assigned_and_silenced_at_once(client):
    chosen, left = [AlertFactory(), AlertFactory()], AlertFactory()
    for what in ("acknowledge", "assign", "silence"):
        body = {"what": what, "pk": [each.pk for each in chosen], "return": f"{INBOX}?state=new"}
        answer = client.post(f"{INBOX}act/", body)
        assert answer["Location"] == f"{INBOX}?state=new"
    for each in chosen:
        each.refresh_from_db()
        assert each.acknowledged and each.assignee == each.acknowledged_by
    left.refresh_from_db()
    assert left.acknowledged is None and Silence.objects.count() == 2
    assert "Assigned" in text(client.get(f"/alerts/alerts/{chosen[0].pk}/"))
    assert client.get(f"{INBOX}?state=mine").content.decode().count("data-alert=") == 2


def test_an_object_shows_its_open_alerts(client):
    rack, lease = RackFactory(), LeaseFactory()
    at(rack, what="leans over")
    at(rack, what="was full", resolved=timezone.now())
    at(lease, what="ends soon")
    shown = text(client.get(f"/dcim/racks/{rack.pk}/"))
    assert "Leans over" in shown and "as full" not in shown
    assert "Ends soon" in text(client.get(f"/facilities/leases/{lease.pk}/"))
    assert "Open alerts" not in text(client.get(f"/dcim/racks/{RackFactory().pk}/"))


def test_racks_and_nodes_of_the_diagram_carry_a_mark(client):
    rack, other = RackFactory(), RackFactory()
    at(rack, severity="warning")
    at(DeviceFactory(rack=rack, site=rack.site), severity="critical")
    at(rack, severity="critical", resolved=timezone.now())
    row = text(client.get("/dcim/rack-elevations/"))
    assert row.count("2 open alerts, critical at worst") == 2  # as title and for screen readers
    assert other.name in row and row.count('class="mark ') == 1
    feed = PowerFeedFactory()
    at(feed, severity="info")
    diagram = client.get("/power/one-line/", {"site": feed.power_panel.site_id})
    assert "1 open alert, info" in text(diagram)
    [node] = [each for each in diagram.context["graph"]["nodes"] if each["kind"] == "feed"]
    assert node["mark"] == {"text": "1 open alert, info", "tone": "plan", "short": "1"}
    user = somebody("dcim.rack dcim.device", "view")
    pages = Client()
    pages.force_login(user)
    assert 'class="mark ' not in text(pages.get("/dcim/rack-elevations/"))


def test_a_rule_tells_where_it_would_fire_before_it_is_saved(client):
    soon = LeaseFactory(ends=timezone.now().date())
    before = Rule.objects.count()
    assert "Where it would fire" in text(client.get("/alerts/rules/add/"))
    body = {"metric": "lease.days-left", "comparison": "lte", "threshold": "30"}
    shown = text(client.post("/alerts/rules/preview/", {**body, "severity": "info"}))
    assert "of 1 objects. The hold time" in shown and soon.name in shown
    assert "no role" in text(client.post("/alerts/rules/preview/", {**body, "role": "x"}))
    assert "Choose a figure" in text(client.post("/alerts/rules/preview/", {}))
    assert Rule.objects.count() == before


def test_a_rule_tells_when_it_would_have_fired(client):
    today = timezone.localdate()
    for used in ([10, 38, 39, 20, 39], [1, 2, 38, 38, 3]):
        row = UtilizationFactory(resource="space")
        UtilizationSnapshot.objects.bulk_create(
            UtilizationSnapshot(
                utilization=row, day=today - dt.timedelta(5 - n), capacity=40, used=value
            )
            for n, value in enumerate(used)
        )
    rule = {"metric": "rack.space.percent", "comparison": "gt", "threshold": 90, "name": "Full"}
    shown = text(client.post("/alerts/rules/preview/", {**rule, "severity": "info"}))
    day = (today - dt.timedelta(3)).isoformat()
    assert "Over the last 5 daily figures" in shown
    assert f"at 2 objects, at most 2 at once, on {day}" in shown
    api = APIClient()
    api.force_authenticate(UserFactory(is_superuser=True))
    past = api.post("/api/alerts/rules/preview/", rule, format="json").json()["past"]
    assert (past["days"], past["began"], past["objects"]) == (5, 3, 2)
    assert [each["count"] for each in past["open"]] == [0, 1, 2, 1, 1]
    # What may not be seen does not count.
    user = somebody("alerts.rule", "view add")
    permit(user, "dcim.rack", "view", {"pk": Rack.objects.order_by("pk").first().pk})
    api.force_authenticate(user)
    past = api.post("/api/alerts/rules/preview/", rule, format="json").json()["past"]
    assert (past["began"], past["objects"], past["most"]) == (2, 1, 1)


def test_a_channel_that_fails_says_so_and_whether_it_is_tried_again(client):
    good = ChannelFactory(succeeded=timezone.now())
    bad = ChannelFactory(failing_since=timezone.now(), error="404.", permanent=True)
    assert "Working" in text(client.get(f"/alerts/channels/{good.pk}/"))
    shown = text(client.get(f"/alerts/channels/{bad.pk}/"))
    assert "404. It would fail again the same way" in shown
    address = f"/alerts/channels/{bad.pk}/test/"
    assert "failed" in text(client.post(address))


def test_who_may_not_see_an_object_does_not_see_its_alerts():
    rack = RackFactory()
    at(rack, what="leans over")
    user = UserFactory(password="Correct-Horse-9")
    may = ObjectPermission.objects.create(name="a", actions=["view"])
    may.object_types.set([ContentType.objects.get_for_model(Alert)])
    may.users.add(user)
    client = Client()
    client.force_login(user)
    assert "leans over" not in text(client.get(INBOX)).lower()
    may.object_types.add(ContentType.objects.get_for_model(Rack))
    assert "leans over" in text(client.get(INBOX)).lower()
    assert client.post(f"{INBOX}act/", {"what": "acknowledge", "pk": [1]}).status_code == 302
    assert not Alert.objects.filter(acknowledged__isnull=False).exists()
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(INBOX).status_code == 403
    assert "alerts-bell" not in stranger.get("/").content.decode()
    assert Lease.objects.count() == 0


def test_the_inbox_costs_a_fixed_number_of_statements(client):
    def statements() -> int:

        with CaptureQueriesContext(connection) as found:
            client.get(INBOX)
        return len(found)

    rule = RuleFactory()
    AlertFactory(rule=rule)
    client.get(INBOX)
    few = statements()
    for _ in range(20):
        AlertFactory(rule=rule)
    assert statements() == few


def test_prometheus_sees_open_alerts_and_how_full_places_are():
    AlertFactory(severity="critical")
    rack = RackFactory()
    UtilizationFactory(
        object_type=ContentType.objects.get_for_model(rack),
        object_id=rack.pk,
        rack=rack,
        site=rack.site,
        resource="space",
        percent=81.5,
    )
    shown = Client().get("/metrics").content.decode()
    assert 'headroom_alerts_open{acknowledged="false",figure="lease.days-left"' in shown
    assert f'rack="{rack.name}"' in shown and "} 81.5" in shown


def test_the_overview_says_what_is_wrong_and_what_runs_out_first(client):
    rack = RackFactory()
    for n in range(3):
        at(RackFactory(), severity="warning", what=f"is warm {n}")
    at(rack, severity="critical", what="is full")
    later, soon = (
        UtilizationFactory(
            object_type=ContentType.objects.get_for_model(Site),
            object_id=rack.site.pk,
            rack=None,
            site=rack.site,
            resource=resource,
            full_on=timezone.localdate() + dt.timedelta(days),
            full_earliest=timezone.localdate(),
        )
        for resource, days in (("power", 90), ("space", 30))
    )
    shown = text(client.get("/"))
    assert shown.index("Is full") < shown.index("Is warm")
    assert "1 Critical" in shown and "3 Warning" in shown
    assert shown.index(soon.full_on.isoformat()) < shown.index(later.full_on.isoformat())
    assert f'href="/dcim/sites/{rack.site.pk}/">{rack.site.name}</a>' in shown
    user = somebody("dcim.rack", "view")
    pages = Client()
    pages.force_login(user)
    shown = text(pages.get("/"))
    for hidden in ("Is full", "What runs out first", rack.site.name):
        assert hidden not in shown
