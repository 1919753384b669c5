"""Rows of the watch for tests."""

from __future__ import annotations

import factory
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from alerts.models import Delivery, EventRule, Webhook
from facilities.models import Site


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
