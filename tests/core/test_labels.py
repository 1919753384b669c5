"""Sheets of labels with QR codes."""

import pytest
import segno
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.core.pages import admin_client, text
from tests.core.permits import somebody
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db
LABELS = "/dcim/racks/labels/"


def code(address: str) -> str:
    """The path that draws an address as a QR code."""
    made = segno.make(address, error="m", micro=False).svg_inline(border=0, omitsize=True)
    return made[made.index(' d="') : made.index("/>", made.index(' d="'))]


def test_chosen_rows_become_labels_whose_codes_open_their_pages(settings):
    settings.PUBLIC_URL = "https://rooms.example.com"
    first, second, other = (RackFactory(name=name) for name in ("AA1", "AA2", "AA3"))
    client = admin_client()
    assert f'formaction="{LABELS}' in text(client.get("/dcim/racks/"))
    shown = text(client.post(LABELS, {"pk": [second.pk, first.pk]}))
    assert "2 labels" in shown and other.name not in shown
    assert shown.index("AA1") < shown.index("AA2")
    for rack in (first, second):
        assert code(f"https://rooms.example.com/dcim/racks/{rack.pk}/") in shown
        assert rack.site.name in shown
    shown = text(client.get(LABELS, {"all": "1", "q": "AA3", "sheet": "tape-62"}))
    assert "1 label" in shown and "AA3" in shown and "labels-tape-62" in shown
    for wrong in ("?site_id=x", "?status=zzz"):
        assert "No racks were chosen" in text(client.post(f"{LABELS}{wrong}", {"all": "1"}))
    for rubbish in ({"pk": "x"}, {"pks": "0,,,-3,99999999999999999999"}, {"sheet": "<b>"}, {}):
        assert "No racks were chosen" in text(client.post(LABELS, rubbish))


def test_labels_are_of_what_may_be_seen():
    ours, theirs = RackFactory(name="AA1"), RackFactory(name="AA2")
    client = Client()
    client.force_login(somebody("dcim.rack", "view", {"name": "AA1"}))
    shown = text(client.post(LABELS, {"pk": [ours.pk, theirs.pk]}))
    assert "AA1" in shown and "AA2" not in shown
    shown = text(client.get(LABELS, {"all": "1"}))
    assert "AA1" in shown and "AA2" not in shown
    client.force_login(somebody())
    assert client.get(LABELS).status_code == 403


def test_a_sheet_costs_the_same_however_many_labels():
    def sheet(count: int) -> int:
        RackFactory.create_batch(count)
        with CaptureQueriesContext(connection) as seen:
            client.get(LABELS, {"all": "1"})
        return len(seen)

    client = admin_client()
    sheet(1)
    assert sheet(1) == sheet(12)
