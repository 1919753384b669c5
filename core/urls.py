"""Addresses of pages and REST."""

from django.urls import URLPattern, URLResolver, include, path

from core import api_urls, routes
from core.images import MediaFile
from core.web import urls as pages

urlpatterns: list[URLPattern | URLResolver] = [
    routes.Branches(
        [
            path("api/", include((api_urls.patterns(), "api"), namespace="api")),
            path("media/<path:name>", MediaFile.as_view()),
            *pages.patterns(),
        ]
    )
]
