"""What the page to scan with makes of a code."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dcim.models import Device
from tests.core.pages import admin_client, statements, text
from tests.core.permits import somebody
from tests.dcim.factories import DeviceFactory
from tests.racks.factories import RackFactory

pytestmark = pytest.mark.django_db
HERE = "http://testserver"


@pytest.fixture
def admin() -> Client:
    return admin_client()


def scanned(client: Client, code: str, **query: str) -> str:
    """Where a code leads, or the page's sentence."""
    answer = client.get("/scan/", {"code": code, **query})
    if answer.status_code == 302:
        return str(answer["Location"])
    assert answer.status_code == 200
    return text(answer)


def test_a_label_s_address_opens_its_record(admin: Client, settings) -> None:
    settings.PUBLIC_URL = "https://rooms.example.com/dc"
    rack = RackFactory()
    page = f"/dcim/racks/{rack.pk}/"
    for address in (
        f"{HERE}{page}",
        f"{HERE.upper()}:80{page}?x=1#y",
        f"{HERE}/api{page}",
        f"https://rooms.example.com/dc{page}",
    ):
        assert scanned(admin, address) == page, address


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.com/dcim/racks/1/",
        "http://testserver@evil.example.com/dcim/racks/1/",
        "http://testserver:8000/dcim/racks/1/",
        "https://testserver/dcim/racks/1/",
        "javascript://testserver/%0aalert(1)",
        "ftp://testserver/dcim/racks/1/",
        "http://[/dcim/racks/1/",
        "http://testserver:x/dcim/racks/1/",
    ],
)
def test_what_leads_elsewhere_is_refused_with_a_sentence(admin: Client, address: str) -> None:
    RackFactory(pk=1)
    shown = scanned(admin, address)
    assert "It was not opened." in shown
    assert not re.search(r'(?:href|data-open)="[^"]*evil', shown)


def test_addresses_of_this_server_that_are_no_record_one_may_see_are_not_opened(
    admin: Client,
) -> None:
    for path in ("/logout/", "/dcim/racks/", "/dcim/nothing/1/", "//evil.example.com/1/"):
        assert "no record" in scanned(admin, HERE + path)
    gone = f"{HERE}/dcim/racks/999999/"
    assert "There is no rack 999999, or you may not see it." in scanned(admin, gone)
    hidden = RackFactory()
    client = Client()
    client.force_login(somebody("dcim.rack", "view", {"name": "other"}))
    assert "or you may not see it" in scanned(client, f"{HERE}/dcim/racks/{hidden.pk}/")


def test_serials_tags_and_names_open_the_one_that_is_called_so(admin: Client) -> None:
    device = DeviceFactory(name="db-7", serial="CZJ4470B2K", asset_tag="HR-000123")
    DeviceFactory(name="db-70", serial="CZJ4470B2K9")
    page = f"/dcim/devices/{device.pk}/"
    for code in ("db-7", "DB-7", "CZJ4470B2K", "czj4470b2k", " HR-000123\r\n"):
        assert scanned(admin, code) == page, code
    # As makers print them.
    for code in ("SCZJ4470B2K", "S/N: CZJ4470B2K", "Asset tag: HR-000123", "sn#CZJ4470B2K"):
        assert scanned(admin, code) == page, code


def test_several_are_listed_and_none_says_so_and_offers_what_to_do(admin: Client) -> None:
    for _ in range(2):
        DeviceFactory(name="twin")
    shown = scanned(admin, "twin")
    assert "Several are called" in shown and shown.count('class="scanned-hit"') == 2
    shown = scanned(admin, "twi")
    assert "Nothing is called" in shown and "Alike: devices" in shown
    assert "/search/?q=twi" in shown and "/dcim/devices/add/?asset_tag=twi" in shown
    reader = Client()
    reader.force_login(somebody("dcim.device", "view"))
    shown = scanned(reader, "HR-9")
    assert "/search/?q=HR-9" in shown and "/add/" not in shown


def test_only_what_one_may_see_is_found(admin: Client) -> None:
    ours = DeviceFactory(name="node", serial="A-1")
    DeviceFactory(name="node", serial="B-1")
    user = somebody("dcim.device", "view", {"serial": "A-1"})
    client = Client()
    client.force_login(user)
    assert scanned(client, "node") == f"/dcim/devices/{ours.pk}/"
    assert "Nothing is called" in scanned(client, "B-1")


def test_rubbish_is_looked_up_and_no_more(admin: Client) -> None:
    for code in (
        "\x00",
        "%",
        "_",
        "'; DROP TABLE dcim_device; --",
        "<script>",
        "é" * 4000,
        "\ue000",
    ):
        assert "<script>alert" not in scanned(admin, code)
        assert "&lt;script&gt;" in scanned(admin, "<script>")
    assert Device.objects.count() == 0


def test_going_on_scanning_tells_what_it_is_and_stays(admin: Client) -> None:
    device = DeviceFactory(name="db-7")
    shown = scanned(admin, "db-7", mode="stay")
    assert f'data-open="/dcim/devices/{device.pk}/"' in shown and "Device </span>db-7" in shown
    part = scanned(admin, "db-7", live="1")
    assert part.startswith("<section") and "data-open" in part


def test_the_camera_is_for_pages_to_scan_with_alone(admin: Client) -> None:
    page = admin.get("/scan/")
    assert "camera=(self)" in page["Permissions-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in page["Content-Security-Policy"]
    other = admin.get("/dcim/racks/")
    assert "camera=()" in other["Permissions-Policy"]
    assert "wasm" not in other["Content-Security-Policy"]


def test_a_look_up_costs_a_fixed_number_of_statements(admin: Client) -> None:
    for name in ("one", "two"):
        DeviceFactory(name=name)
    DeviceFactory(name="two")
    few = statements(admin, "/scan/?code=two&live=1")
    for _ in range(6):
        DeviceFactory(name="two")
    assert statements(admin, "/scan/?code=two&live=1") == few


def test_who_is_signed_out_comes_back_with_the_code() -> None:
    answer = Client().get("/scan/", {"code": "HR-1"})
    assert answer.status_code == 302 and "code%3DHR-1" in answer["Location"]
