"""The rules of power panels and feeds."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from dcim.models import CableTermination
from facilities.models import Location
from power.models import PowerFeed, PowerPanel
from racks.models import Rack
from tests.core.factories import UserFactory
from tests.dcim.factories import PowerPortFactory, connect
from tests.facilities.factories import LocationFactory, SiteFactory
from tests.power.factories import PowerFeedFactory, PowerPanelFactory
from tests.races import at_once, refused
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"voltage": 0}, "voltage"),
        ({"voltage": -48}, "ac_voltage"),
        ({"amperage": 0}, "amperage"),
        ({"max_utilization": 0}, "max_utilization"),
        ({"max_utilization": 101}, "max_utilization"),
    ],
)
def test_ratings_have_bounds(values: dict[str, Any], rule: str) -> None:
    with refused(f"power_powerfeed_{rule}"):
        PowerFeedFactory(**values)


@pytest.mark.parametrize(
    ("values", "power"),
    [
        ({}, 1440),
        ({"voltage": 230, "amperage": 32, "phase": "single-phase"}, 5888),
        ({"voltage": 208, "amperage": 30, "phase": "three-phase"}, 8646),
        ({"voltage": 208, "amperage": 60, "phase": "three-phase"}, 17292),
        ({"voltage": -48, "amperage": 100, "supply": "dc"}, 3840),
    ],
)
def test_available_power_counts_phases_and_utilization(values: dict[str, Any], power: int) -> None:
    feed = PowerFeedFactory(**values)
    feed.refresh_from_db()
    assert feed.available_power == power


def test_names_are_unique_in_a_site_and_on_a_panel() -> None:
    feed = PowerFeedFactory()
    with refused("power_powerfeed_panel_name"):
        PowerFeedFactory(power_panel=feed.power_panel, name=feed.name)
    with refused("power_powerpanel_site_name"):
        PowerPanelFactory(site=feed.power_panel.site, name=feed.power_panel.name)


def test_a_panel_stands_in_its_locations_site() -> None:
    with refused("power_powerpanel_location_site"):
        PowerPanelFactory(location=LocationFactory(), site=SiteFactory())
    stray = PowerPanelFactory.build(location=LocationFactory(), site=SiteFactory())
    with pytest.raises(ValidationError) as caught:
        stray.full_clean()
    assert set(caught.value.message_dict) == {"location"}


def test_a_feed_stays_inside_one_site() -> None:
    feed = PowerFeedFactory(rack=RackFactory())
    elsewhere = RackFactory()
    with refused("power_powerfeed_rack_site"):
        PowerFeed.objects.filter(pk=feed.pk).update(rack=elsewhere)
    with refused("power_rack_feeds_site"):
        Rack.objects.filter(pk=feed.rack_id).update(site=elsewhere.site)
    with refused("power_powerpanel_feeds_site"):
        PowerPanel.objects.filter(pk=feed.power_panel_id).update(site=elsewhere.site)
    feed.rack = elsewhere
    with pytest.raises(ValidationError) as caught:
        feed.full_clean()
    assert set(caught.value.message_dict) == {"rack"}


def test_a_location_takes_racks_panels_and_their_feeds_to_another_site() -> None:
    hall = LocationFactory()
    rack = RackFactory(location=LocationFactory(parent=hall))
    panel = PowerPanelFactory(location=hall)
    PowerFeedFactory(rack=rack, power_panel=panel)
    target = SiteFactory()
    Location.objects.filter(pk=hall.pk).update(site=target)
    rack.refresh_from_db()
    panel.refresh_from_db()
    assert rack.site_id == panel.site_id == target.pk


def test_a_location_does_not_move_away_from_the_panels_that_feed_it() -> None:
    hall = LocationFactory()
    PowerFeedFactory(rack=RackFactory(location=hall))
    with refused("power_location_feeds_site"):
        Location.objects.filter(pk=hall.pk).update(site=SiteFactory())


@pytest.mark.django_db(transaction=True)
def test_a_feed_made_while_its_rack_changes_site_never_joins_two_sites() -> None:
    for _ in range(10):
        rack, target = RackFactory(), SiteFactory()
        panel = PowerPanelFactory(site=rack.site)
        errors = at_once(
            [
                lambda rack=rack, target=target: Rack.objects.filter(pk=rack.pk).update(
                    site=target
                ),
                lambda rack=rack, panel=panel: PowerFeedFactory(rack=rack, power_panel=panel),
            ]
        )
        assert sum(error is None for error in errors) == 1


def test_a_feed_with_a_cable_is_not_marked_connected_and_takes_its_end_along() -> None:
    feed = PowerFeedFactory()
    cable = connect(feed, PowerPortFactory())
    client = APIClient()
    client.force_authenticate(UserFactory(is_superuser=True))
    address = f"/api/dcim/power-feeds/{feed.pk}/"
    answer = client.patch(address, {"mark_connected": True}, format="json")
    assert answer.status_code == 400
    assert "A cable is plugged in" in answer.json()["mark_connected"][0]
    ends = CableTermination.objects.filter(cable=cable)
    assert ends.count() == 2
    PowerFeed.objects.filter(pk=feed.pk).delete()
    assert ends.count() == 1


@pytest.mark.django_db(transaction=True)
def test_marking_a_feed_and_plugging_into_it_at_once_do_not_both_succeed() -> None:
    for _ in range(5):
        feed, port = PowerFeedFactory(), PowerPortFactory()
        errors = at_once(
            [
                lambda feed=feed: PowerFeed.objects.filter(pk=feed.pk).update(mark_connected=True),
                lambda feed=feed, port=port: connect(feed, port),
            ]
        )
        assert sum(error is None for error in errors) == 1
        cabled = CableTermination.objects.filter(cable__isnull=False).exists()
        assert cabled != PowerFeed.objects.get(pk=feed.pk).mark_connected
        CableTermination.objects.all().delete()
