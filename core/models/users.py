"""People, groups and the tokens machines use."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from core.validators import ip_network

TOKEN_PREFIX = "nbt_"  # noqa: S105 (a public prefix)


class Group(models.Model):
    """A named set of users."""

    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates users with hashed passwords."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """A stored user; without a password the account cannot log in with one."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        """A stored user who may do everything."""
        return self.create_user(username, password, is_superuser=True, **fields)


class User(AbstractBaseUser):
    """A person or service account that logs in."""

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "A user with that username already exists."},
    )
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    groups = models.ManyToManyField(Group, related_name="users", blank=True)
    preferences = models.JSONField(default=dict, blank=True, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.username

    @property
    def full_name(self) -> str:
        """First and last name, or the user name where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.username


class ExternalIdentity(models.Model):
    """Who an account is at an OpenID Connect provider."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="core_externalidentity_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class Token(models.Model):
    """A credential for REST, stored as a digest and shown once.

    Version 1 is 40 hex digits; version 2 is `nbt_<key>.<secret>` with a public key. Both have at
    least 160 bits of entropy, so a keyed SHA-256 is a sufficient digest.
    """

    VERSIONS = [(1, "v1"), (2, "v2")]

    version = models.PositiveSmallIntegerField(choices=VERSIONS, default=2)
    key = models.CharField(max_length=12, unique=True, null=True, blank=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    description = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    write_enabled = models.BooleanField(default=True)
    pepper_id = models.PositiveSmallIntegerField(null=True, blank=True)
    allowed_ips = ArrayField(
        models.CharField(max_length=50, validators=[ip_network]), blank=True, default=list
    )

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{TOKEN_PREFIX}{self.key}" if self.key else f"v1 token {self.pk}"

    @staticmethod
    def digest_of(secret: str) -> str:
        """The stored form of a token's secret part."""
        key = f"token:{settings.SECRET_KEY}".encode()
        return hmac.digest(key, secret.encode(), "sha256").hex()

    def issue(self, plaintext: str | None = None) -> str:
        """Set key and digest and return the full token, which cannot be had again.

        `plaintext` is a secret chosen by the caller (40 hex digits for version 1).
        """
        if self.version == 1:
            secret = plaintext or secrets.token_hex(20)
            self.key, self.digest = None, self.digest_of(secret)
            return secret
        self.key = secrets.token_hex(6)
        secret = plaintext or secrets.token_urlsafe(30)
        self.digest = self.digest_of(secret)
        return f"{TOKEN_PREFIX}{self.key}.{secret}"

    def allows(self, address: str) -> bool:
        """Whether a client at this IP address may use the token."""
        if not self.allowed_ips:
            return True
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return False
        # A server that listens on both families is told of an IPv4 client as ::ffff:192.0.2.1.
        client = getattr(client, "ipv4_mapped", None) or client
        return any(
            client in ipaddress.ip_network(network, strict=False) for network in self.allowed_ips
        )
