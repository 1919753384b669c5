"""What people keep themselves: sessions, preferences, tokens."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core import preferences, sessions
from core.models import ObjectChange, Session, Token, User
from tests.core.factories import UserFactory
from tests.core.pages import text
from tests.core.permits import permit, rest
from tests.facilities.factories import SiteFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough secret"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/137.0.0.0 Safari/537.36 Edg/137.0"
)
SAFARI = (
    "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def ann() -> User:
    user: User = UserFactory(username="ann", is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(address: str = "192.0.2.1", agent: str = FIREFOX, name: str = "ann") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    answer = client.post("/login/", {"username": name, "password": PASSWORD})
    assert answer.status_code == 302
    return client


# sessions


def test_a_person_sees_where_they_are_signed_in_and_ends_sessions(ann: User) -> None:
    here = signed_in()
    tablet = signed_in("::ffff:192.0.2.9", SAFARI)
    signed_in("2001:db8::1", EDGE)
    stranger: User = UserFactory(username="bob")
    stranger.set_password(PASSWORD)
    stranger.save()
    other = signed_in("203.0.113.5", name="bob")

    page = text(here.get("/account/sessions/"))
    for told in ("Firefox on Linux", "Safari on iPad", "Edge on Windows", "192.0.2.9"):
        assert told in page
    assert "203.0.113.5" not in page
    assert here.session.session_key not in page
    assert tablet.session.session_key not in page

    wanted = sessions.handle(other.session.session_key)
    here.post("/account/sessions/", {"session": wanted})
    assert other.get("/account/").status_code == 200, "nobody ends another person's session"
    here.post("/account/sessions/", {"session": sessions.handle(tablet.session.session_key)})
    assert tablet.get("/account/").status_code == 302
    here.post("/account/sessions/", {"others": "1"})
    assert here.get("/account/").status_code == 200
    assert Session.objects.filter(user_id=ann.pk).count() == 1
    assert here.post("/account/sessions/", {"session": "rubbish\x00"}).status_code == 302


def test_the_table_tells_when_a_session_began_and_was_used(ann: User) -> None:
    signed_in()
    row = Session.objects.get(user_id=ann.pk)
    assert row.began and row.used
    assert abs(timezone.now() - row.began) < dt.timedelta(minutes=1)
    assert (row.address, row.agent) == ("192.0.2.1", FIREFOX)


def test_a_password_set_by_an_administrator_and_switching_off_end_sessions(ann: User) -> None:
    client = rest(UserFactory(is_superuser=True))
    signed_in()
    client.patch(f"/api/users/users/{ann.pk}/", {"email": "ann@example.com"}, format="json")
    assert Session.objects.filter(user_id=ann.pk).exists()
    for body in ({"password": "quite another secret 7"}, {"is_active": False}):
        assert client.patch(f"/api/users/users/{ann.pk}/", body, format="json").status_code == 200
        assert not Session.objects.filter(user_id=ann.pk).exists()
        Client().force_login(ann)


# preferences

CHOSEN = {
    "theme": "dark",
    "density": "comfortable",
    "rows": "100",
    "time_zone": "Asia/Kolkata",
    "dates": "dots",
    "units": "metric",
    "start": "/dcim/sites/",
}


def test_preferences_hold_on_the_server_for_every_page(ann: User) -> None:
    site = SiteFactory.create_batch(51)[0]
    type(site).objects.update(created="2026-03-04T20:15:00Z")
    client = signed_in()
    assert 'data-theme="' not in text(client.get("/"))
    saved = client.post("/account/preferences/", CHOSEN)
    assert saved.status_code == 302
    page = text(client.get("/dcim/sites/?columns=name,created"))
    assert '<html lang="en" data-theme="dark" data-density="comfortable">' in page
    assert ">05.03.2026 01:45</time>" in page
    assert page.count('class="row-link') == 51, "more than the usual 50"
    body = {"username": "ann", "password": PASSWORD}
    assert Client().post("/login/", body).url == "/dcim/sites/"
    given = rest(ann).get(f"/api/dcim/sites/{site.pk}/").json()["created"]
    assert given == "2026-03-04T20:15:00Z", "programs are told UTC"


def test_times_in_forms_are_of_the_persons_zone(ann: User) -> None:
    client = signed_in()
    client.post("/account/preferences/", CHOSEN)
    url = "/account/tokens/"
    assert "In IST." in text(client.get(url))
    body = {"what": "token", "expires": "2031-01-02T05:30", "allowed_ips": "192.0.2.0/24"}
    assert client.post(url, body).status_code == 200
    token = Token.objects.get()
    assert token.expires == dt.datetime(2031, 1, 2, tzinfo=dt.UTC)
    form = text(client.get(f"/users/tokens/{token.pk}/edit/"))
    assert "Expires (IST)" in form
    assert 'value="2031-01-02T05:30:00"' in form


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("rows", "1000000"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("start", "//else.example/"),
        ("start", "https://else.example/"),
    ],
)
def test_what_cannot_be_chosen_is_refused(ann: User, name: str, value: str) -> None:
    answer = signed_in().post("/account/preferences/", {**CHOSEN, name: value})
    assert answer.status_code == 400
    ann.refresh_from_db()
    assert ann.preferences == {}


def test_what_is_stored_and_not_known_counts_as_not_chosen(ann: User) -> None:
    wrong = {"theme": "dark", "rows": [1], "time_zone": 5, "start": None, "old": 1, "dates": "?"}
    User.objects.update(preferences=wrong)
    ann.refresh_from_db()
    assert preferences.of(ann) == preferences.Preferences(theme="dark")
    assert signed_in().get("/").status_code == 200


def test_the_theme_switches_without_scripts_and_comes_back(ann: User) -> None:
    client = signed_in()
    form: dict[str, Any] = {"return": "/dcim/racks/"}
    for theme in ("light", "dark", "system"):
        assert client.post("/account/theme/", form).url == "/dcim/racks/"
        ann.refresh_from_db()
        assert preferences.of(ann).theme == theme
    assert client.post("/account/theme/", {"return": "//else.example/"}).url == "/"


def test_preferences_cost_no_statement_and_no_entry_in_the_history(ann: User) -> None:
    client = signed_in()
    client.get("/account/sessions/")
    counts = []
    for body in (None, CHOSEN):
        if body:
            client.post("/account/preferences/", body)
            client.get("/account/sessions/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/account/sessions/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
    kept = rest(ann).get("/api/core/object-changes/", {"changed_object_id": ann.pk}).json()
    assert "preferences" not in str(kept)


# tokens


def test_a_token_is_shut_off_and_opened_again_by_its_owner_only(ann: User) -> None:
    client = signed_in()
    page = client.post("/account/tokens/", {"what": "token", "allowed_ips": "127.0.0.0/8"})
    [secret] = re.findall(r"nbt_\w+\.[\w-]+", text(page))
    token = Token.objects.get()

    def check(address: str = "127.0.0.1") -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        client = APIClient(REMOTE_ADDR=address)
        return client.get("/api/authentication-check/", headers=headers).status_code

    assert (check(), check("192.0.2.1")) == (200, 403)
    client.post("/account/tokens/", {"what": "disable", "token": token.pk})
    assert check() == 403
    client.post("/account/tokens/", {"what": "enable", "token": token.pk})
    assert check() == 200
    bob: User = UserFactory(username="bob")
    bob.set_password(PASSWORD)
    bob.save()
    permit(bob, "users.token", "view")
    signed_in(name="bob").post("/account/tokens/", {"what": "delete", "token": token.pk})
    assert check() == 200
    wrong = client.post("/account/tokens/", {"what": "token", "allowed_ips": "no network"})
    assert wrong.status_code == 400


def test_what_a_person_does_to_their_own_account_is_theirs_in_the_history(ann: User) -> None:
    client = signed_in()
    given = {"username": "ann", "password": PASSWORD}
    APIClient().post("/api/users/tokens/provision/", given, format="json")
    client.post("/account/tokens/", {"what": "token", "description": "cron"})
    for what in ("disable", "delete"):
        client.post("/account/tokens/", {"what": what, "token": Token.objects.latest("pk").pk})
    new = {"new_password1": "another long secret", "new_password2": "another long secret"}
    client.post("/account/", {"old_password": PASSWORD, **new})
    found = ObjectChange.objects.order_by("-pk").values_list("user_name", "action")[:5]
    assert [action for _, action in found] == ["update", "delete", "update", "create", "create"]
    assert {name for name, _ in found} == {"ann"}
