"""Rows of the watch for tests."""

from __future__ import annotations

import datetime as dt

import factory
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from alerts.models import (
    Alert,
    AlertEvent,
    Channel,
    Delivery,
    EventRule,
    EventTask,
    Notification,
    Route,
    Rule,
    Webhook,
)
from facilities.models import Site
from tests.facilities.factories import SiteFactory


class WebhookFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Webhook

    name = factory.Sequence(lambda n: f"Hook {n}")
    payload_url = factory.Sequence(lambda n: f"https://hooks.example.com/{n}")


class EventRuleFactory(factory.django.DjangoModelFactory):
    """A rule that tells of every site that is created, changed or deleted."""

    class Meta:
        model = EventRule
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Rule {n}")
    event_types = EventRule.Event.values
    action_type = EventRule.Action.WEBHOOK
    action_object_type = factory.LazyFunction(lambda: ContentType.objects.get_for_model(Webhook))
    action_object_id = factory.LazyFunction(lambda: WebhookFactory().pk)

    @factory.post_generation
    def object_types(self, create, given, **_):
        self.object_types.set(given or [ContentType.objects.get_for_model(Site)])


class EventTaskFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EventTask

    name = factory.Sequence(lambda n: f"Task {n}")
    function = "check-integrity"


class DeliveryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Delivery

    webhook = factory.SubFactory(WebhookFactory)
    event = "test"
    object_type = factory.LazyFunction(lambda: ContentType.objects.get_for_model(Webhook))
    object_id = factory.SelfAttribute("webhook.pk")
    object_repr = factory.Sequence(lambda n: f"Site {n}")
    url_sent = "https://hooks.example.com/"
    method = "POST"
    body = "{}"
    created = factory.LazyFunction(timezone.now)
    due = factory.SelfAttribute("created")


class RuleFactory(factory.django.DjangoModelFactory):
    """A rule that fires at leases that end within 80 days."""

    class Meta:
        model = Rule

    name = factory.Sequence(lambda n: f"Limit {n}")
    metric = "lease.days-left"
    comparison = "lte"
    threshold = 80


class AlertFactory(factory.django.DjangoModelFactory):
    """An open alert at a new site."""

    class Meta:
        model = Alert

    class Params:
        target = factory.SubFactory(SiteFactory)

    rule = factory.SubFactory(RuleFactory)
    severity = "warning"
    object_type = factory.LazyFunction(lambda: ContentType.objects.get_for_model(Site))
    object_id = factory.SelfAttribute("target.pk")
    object_repr = factory.SelfAttribute("target.name")
    site = factory.SelfAttribute("target")
    metric = factory.SelfAttribute("rule.metric")
    value = 91.5
    threshold = factory.SelfAttribute("rule.threshold")
    unit = "%"
    message = factory.LazyAttribute(lambda o: f"{o.object_repr} is full")
    labels = factory.LazyAttribute(
        lambda o: {
            "rule": o.rule.name,
            "severity": o.severity,
            "object_type": "dcim.site",
            "object_id": str(o.object_id),
            "site": o.target.slug,
        }
    )
    started = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(minutes=5))
    created = factory.SelfAttribute("started")
    updated = factory.SelfAttribute("started")


class AlertEventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AlertEvent

    alert = factory.SubFactory(AlertFactory)
    object_type = factory.SelfAttribute("alert.object_type")
    object_id = factory.SelfAttribute("alert.object_id")
    kind = "fired"
    time = factory.LazyFunction(timezone.now)


class ChannelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Channel

    name = factory.Sequence(lambda n: f"Channel {n}")
    kind = "webhook"
    address = factory.Sequence(lambda n: f"https://pager.example.com/{n}")


class RouteFactory(factory.django.DjangoModelFactory):
    """A route of everything, without a grouping window."""

    class Meta:
        model = Route

    name = factory.Sequence(lambda n: f"Route {n}")
    channel = factory.SubFactory(ChannelFactory)
    group_seconds = 0


class NotificationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Notification

    channel = factory.SubFactory(ChannelFactory)
    route = factory.SubFactory(RouteFactory, channel=factory.SelfAttribute("..channel"))
    title = factory.Sequence(lambda n: f"{n} alerts")
    created = dt.datetime(2026, 11, 16, 12, tzinfo=dt.UTC)
    due = factory.SelfAttribute("created")
