"""Signing in, what strangers see, and the headers of pages."""

import re

from django.test import Client

from core import registry
from tests.core.factories import UserFactory
from tests.core.pages import admin_client, database, text
from tests.racks.factories import RackFactory


@database
def test_a_stranger_is_sent_to_the_login_page_and_back():
    user = UserFactory(username="ann", is_superuser=True)
    user.set_password("a long enough secret")
    user.save()
    client = Client()
    sent = client.get("/dcim/racks/?status=active")
    assert sent.status_code == 302
    assert sent.url == "/login/?next=/dcim/racks/%3Fstatus%3Dactive"
    given = {"username": "ann", "password": "a long enough secret"}
    back = client.post("/login/", {**given, "next": "/dcim/racks/?status=active"})
    assert back.url == "/dcim/racks/?status=active"


@database
def test_login_does_not_lead_to_another_server():
    user = UserFactory(username="ann", is_superuser=True)
    user.set_password("a long enough secret")
    user.save()
    given = {"username": "ann", "password": "a long enough secret", "next": "https://else.example/"}
    assert Client().post("/login/", given).url == "/"


@database
def test_a_wrong_password_is_told():
    page = Client().post("/login/", {"username": "ann", "password": "wrong"})
    assert page.status_code == 200
    assert 'role="alert"' in text(page)


@database
def test_a_post_without_csrf_token_is_refused():
    assert Client(enforce_csrf_checks=True).post("/login/", {}).status_code == 403


@database
def test_signing_out_needs_a_post():
    client = admin_client()
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == "/login/"
    assert client.get("/").status_code == 302


@database
def test_htmx_is_told_to_go_to_the_login_page():
    answer = Client().get("/dcim/racks/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/login/?next=")


@database
def test_pages_forbid_inline_scripts_and_have_none():
    RackFactory()
    client = admin_client()
    for url in ("/", "/dcim/racks/", "/search/?q=rack", "/login/"):
        page = client.get(url, follow=True)
        policy = page["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        html = text(page)
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"\s(style|on[a-z]+)=\"", html)


@database
def test_what_does_not_exist_has_a_page_in_the_same_style():
    client = admin_client()
    page = client.get("/dcim/racks/999999/")
    assert page.status_code == 404
    assert "There is no rack 999999." in text(page)
    assert 'id="navigation"' in text(page)
    assert client.get("/no/such/place/").status_code == 404


@database
def test_a_user_without_permission_sees_no_list_and_no_record():
    rack = RackFactory()
    client = Client()
    client.force_login(UserFactory())
    assert client.get("/dcim/racks/").status_code == 403
    assert client.get(f"/dcim/racks/{rack.pk}/").status_code == 404
    assert f"<strong>{rack.name}" not in text(client.get(f"/search/?q={rack.name}"))
    assert "/dcim/racks/" not in text(client.get("/"))


@database
def test_every_list_opens_and_every_menu_entry_leads_somewhere():
    client = admin_client()
    for resource in registry.resources():
        assert client.get(f"/{resource.path}/").status_code == 200, resource.path
    for url in re.findall(r'<li><a href="([^"]+)"', text(client.get("/"))):
        assert client.get(url).status_code == 200, url


@database
def test_the_page_of_the_design_is_for_administrators():
    staff, other = admin_client(), Client()
    other.force_login(UserFactory())
    html = text(staff.get("/design/"))
    for mark in ("meter-5", "toast-error", 'class="skeleton"', "field-fault", "data-list"):
        assert mark in html
    assert 'href="/design/"' in text(staff.get("/"))
    assert other.get("/design/").status_code == 404
    assert 'href="/design/"' not in text(other.get("/"))


@database
def test_what_no_column_can_hold_is_answered_with_a_page():
    RackFactory()
    client = admin_client()
    for end in ("", "edit/", "delete/", "clone/", "history/", "audit/"):
        assert client.get(f"/dcim/racks/{2**63}/{end}").status_code in (404, 405), end
    wrong = client.get("/dcim/racks/?filter=a%00b")
    assert "There is no saved filter" in text(wrong)
    for query in ("q", "sort", "page", "site", "name", "status", "view", "filter_id", "tag"):
        assert client.get("/dcim/racks/", {query: "a\0b"}).status_code < 500, query
        assert client.get("/dcim/racks/", {query: "9" * 30}).status_code < 500, query
