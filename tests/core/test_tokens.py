"""Tokens over REST: when, from where and for what one may be used."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import ObjectChange, Token
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db

SITES = "/api/dcim/sites/"


def token(**values: Any) -> tuple[Token, str]:
    """A stored token of an administrator and its text."""
    values.setdefault("user", UserFactory(is_superuser=True))
    made = Token(**values)
    text = made.issue()
    made.save()
    return made, text


def ask(text: str, keyword: str = "Bearer", address: str = "192.0.2.7") -> Any:
    client = APIClient(REMOTE_ADDR=address)
    return client.get(SITES, HTTP_AUTHORIZATION=f"{keyword} {text}")


def refusal(answer: Any) -> str:
    assert answer.status_code == 403, answer.json()
    return str(answer.json()["detail"])


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("keyword", ["Token", "Bearer", "bearer"])
def test_both_kinds_are_taken_under_either_keyword(version: int, keyword: str) -> None:
    assert ask(token(version=version)[1], keyword).status_code == 200


def test_nothing_but_the_whole_token_is_taken() -> None:
    _, text = token()
    key, _, secret = text.partition(".")
    for wrong in (key, f"{key}.", secret, f"{text}x", text[:-1], f"{key}.{secret[::-1]}", ""):
        assert refusal(ask(wrong)) == "Invalid token."


def test_it_ends_when_it_expires() -> None:
    soon = timezone.now() + dt.timedelta(minutes=1)
    made, text = token(expires=soon)
    assert ask(text).status_code == 200
    Token.objects.filter(pk=made.pk).update(expires=timezone.now())
    assert refusal(ask(text)) == "Token expired."


def test_it_is_nothing_when_disabled_or_its_user_is() -> None:
    made, text = token()
    Token.objects.filter(pk=made.pk).update(enabled=False)
    assert refusal(ask(text)) == "Token disabled."
    Token.objects.filter(pk=made.pk).update(enabled=True)
    made.user.is_active = False
    made.user.save()
    assert refusal(ask(text)) == "User inactive."


@pytest.mark.parametrize(
    ("networks", "address", "taken"),
    [
        ([], "198.51.100.1", True),
        (["192.0.2.0/24"], "192.0.2.7", True),
        (["192.0.2.0/24"], "192.0.3.7", False),
        (["192.0.2.7"], "192.0.2.7", True),
        (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::7", True),
        (["10.0.0.0/8"], "2001:db8::7", False),
        (["192.0.2.0/24"], "::ffff:192.0.2.7", True),
        (["192.0.2.0/24"], "::ffff:192.0.3.7", False),
        (["10.0.0.0/8"], "", False),
    ],
)
def test_it_is_used_from_its_networks_only(networks: list[str], address: str, taken: bool) -> None:
    answer = ask(token(allowed_ips=networks)[1], address=address)
    if taken:
        assert answer.status_code == 200
    else:
        assert refusal(answer) == "This token may not be used from this network address."


def test_a_claimed_address_does_not_help() -> None:
    _, text = token(allowed_ips=["10.0.0.0/8"])
    client = APIClient(REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="10.0.0.1")
    assert client.get(SITES, HTTP_AUTHORIZATION=f"Bearer {text}").status_code == 403


def test_its_last_use_is_kept_at_most_once_a_minute_and_is_no_change() -> None:
    made, text = token()
    before = timezone.now()
    changes = ObjectChange.objects.count()
    ask(text)
    made.refresh_from_db()
    assert made.last_used is not None and before <= made.last_used <= timezone.now()
    with CaptureQueriesContext(
        connection,
    ) as ran:
        ask(text)
    assert not [each for each in ran.captured_queries if "UPDATE" in str(each["sql"])]
    Token.objects.update(last_used=before - dt.timedelta(minutes=2))
    ask(text)
    made.refresh_from_db()
    assert made.last_used >= before
    assert ObjectChange.objects.count() == changes


def test_a_refused_token_is_not_used() -> None:
    made, text = token(expires=timezone.now())
    ask(text)
    made.refresh_from_db()
    assert made.last_used is None
