"""Logging in at an OpenID Connect provider: a small one, over HTTP on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from core import single_sign_on
from core.models import Group, User
from tests.core.factories import UserFactory

pytestmark = pytest.mark.django_db

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLIENT = "headroom"


class Provider:
    """Answers discovery, keys, token and userinfo; the test plays the browser in between."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "42", "preferred_username": "ann"}
        self.token: dict[str, Any] = {}
        self.nonce = ""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(provider.documents()[urlsplit(self.path).path])

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer({"access_token": "x", "id_token": provider.id_token()})

            def answer(self, body: Any) -> None:
                text = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def documents(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [{**key, "kid": "one", "alg": "RS256", "use": "sig"}]},
            "/userinfo": self.claims,
        }

    def id_token(self) -> str:
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "42",
            "nonce": self.nonce,
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            **self.token,
        }
        return jwt.encode(claims, KEY, "RS256", headers={"kid": "one"})


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    made = Provider()
    settings.OIDC_ISSUER = made.issuer
    settings.OIDC_RP_CLIENT_ID = CLIENT
    settings.OIDC_RP_CLIENT_SECRET = "whatever"
    settings.OIDC_GROUPS_CLAIM = "groups"
    settings.OIDC_ADMINISTRATORS = "admins"
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "core.single_sign_on.Backend",
    ]
    single_sign_on.discovered.cache_clear()
    yield made
    made.server.shutdown()
    made.server.server_close()


def sign_on(provider: Provider, onward: str = "/dcim/racks/") -> tuple[Client, Any]:
    """Go to the provider and come back with its code."""
    client = Client()
    sent = client.get("/oidc/authenticate/", {"next": onward})
    assert sent.url.startswith(f"{provider.issuer}/authorize?")
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent.url).query).items()}
    assert query["client_id"] == CLIENT
    assert query["code_challenge"], "PKCE"
    assert query["redirect_uri"] == "http://testserver/oidc/callback/"
    provider.nonce = query["nonce"]
    return client, client.get("/oidc/callback/", {"code": "c", "state": query["state"]})


def test_a_person_is_taken_in_and_known_again(provider: Provider) -> None:
    Group.objects.create(name="admins")
    provider.claims |= {"email": "ann@example.com", "given_name": "Ann", "groups": ["admins", "x"]}
    client, back = sign_on(provider)
    assert back.url == "/dcim/racks/"
    user = User.objects.get()
    assert (user.username, user.email, user.first_name) == ("ann", "ann@example.com", "Ann")
    assert user.is_superuser
    assert [group.name for group in user.groups.all()] == ["admins"]
    assert client.get("/account/").status_code == 200

    provider.claims |= {"preferred_username": "ann.smith", "groups": []}
    sign_on(provider)
    user = User.objects.get()
    assert user.username == "ann", "known by the subject, whatever the name is now"
    assert not user.is_superuser


def test_an_account_with_a_password_is_not_taken_over(provider: Provider) -> None:
    user = UserFactory(username="ann", is_superuser=True)
    user.set_password("a long enough secret")
    user.save()
    client, back = sign_on(provider)
    assert back.url == "/login/?refused=1"
    assert "did not succeed" in client.get(back.url).content.decode()
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "claim",
    [{"aud": "another"}, {"iss": "https://else.example"}, {"nonce": "stale"}, {"exp": 1}],
    ids=str,
)
def test_a_token_that_is_not_for_us_now_is_refused(provider: Provider, claim: Any) -> None:
    provider.token = claim
    client, back = sign_on(provider)
    assert back.url == "/login/?refused=1"
    assert client.get("/account/").status_code == 302
    assert not User.objects.exists()


def test_userinfo_of_somebody_else_is_refused(provider: Provider) -> None:
    provider.claims["sub"] = "43"
    _, back = sign_on(provider)
    assert back.url == "/login/?refused=1"
    assert not User.objects.exists()


def test_an_inactive_person_stays_out(provider: Provider) -> None:
    sign_on(provider)
    User.objects.update(is_active=False)
    client, back = sign_on(provider)
    assert back.url == "/login/?refused=1"
    assert client.get("/account/").status_code == 302


def test_it_does_not_lead_to_another_server(provider: Provider) -> None:
    _, back = sign_on(provider, "https://else.example/")
    assert back.url == "/"


def test_a_provider_that_is_away_is_told(provider: Provider) -> None:
    provider.server.shutdown()
    provider.server.server_close()
    assert Client().get("/oidc/authenticate/").url == "/login/?refused=1"


def test_it_is_off_by_default() -> None:
    assert Client().get("/oidc/authenticate/").status_code == 404
    assert Client().get("/oidc/callback/?code=c&state=s").url == "/login/?refused=1"
    assert "oidc" not in Client().get("/login/").content.decode()
