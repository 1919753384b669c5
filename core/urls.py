"""Addresses of pages and REST."""

from django.urls import URLPattern, URLResolver, include, path

from core import api_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include((api_urls.patterns(), "api"), namespace="api")),
]
