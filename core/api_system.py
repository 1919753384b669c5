"""REST endpoints about the service itself."""

from __future__ import annotations

import platform
import socket
from importlib.metadata import version
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from rest_framework import status
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import registry
from core.auth import ProvisionSerializer
from core.models import Token, User
from core.rest import read_context

WIRE_VERSION = "4.6.8"


class Status(APIView):
    """Versions, installed apps and workers."""

    permission_classes: list[type[BasePermission]] = [IsAuthenticated]
    schema = None

    def get(self, request: Request) -> Response:
        """The keys clients look for."""
        labels = {config.name: "" for config in apps.get_app_configs()}
        return Response(
            {
                "django-version": django.get_version(),
                "headroom-version": settings.HEADROOM_VERSION,
                "hostname": socket.gethostname(),
                "installed_apps": {name: _version(name) for name in labels},
                "netbox-version": WIRE_VERSION,
                "netbox-full-version": WIRE_VERSION,
                "plugins": {},
                "python-version": platform.python_version(),
                "rq-workers-running": 0,
            }
        )


def _version(name: str) -> str:
    try:
        return version(name.split(".")[0])
    except Exception:
        return str(settings.HEADROOM_VERSION)


class AuthenticationCheck(APIView):
    """Who am I."""

    permission_classes = [IsAuthenticated]
    schema = None

    def get(self, request: Request) -> Response:
        """The user of the request."""
        resource = registry.of_model(User)
        pk = int(request.user.pk or 0)
        return Response(resource.reader().by_id([pk], read_context(request))[pk])


class Provision(APIView):
    """A new token for a name and password."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    schema = None

    def post(self, request: Request) -> Response:
        """201 with the token's plain text, shown this once; 403 for wrong credentials."""
        serializer = ProvisionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token, text = serializer.issue(request)
        context = read_context(request)
        context.user = User(is_superuser=True, is_active=True)
        found = registry.of_model(Token).reader().by_id([token.pk], context)[token.pk]
        secret = text.partition(".")[2] or text
        return Response({**found, "token": secret}, status=status.HTTP_201_CREATED)


class InstalledPlugins(APIView):
    """None: Headroom has no plugins."""

    permission_classes = [IsAuthenticated]
    schema = None

    def get(self, request: Request) -> Response:
        """An empty list."""
        return Response([])


ENDPOINTS: list[tuple[str, Any]] = [
    ("status/", Status.as_view()),
    ("authentication-check/", AuthenticationCheck.as_view()),
    ("users/tokens/provision/", Provision.as_view()),
    ("plugins/installed-plugins/", InstalledPlugins.as_view()),
]
