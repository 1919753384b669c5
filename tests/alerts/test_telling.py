"""Who is told of alerts: routes, silences, grouping, repeats, escalation, channels."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import json

import pytest
from django.core import mail
from django.db import connection
from rest_framework.test import APIClient

from alerts import sending, telling
from alerts.channels import chat
from alerts.models import Alert, Channel, Notification, Silence
from core.models import ObjectChange
from tests.alerts.factories import AlertFactory, ChannelFactory, NotificationFactory, RouteFactory
from tests.alerts.receiver import Receiver, listening
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 16, 12, tzinfo=dt.UTC)  # a Monday
MINUTE = dt.timedelta(minutes=1)


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


def alert(**values) -> Alert:
    return AlertFactory(**{"started": NOW, **values})


def told(now: dt.datetime = NOW) -> list[tuple[list[int], list[int]]]:
    """What is told at `now`, as ids of what fires and what is over."""
    ids = telling.dispatch(now)
    rows = Notification.objects.filter(pk__in=ids).order_by("pk")
    return [(row.firing, row.resolved) for row in rows]


def resolve(*alerts: Alert, at: dt.datetime = NOW) -> None:
    Alert.objects.filter(pk__in=[each.pk for each in alerts]).update(resolved=at)


def acknowledge(one: Alert) -> None:
    Alert.objects.filter(pk=one.pk).update(acknowledged=NOW)


def test_alerts_of_a_window_are_one_message_and_told_once():
    RouteFactory(group_seconds=30)
    first, second = alert(severity="info"), alert(severity="critical")
    late = alert(started=NOW + MINUTE / 3)
    assert told(NOW + MINUTE / 4) == []
    assert told(NOW + MINUTE / 2) == [([second.pk, late.pk, first.pk], [])]
    assert told(NOW + MINUTE) == []
    resolve(first, at=NOW + MINUTE)
    assert told(NOW + MINUTE) == []
    assert told(NOW + 2 * MINUTE) == [([], [first.pk])]
    assert told(NOW + 3 * MINUTE) == []
    kinds = list(first.events.values_list("kind", flat=True))
    assert kinds == ["notified"]


def test_what_begins_and_ends_within_a_window_is_not_told():
    RouteFactory(group_seconds=60)
    resolve(alert(), at=NOW + MINUTE / 2)
    assert told(NOW + 5 * MINUTE) == []


def test_routes_take_alerts_by_severity_place_and_matchers():
    here, worse = alert(), alert(severity="critical")
    RouteFactory(name="a", severities=["critical"])
    RouteFactory(name="b", site=here.site)
    RouteFactory(name="c", matchers=[{"name": "site", "op": "!=", "value": here.labels["site"]}])
    RouteFactory(name="d", enabled=False)
    RouteFactory(name="e", channel=ChannelFactory(enabled=False))
    assert told() == [([worse.pk], []), ([here.pk], []), ([worse.pk], [])]


def test_outside_its_hours_a_route_waits():
    RouteFactory(days=[1], begins=dt.time(8), ends=dt.time(17))
    one = alert()
    assert told() == []
    assert told(NOW + 20 * 60 * MINUTE) == [([one.pk], [])]


def test_silenced_alerts_are_told_when_the_silence_ends(client):
    RouteFactory()
    one = alert()
    Silence.objects.create(
        matchers=[{"name": "object_id", "op": "=", "value": str(one.object_id)}],
        starts=NOW,
        ends=NOW + 60 * MINUTE,
    )
    other = alert()
    assert told(NOW + MINUTE) == [([other.pk], [])]
    assert told(NOW + 59 * MINUTE) == []
    assert told(NOW + 60 * MINUTE) == [([one.pk], [])]


def test_an_alert_is_repeated_until_somebody_acknowledges_it():
    RouteFactory(repeat_minutes=60)
    one, other = alert(), alert()
    assert len(told()) == 1
    assert told(NOW + 59 * MINUTE) == []
    assert told(NOW + 60 * MINUTE) == [([one.pk, other.pk], [])]
    acknowledge(one)
    assert told(NOW + 120 * MINUTE) == [([other.pk], [])]


def test_an_alert_that_gets_worse_is_told_again():
    RouteFactory()
    one = alert(severity="warning")
    told()
    Alert.objects.filter(pk=one.pk).update(severity="critical")
    assert told(NOW + MINUTE) == [([one.pk], [])]
    Alert.objects.filter(pk=one.pk).update(severity="info")
    assert told(NOW + 2 * MINUTE) == []


def test_what_nobody_acknowledges_is_escalated_once_and_its_end_is_told_there_too():
    boss = ChannelFactory(name="boss")
    RouteFactory(escalate_minutes=15, escalation_channel=boss, repeat_minutes=0)
    one, seen = alert(), alert()
    told()
    acknowledge(seen)
    assert told(NOW + 14 * MINUTE) == []
    assert told(NOW + 15 * MINUTE) == [([one.pk], [])]
    assert told(NOW + 16 * MINUTE) == []
    made = Notification.objects.latest("pk")
    assert (made.channel, made.escalation) == (boss, True)
    assert "Not acknowledged" in made.title
    resolve(one, seen, at=NOW + 17 * MINUTE)
    assert told(NOW + 17 * MINUTE) == [([], [one.pk, seen.pk]), ([], [one.pk])]


def test_ten_thousand_breaches_are_one_message():
    RouteFactory()
    pattern = alert()
    columns = [f.column for f in Alert._meta.concrete_fields if not f.primary_key]
    chosen = ["1000000 + n" if name == "object_id" else name for name in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO alerts_alert ({', '.join(columns)}) SELECT {', '.join(chosen)}"
            " FROM alerts_alert, generate_series(1, 9999) n WHERE id = %s",
            [pattern.pk],
        )
    [made] = telling.dispatch(NOW)
    sent = Notification.objects.get(pk=made)
    assert len(sent.firing) == 10_000 and sent.title.startswith("Headroom: 10,000 alerts")
    assert told() == []
    message = sending.message_of(sent)
    assert len(message.text.splitlines()) < 50 and "9970 more" in message.text
    assert len(message.payload(1000)["firing"]) == 1000


def test_a_webhook_is_signed_and_keeps_its_key_when_tried_again(receiver: Receiver):
    channel = ChannelFactory(address=f"{receiver.address}/hook", secret="s3cret")
    RouteFactory(channel=channel)
    one = alert(severity="critical")
    [pk] = telling.dispatch(NOW)
    receiver.answers = [503, 200]
    assert sending.send(pk)
    row = Notification.objects.get(pk=pk)
    channel.refresh_from_db()
    assert (row.status, row.permanent, channel.error) == (
        "queued",
        False,
        "The receiver answered 503.",
    )
    assert channel.failing_since and not sending.send(pk)
    Notification.objects.update(due=NOW)
    assert sending.send(pk) and not sending.send(pk)
    channel.refresh_from_db()
    assert channel.failing_since is None and channel.succeeded
    bodies = [(headers, body) for _, _, headers, body in receiver.requests]
    assert len(bodies) == 2 and bodies[0][1] == bodies[1][1]
    assert len({headers["X-Headroom-Notification"] for headers, _ in bodies}) == 1
    told_of = json.loads(bodies[0][1])
    assert [each["id"] for each in told_of["firing"]] == [one.pk]
    expected = hmac.new(b"s3cret", bodies[0][1], hashlib.sha512).hexdigest()
    assert bodies[0][0]["X-Hook-Signature"] == expected


def test_a_permanent_fault_is_not_tried_again(receiver: Receiver):
    receiver.answers = [404]
    row = NotificationFactory(channel__address=receiver.address)
    sending.send(row.pk)
    row.refresh_from_db()
    assert (row.status, row.permanent, row.attempts) == ("failed", True, 1)


def test_the_end_of_an_alert_waits_for_what_was_told_of_it_before(receiver: Receiver):
    channel = ChannelFactory(address=receiver.address)
    first = NotificationFactory(channel=channel, firing=[1, 2])
    second = NotificationFactory(channel=channel, resolved=[2])
    other = NotificationFactory(channel=channel, firing=[3])
    assert not sending.send(second.pk)
    assert sending.send(other.pk) and sending.send(first.pk) and sending.send(second.pk)


def test_alertmanager_gets_its_own_format(receiver: Receiver):
    channel = ChannelFactory(kind="alertmanager", address=receiver.address, secret="t0ken")
    RouteFactory(channel=channel)
    one = alert()
    sending.send(telling.dispatch(NOW)[0])
    [(method, path, headers, body)] = receiver.requests
    assert (method, path, headers["Authorization"]) == ("POST", "/api/v2/alerts", "Bearer t0ken")
    [found] = json.loads(body)
    assert found["labels"]["alertname"] == one.rule.name
    assert found["labels"]["severity"] == "warning"
    assert found["endsAt"] > found["startsAt"]


def test_mail_goes_to_all_addresses(settings):
    settings.EMAIL_HOST = "mail.example.com"
    channel = ChannelFactory(kind="mail", address="a@example.com, b@example.com")
    RouteFactory(channel=channel)
    one = alert()
    [pk] = telling.dispatch(NOW)
    sending.send(pk)
    [sent] = mail.outbox
    assert sent.to == ["a@example.com", "b@example.com"]
    assert one.message in sent.body and one.site.name in sent.body
    assert sent.extra_headers["Message-ID"].startswith(f"<notification-{pk}@")


def test_without_a_mail_server_it_says_so(settings):
    settings.EMAIL_HOST = ""
    row = NotificationFactory(channel__kind="mail", channel__address="a@example.com")
    sending.send(row.pk)
    row.refresh_from_db()
    assert row.permanent and "EMAIL_HOST" in row.error


@pytest.mark.parametrize("allowed", [False, True])
def test_apprise_reaches_internal_addresses_only_where_allowed(settings, allowed):
    with listening() as receiver:
        settings.OUTBOUND_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),) if allowed else ()
        host = receiver.address.removeprefix("http://").replace("127.0.0.1", "localhost")
        row = NotificationFactory(
            channel__kind="apprise", channel__address="", channel__secret=f"ntfy://{host}/ops-topic"
        )
        sending.send(row.pk)
        row.refresh_from_db()
        assert bool(receiver.requests) is allowed
    assert row.status == ("sent" if allowed else "failed"), row.error
    if not allowed:
        assert "internal" in row.error and row.permanent


def test_what_apprise_complains_of_holds_nothing_of_the_address(receiver: Receiver):
    receiver.answers = [403]
    host = receiver.address.removeprefix("http://")
    secret = f"gotify://{host}/Ab1cdefghijklmn"
    row = NotificationFactory(channel__kind="apprise", channel__secret=secret)
    sending.send(row.pk)
    row.refresh_from_db()
    assert row.status == "failed" and row.permanent
    assert "Ab1cdefghijklmn" not in row.error and row.error


def test_connections_outside_of_apprise_are_left_alone(receiver: Receiver, settings):
    settings.OUTBOUND_NETWORKS = ()
    with chat.guarded():
        pass
    settings.OUTBOUND_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    row = NotificationFactory(channel__address=receiver.address)
    assert sending.send(row.pk) and receiver.requests


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "webhook", "address": "ftp://x"}, "address"),
        ({"kind": "webhook", "address": "https://u:p@example.com"}, "address"),
        ({"kind": "mail", "address": "nobody"}, "address"),
        ({"kind": "mail"}, "address"),
        ({"kind": "apprise", "secret": "mailto://u:p@example.com"}, "secret"),
        ({"kind": "apprise", "secret": "slack://x"}, "secret"),
        ({"kind": "apprise", "address": "slack://x"}, "secret"),
    ],
)
def test_channels_that_cannot_be_are_refused(client, body, field):
    answer = client.post("/api/alerts/channels/", {"name": "x", **body}, format="json")
    assert answer.status_code == 400 and list(answer.json()) == [field], answer.json()


def test_secrets_of_channels_are_never_shown(client):
    body = {"name": "x", "kind": "webhook", "address": "https://example.com", "secret": "s3cret"}
    made = client.post("/api/alerts/channels/", body, format="json")
    address = made.json()["url"]
    changed = client.patch(address, {"secret": "n3w"}, format="json")
    listed = client.get("/api/alerts/channels/", {"secret": "n3w"})
    for answer in (made, changed, listed, client.get(address), client.options(address)):
        assert "s3cret" not in answer.content.decode() and "n3w" not in answer.content.decode()
    for change in ObjectChange.objects.all():
        assert "s3cret" not in json.dumps([change.before, change.after])
    assert Channel.objects.get().secret == "n3w"


def test_a_test_of_a_channel_tells_what_came_of_it(client, receiver: Receiver):
    channel = ChannelFactory(address=receiver.address)
    address = f"/api/alerts/channels/{channel.pk}/test/"
    assert client.post(address).json() == {"sent": True, "error": "", "permanent": False}
    receiver.answers = [500]
    found = client.post(address).json()
    assert found["sent"] is False and "500" in found["error"]


def test_what_a_dead_process_had_is_sent_again():
    row = NotificationFactory(status="sending", claimed=NOW, due=None, attempts=1)
    sending.sweep(NOW)
    row.refresh_from_db()
    assert (row.status, row.error) == ("queued", sending.LOST)
