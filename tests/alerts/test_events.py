"""From a change of a record to the request that tells of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import TestCase
from django.utils import timezone
from rest_framework.test import APIClient

from alerts import events
from alerts.models import Delivery, EventRule
from core.models import ObjectChange, ObjectPermission, OutboxReader
from facilities.models import Region, Site
from tests.alerts.factories import DeliveryFactory, EventRuleFactory, WebhookFactory
from tests.alerts.receiver import Receiver, listening
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, text
from tests.facilities.factories import RegionFactory, SiteFactory
from tests.outboxes import read_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    with listening() as found:
        yield found


@pytest.fixture
def client() -> APIClient:
    made = APIClient()
    made.force_authenticate(UserFactory(username="ann", is_superuser=True))
    return made


def take() -> None:
    """Take everything that was written."""
    read_all(events.READER, events.take)


def rule_for(receiver: Receiver | None = None, webhook: dict | None = None, **values):
    address = f"{receiver.address}/hook" if receiver else "https://hooks.example.com/"
    hook = WebhookFactory(**{"payload_url": address, **(webhook or {})})
    take()  # what came before the rule is not told
    return EventRuleFactory(action_object_id=hook.pk, **values)


def told() -> list[Delivery]:
    """Take what there is, and send it."""
    take()
    for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True):
        events.deliver(pk)
    return list(Delivery.objects.order_by("pk"))


def test_a_rule_tells_of_what_was_created_changed_and_deleted(receiver, client):
    rule_for(
        receiver, webhook={"secret": "s3cret", "additional_headers": "X-Site: {{ data.name }}"}
    )
    made = client.post("/api/dcim/sites/", {"name": "AUS9", "slug": "aus9"}, format="json").json()
    client.patch(f"/api/dcim/sites/{made['id']}/", {"status": "planned"}, format="json")
    client.delete(f"/api/dcim/sites/{made['id']}/")
    RegionFactory()
    sent = told()
    assert [(each.event, each.status) for each in sent] == [
        ("object_created", "completed"),
        ("object_updated", "completed"),
        ("object_deleted", "completed"),
    ]
    bodies = [json.loads(body) for _, _, _, body in receiver.requests]
    created, updated, deleted = bodies
    assert set(created) == {
        *("event", "timestamp", "object_type", "model", "username", "request_id", "data"),
        "snapshots",
    }
    assert [each["event"] for each in bodies] == ["created", "updated", "deleted"]
    assert (created["object_type"], created["model"], created["username"]) == (
        "dcim.site",
        "site",
        "ann",
    )
    assert updated["snapshots"]["prechange"]["status"] == "active"
    assert updated["snapshots"]["postchange"]["status"] == "planned"
    assert created["snapshots"]["prechange"] is None
    assert deleted["snapshots"]["postchange"] is None
    assert deleted["data"]["name"] == "AUS9"
    for (method, path, headers, body), delivery in zip(receiver.requests, sent, strict=True):
        assert (method, path) == ("POST", "/hook")
        assert headers["X-Hook-Signature"] == hmac.new(b"s3cret", body, hashlib.sha512).hexdigest()
        assert headers["X-Headroom-Delivery"] == str(delivery.pk)
        assert headers["X-Site"] == "AUS9"
        assert "s3cret" not in json.dumps([delivery.headers, delivery.body])


def test_the_data_is_what_rest_shows(receiver, client):
    rule_for(receiver)
    made = client.post("/api/dcim/sites/", {"name": "AUS9", "slug": "aus9"}, format="json").json()
    told()
    data = json.loads(receiver.requests[0][3])["data"]
    shown = client.get(f"/api/dcim/sites/{made['id']}/").json()
    for name in ("id", "name", "status", "custom_fields", "tags", "device_count"):
        assert data[name] == shown[name]


def test_bulk_sql_is_told_too(receiver):
    rule_for(receiver)
    Site.objects.bulk_create([Site(name=f"S{n}", slug=f"s{n}") for n in range(3)])
    Site.objects.update(facility="B")
    assert len(told()) == 6


def test_only_what_meets_a_rule_is_told(client):
    site = SiteFactory(status="active")
    rule_for(
        event_types=["object_updated"],
        conditions={
            "and": [
                {"attr": "status.value", "value": "retired"},
                {"attr": "before.status", "value": "retired", "negate": True},
            ]
        },
    )
    rule_for(enabled=False)
    SiteFactory()
    for values in ({"facility": "A"}, {"status": "retired"}, {"facility": "B"}):
        client.patch(f"/api/dcim/sites/{site.pk}/", values, format="json")
        take()
    [delivery] = Delivery.objects.all()
    after = json.loads(delivery.body)["snapshots"]["postchange"]
    assert (after["status"], after.get("facility")) == ("retired", "A")


def test_what_happened_before_a_rule_was_made_is_not_told():
    SiteFactory()
    EventRuleFactory()
    SiteFactory(name="after")
    take()
    changes = ObjectChange.objects.filter(
        pk__in=Delivery.objects.values_list("change_id", flat=True)
    )
    assert {change.object_repr for change in changes} <= {"after"}


def test_a_change_is_told_once_however_often_it_is_taken():
    rule_for()
    SiteFactory()
    take()
    first = Delivery.objects.count()
    OutboxReader.objects.filter(name=events.READER).update(position=0)
    take()
    assert (first, Delivery.objects.count()) == (1, 1)


def test_a_template_makes_the_request(receiver):
    rule_for(
        receiver,
        webhook={
            "payload_url": f"{receiver.address}/{{{{ data.slug }}}}",
            "http_method": "PUT",
            "http_content_type": "text/plain",
            "body_template": "{{ username }} {{ event }} {{ data.name }}",
        },
    )
    SiteFactory(name="Nord", slug="nord")
    told()
    [(method, path, headers, body)] = receiver.requests
    assert (method, path, headers["Content-Type"]) == ("PUT", "/nord", "text/plain")
    assert body == b" created Nord"


def test_a_template_that_fails_is_a_failed_delivery_and_stops_no_other(receiver):
    rule_for(receiver, webhook={"body_template": "{{ data.name.x.y.z() }}"})
    rule_for(receiver)
    SiteFactory()
    bad, good = told()
    assert (bad.status, bad.permanent, bool(bad.error)) == ("failed", True, True)
    assert good.status == "completed"


def test_a_failing_receiver_is_tried_again_later_and_in_the_end_given_up(receiver):
    rule_for(receiver)
    receiver.answers = [503]
    before = timezone.now()
    SiteFactory()
    [delivery] = told()
    assert (delivery.status, delivery.attempts, delivery.status_code) == ("pending", 1, 503)
    assert before < delivery.due < timezone.now() + dt.timedelta(seconds=13)
    Delivery.objects.update(due=timezone.now() + dt.timedelta(minutes=5))
    assert not events.deliver(delivery.pk)  # it is not due
    while delivery.status == "pending":
        Delivery.objects.update(due=timezone.now())
        assert events.deliver(delivery.pk)
        delivery.refresh_from_db()
    assert (delivery.status, delivery.permanent) == ("failed", False)
    assert len(receiver.requests) == delivery.attempts == 9


def test_what_the_receiver_refuses_is_not_tried_again(receiver):
    rule_for(receiver)
    receiver.answers = [410]
    SiteFactory()
    [delivery] = told()
    assert (delivery.status, delivery.permanent, delivery.due) == ("failed", True, None)
    assert delivery.answer == "seen�"


def test_a_receiver_may_ask_for_patience(receiver):
    rule_for(receiver)
    receiver.answers, receiver.headers = [429], {"Retry-After": "600"}
    before = timezone.now()
    SiteFactory()
    [delivery] = told()
    assert delivery.due > before + dt.timedelta(seconds=590)


def test_an_internal_address_is_refused_and_says_so(receiver, settings):
    settings.OUTBOUND_NETWORKS = ()
    rule_for(receiver)
    SiteFactory()
    [delivery] = told()
    assert (delivery.status, delivery.permanent) == ("failed", True)
    assert "internal" in delivery.error
    assert receiver.requests == []


def test_the_sweep_takes_back_what_a_dead_process_had():
    now = timezone.now()
    dead = DeliveryFactory(status="running", claimed=now - dt.timedelta(minutes=3))
    busy = DeliveryFactory(status="running", claimed=now - dt.timedelta(minutes=1))
    later = DeliveryFactory(due=now + dt.timedelta(minutes=1))
    old = DeliveryFactory(
        status="completed", created=now - dt.timedelta(days=31), due=None, completed=now
    )
    assert events.sweep(now) == 1
    for each in (dead, busy, later):
        each.refresh_from_db()
    assert (dead.status, dead.error) == ("pending", events.LOST)
    assert (busy.status, later.status) == ("running", "pending")
    assert not Delivery.objects.filter(pk=old.pk).exists()


def test_a_test_shows_at_once_what_the_receiver_says(receiver, client):
    hook = WebhookFactory(payload_url=receiver.address)
    answer = client.post(f"/api/extras/webhooks/{hook.pk}/test/")
    assert answer.status_code == 200
    assert (answer.json()["status"]["value"], answer.json()["status_code"]) == ("completed", 200)
    assert json.loads(receiver.requests[0][3])["event"] == "test"
    receiver.answers = [500]
    answer = client.post(f"/api/extras/webhooks/{hook.pk}/test/").json()
    assert (answer["status"]["value"], answer["due"]) == ("failed", None)


def test_a_delivery_is_sent_again_on_demand(receiver, client):
    rule_for(receiver)
    receiver.answers = [410, 200]
    SiteFactory()
    [failed] = told()
    with TestCase.captureOnCommitCallbacks(execute=False):
        answer = client.post(f"/api/extras/webhook-deliveries/{failed.pk}/replay/")
    assert answer.status_code == 202
    again = answer.json()["id"]
    assert client.post(f"/api/extras/webhook-deliveries/{again}/replay/").status_code == 409
    assert events.deliver(again)
    first, second = receiver.requests
    assert first[3] == second[3]
    assert first[2]["X-Headroom-Delivery"] == second[2]["X-Headroom-Delivery"]
    assert client.get(f"/api/extras/webhook-deliveries/{again}/").json()["replay_of"]["id"] == (
        failed.pk
    )


def test_only_who_may_change_a_webhook_sends_through_it(receiver):
    hook = WebhookFactory(payload_url=receiver.address)
    delivery = DeliveryFactory(webhook=hook, status="failed", due=None)
    user = UserFactory()
    looking = APIClient()
    looking.force_authenticate(user)
    addresses = [
        f"/api/extras/webhooks/{hook.pk}/test/",
        f"/api/extras/webhook-deliveries/{delivery.pk}/replay/",
    ]
    assert [looking.post(each).status_code for each in addresses] == [404, 404]
    permission = ObjectPermission.objects.create(name="look", actions=["view"])
    permission.object_types.set(
        ContentType.objects.filter(model__in=["webhook", "delivery"], app_label="alerts")
    )
    permission.users.add(user)
    looking.force_authenticate(type(user).objects.get(pk=user.pk))
    assert [looking.post(each).status_code for each in addresses] == [403, 403]
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"conditions": {"attr": "name"}}, "conditions"),
        ({"action_type": "notification"}, "action_type"),
        ({"action_type": "script"}, "action_object_type"),
        ({"action_object_type": "dcim.site"}, "action_object_type"),
        ({"action_object_id": 999999}, "action_object_id"),
        ({"event_types": ["job_started"]}, "event_types"),
        ({"event_types": []}, "event_types"),
    ],
)
def test_a_rule_that_could_not_work_is_refused_with_a_reason(client, values, field):
    body = {
        "name": "Rule",
        "object_types": ["dcim.site"],
        "event_types": ["object_created"],
        "action_type": "webhook",
        "action_object_type": "extras.webhook",
        "action_object_id": WebhookFactory().pk,
    }
    answer = client.post("/api/extras/event-rules/", {**body, **values}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_a_secret_is_never_shown_nor_found_by_a_filter(client):
    hook = WebhookFactory(name="Pager")
    address = f"/api/extras/webhooks/{hook.pk}/"
    client.patch(address, {"secret": "s3cret"}, format="json")
    client.patch(address, {"additional_headers": "Authorization: t0ken"}, format="json")
    assert "s3cret" not in client.get(address).content.decode()
    assert client.get("/api/extras/webhooks/?secret=s3cret").json()["count"] == 0
    changes = client.get(f"/api/core/object-changes/?changed_object_id={hook.pk}")
    assert not re.search("s3cret|t0ken", changes.content.decode())
    kept = ObjectChange.objects.filter(changed_object_id=hook.pk).values_list("before", "after")
    assert not re.search("s3cret|t0ken", str(list(kept)))
    page = admin_client().get(f"/extras/webhooks/{hook.pk}/edit/")
    assert "s3cret" not in text(page)


def test_the_pages_send_a_test_and_send_again(receiver):
    pages = admin_client()
    hook = WebhookFactory(payload_url=receiver.address)
    assert f'action="/extras/webhooks/{hook.pk}/test/"' in text(
        pages.get(f"/extras/webhooks/{hook.pk}/")
    )
    sent = pages.post(f"/extras/webhooks/{hook.pk}/test/")
    [delivery] = Delivery.objects.all()
    assert sent.headers["Location"] == f"/extras/webhook-deliveries/{delivery.pk}/"
    page = text(pages.get(sent.headers["Location"]))
    assert "The receiver answered 200." in page
    assert "&quot;event&quot;: &quot;test&quot;" in page
    again = pages.post(f"/extras/webhook-deliveries/{delivery.pk}/replay/")
    assert again.status_code == 302
    assert Delivery.objects.filter(replay_of=delivery).count() == 1
    assert pages.get(f"/extras/webhooks/{hook.pk}/test/").status_code == 405


def test_the_events_of_a_rule_are_boxes_in_its_form():
    page = text(admin_client().get("/extras/event-rules/add/"))
    assert page.count('name="event_types"') == 3


def test_records_of_any_app_can_be_told_of():
    kind = ContentType.objects.get_for_model(Region)
    rule_for(object_types=[kind])
    RegionFactory()
    take()
    [delivery] = Delivery.objects.all()
    assert (delivery.object_type, delivery.event) == (kind, EventRule.Event.CREATED)
