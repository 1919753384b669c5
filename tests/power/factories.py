"""Panels and feeds for tests."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from power.models import PowerFeed, PowerPanel
from tests.facilities.factories import SiteFactory


class PowerPanelFactory(DjangoModelFactory[PowerPanel]):
    """A panel in its location's site, by default in a new site and no location."""

    class Meta:
        model = PowerPanel

    name = factory.Sequence(lambda n: f"Panel {n}")
    location = None
    site = factory.Maybe(
        "location", factory.SelfAttribute("location.site"), factory.SubFactory(SiteFactory)
    )


class PowerFeedFactory(DjangoModelFactory[PowerFeed]):
    """A feed of a panel in its rack's site, by default of a panel in a new site and no rack."""

    class Meta:
        model = PowerFeed

    name = factory.Sequence(lambda n: f"Feed {n}")
    rack = None
    power_panel = factory.Maybe(
        "rack",
        factory.SubFactory(PowerPanelFactory, site=factory.SelfAttribute("..rack.site")),
        factory.SubFactory(PowerPanelFactory),
    )
