"""The demo login is for a server nobody else can reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate, get_user_model
from django.test import RequestFactory

from headroom import demo, env

REQUEST = RequestFactory().post("/login/")

pytestmark = pytest.mark.django_db
User = get_user_model()


@pytest.fixture(autouse=True)
def local(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.DEMO = True
    settings.DEMO_PASSWORD = ""
    settings.LISTEN_HOST = "127.0.0.1"
    settings.TRUSTED_PROXIES = ()


def test_it_is_an_administrator_with_a_random_password_that_stays() -> None:
    password = demo.prepare_login()
    assert password is not None
    assert len(password) >= 16
    user = authenticate(REQUEST, username="demo", password=password)
    assert user is not None
    assert user.is_superuser
    assert demo.prepare_login() == password


def test_its_password_may_be_chosen_and_chosen_anew(settings: LazySettings) -> None:
    settings.DEMO_PASSWORD = "first choice"
    assert demo.prepare_login() == "first choice"
    settings.DEMO_PASSWORD = "second choice"
    assert demo.prepare_login() == "second choice"
    assert authenticate(REQUEST, username="demo", password="second choice")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "dcim.example.com"])
def test_it_is_not_made_where_others_reach_the_server(settings: LazySettings, host: str) -> None:
    settings.LISTEN_HOST = host
    assert demo.prepare_login() is None
    assert not User.objects.exists()


def test_it_is_not_made_behind_a_proxy(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1")
    settings.TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
    assert demo.prepare_login() is None


def test_it_is_shut_when_the_server_opens_and_opened_when_it_shuts(settings: LazySettings) -> None:
    settings.LISTEN_HOST = "0.0.0.0"
    assert demo.settled()
    settings.LISTEN_HOST = "127.0.0.1"
    password = demo.prepare_login()
    assert demo.settled()
    settings.LISTEN_HOST = "0.0.0.0"
    assert not demo.settled()
    assert demo.prepare_login() is None
    assert authenticate(REQUEST, username="demo", password=password) is None
    settings.LISTEN_HOST = "::1"
    assert demo.prepare_login() == password
    assert authenticate(REQUEST, username="demo", password=password)


def test_it_is_not_made_in_a_database_others_use() -> None:
    User.objects.create_user("ada", password="engine room")
    assert demo.prepare_login() is None
    assert not User.objects.filter(username="demo").exists()


def test_accounts_nobody_can_use_do_not_count() -> None:
    User.objects.create_user("planner", is_active=False)
    assert demo.prepare_login() is not None


def test_a_changed_password_is_left_alone() -> None:
    demo.prepare_login()
    user = User.objects.get(username="demo")
    user.set_password("my own now")
    user.save()
    assert demo.prepare_login() is None
    assert authenticate(REQUEST, username="demo", password="my own now")
