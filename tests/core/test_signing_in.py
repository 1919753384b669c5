"""Guessing passwords, the second factor, sessions, and one's own account."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from core.models import Session, Token, User
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough secret"
PROVISION = "/api/users/tokens/provision/"


@pytest.fixture
def ann() -> User:
    user = UserFactory(username="ann")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/login/", {"username": "ann", "password": password}, **extra)


def code_of(user: User, ahead: int = 0) -> str:
    """What the phone shows; `ahead` steps of 30 seconds from now, so that no code is used twice."""
    device = TOTPDevice.objects.get(user=user)
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits)
    clock.time = time.time() + ahead * device.step
    return f"{clock.token():06d}"


def enrol(client: Client, user: User, path: str = "/account/second-factor/") -> list[str]:
    """Set the second factor up; returns the recovery codes."""
    client.get(path)
    page = client.post(path, {"code": code_of(user, -1)})
    codes = re.findall(r"<li>(\w+)</li>", page.content.decode())
    assert len(codes) == 10
    return codes


def patience() -> None:
    """Let the time pass in which no code is looked at after a wrong one."""
    for model in (TOTPDevice, StaticDevice):
        model.objects.update(throttling_failure_count=0)


def test_wrong_codes_are_looked_at_ever_more_slowly(ann: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client, ann)
    other = Client()
    sign_in(other)
    other.post("/login/code/", {"code": "000000"})
    throttled = other.post("/login/code/", {"code": code_of(ann)})
    assert throttled.status_code == 400, "even the right one, at once after a wrong one"
    assert "wait" in throttled.content.decode()


def test_five_wrong_passwords_lock_the_name_from_that_address(ann: User) -> None:
    here, there = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}
    codes = [sign_in(Client(), "wrong", **here).status_code for _ in range(5)]
    assert codes == [200] * 4 + [429]
    locked = sign_in(Client(), **here)
    assert locked.status_code == 429, "also with the right password"
    assert locked["Retry-After"] == "900"
    assert "15 minutes" in locked.content.decode()
    assert sign_in(Client(), **there).status_code == 302, "not from elsewhere"


def test_rest_counts_the_same_wrong_passwords(ann: User) -> None:
    def ask(password: str) -> Any:
        body = {"username": "ann", "password": password}
        return APIClient().post(PROVISION, body, format="json")

    assert [ask("wrong").status_code for _ in range(4)] == [403] * 4
    assert ask("wrong").status_code == 429
    refused = ask(PASSWORD)
    assert refused.status_code == 429
    assert "Too many wrong passwords" in refused.json()["detail"]
    assert sign_in(Client()).status_code == 429
    assert not Token.objects.exists()


def test_the_right_password_forgets_the_wrong_ones(ann: User) -> None:
    for _ in range(3):
        for _ in range(4):
            sign_in(Client(), "wrong")
        assert sign_in(Client()).status_code == 302


def test_the_second_factor_is_asked_for_and_each_code_works_once(ann: User) -> None:
    client = Client()
    sign_in(client)
    recovery = enrol(client, ann)

    other = Client()
    assert sign_in(other).url == "/login/code/"
    assert other.get("/account/").status_code == 302, "the password alone signs nobody in"
    assert other.get("/api/dcim/sites/").status_code == 403
    code = code_of(ann)
    assert other.post("/login/code/", {"code": code}).url == "/"
    assert other.get("/account/").status_code == 200

    third = Client()
    sign_in(third)
    assert third.post("/login/code/", {"code": code}).status_code == 400, "used"
    patience()
    fourth = Client()
    sign_in(fourth)
    assert fourth.post("/login/code/", {"code": recovery[0]}).url == "/"
    assert "9</span>" in fourth.get("/account/").content.decode()


def test_a_token_by_password_is_not_given_past_the_second_factor(ann: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client, ann)
    body = {"username": "ann", "password": PASSWORD}
    refused = APIClient().post(PROVISION, body, format="json")
    assert refused.status_code == 403
    assert not Token.objects.exists()


def test_where_it_is_required_it_is_set_up_before_signing_in(ann: User, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    assert sign_in(Client()).url == "/"
    User.objects.update(is_superuser=True)
    client = Client()
    assert sign_in(client).url == "/login/second-factor/"
    assert client.get("/").status_code == 302
    enrol(client, ann, "/login/second-factor/")
    assert client.get("/account/").status_code == 200
    assert "remove" not in client.get("/account/").content.decode()


def test_nobody_enrols_over_a_factor_with_the_password_alone(ann: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client, ann)
    thief = Client()
    sign_in(thief)
    assert thief.get("/login/second-factor/").url == "/login/"
    assert thief.get("/account/second-factor/").url == "/login/"
    call_command("reset_second_factor", "ann", verbosity=0)
    assert sign_in(Client()).url == "/"


def test_removing_it_takes_a_code(ann: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client, ann)
    change = "/account/second-factor/change/"
    client.post(change, {"code": "000000", "remove": ""})
    assert TOTPDevice.objects.filter(confirmed=True).exists()
    patience()
    client.post(change, {"code": code_of(ann), "remove": ""})
    assert not TOTPDevice.objects.exists()


def test_a_session_ends_when_unused_and_when_old(ann: User) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/account/").status_code == 200
    session = client.session
    assert session.get_expiry_age() == settings.SESSION_COOKIE_AGE
    session["began"] -= settings.SESSION_MAX_SECONDS + 1
    session.save()
    assert client.get("/account/").status_code == 302
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_use_keeps_a_session_alive_without_a_write_at_each_page(ann: User) -> None:
    client = Client()
    sign_in(client)
    client.get("/account/")
    before = Session.objects.get().expire_date
    client.get("/account/")
    assert Session.objects.get().expire_date == before
    session = client.session
    session["used"] -= 600
    session.save()
    client.get("/account/")
    assert Session.objects.get().expire_date >= before
    assert Session.objects.get().get_decoded()["used"] > session["used"]


def test_a_new_password_ends_the_other_sessions(ann: User) -> None:
    here, there = Client(), Client()
    sign_in(here)
    sign_in(there)
    new = "quite another secret 7"
    form = {"old_password": PASSWORD}
    weak = here.post("/account/", {**form, "new_password1": "short", "new_password2": "short"})
    assert weak.status_code == 400
    assert "at least 10" in weak.content.decode()
    changed = here.post("/account/", {**form, "new_password1": new, "new_password2": new})
    assert changed.url == "/account/"
    assert Session.objects.filter(user_id=ann.pk).count() == 1
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert sign_in(Client(), new).status_code == 302


def test_own_tokens_are_made_shown_once_and_deleted(ann: User) -> None:
    client = Client()
    sign_in(client)
    page = client.post("/account/tokens/", {"what": "token", "description": "cron"})
    [text] = re.findall(r"nbt_\w+\.[\w-]+", page.content.decode())
    stored = Token.objects.get(user=ann)
    assert not stored.write_enabled
    check = APIClient().get(
        "/api/authentication-check/", headers={"Authorization": f"Bearer {text}"}
    )
    assert check.json()["username"] == "ann"
    assert text not in client.get("/account/tokens/").content.decode()

    foreign = Token(user=UserFactory())
    foreign.issue()
    foreign.save()
    for pk in (foreign.pk, stored.pk):
        client.post("/account/tokens/", {"what": "delete", "token": pk})
    assert list(Token.objects.all()) == [foreign]
