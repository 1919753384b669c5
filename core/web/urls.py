"""Addresses of the pages; they mirror the paths of REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path

from core import routes, single_sign_on
from core.resource import Resource
from core.web import (
    account,
    attached,
    lists,
    overview,
    own_account,
    records,
    saved,
    scan,
    search,
    writing_urls,
)
from core.web.panels import tabs_of

_extra: list[tuple[str, Callable[..., HttpResponse]]] = []


def add_page(route: str, view: Callable[..., HttpResponse]) -> None:
    """Serve `view` at `/<route>`; for apps whose page is not a resource's. Call it at start."""
    _extra.append((route, view))


def _of_resource(resource: Resource) -> list[URLPattern]:
    here: dict[str, Any] = {"resource": resource}
    found = [
        path("", lists.show, here),
        path("columns/", lists.choose_columns, here),
        path("views/", saved.save, here),
        path("export-template/", saved.export, here),
    ]
    if "detail" not in resource.detail_only:
        found.append(path("<int:pk>/", records.show, here))
        for tab in tabs_of(resource.model):
            found.append(path(f"<int:pk>/{tab.slug}/", records.show_tab, {**here, "tab": tab}))
    return [*writing_urls.of_resource(resource), *found]


def patterns() -> list[URLPattern | URLResolver]:
    """The addresses of all pages; called once every resource is registered."""
    attached.register()
    return [
        path("", overview.show, name="home"),
        path("login/", account.Login.as_view(), name="login"),
        path("login/code/", account.code),
        path("login/second-factor/", account.enrol),
        path("oidc/authenticate/", single_sign_on.Begin.as_view()),
        path(
            "oidc/callback/",
            single_sign_on.Finish.as_view(),
            name="oidc_authentication_callback",
        ),
        path("account/", own_account.person, name="account"),
        path("account/preferences/", own_account.choose_preferences),
        path("account/theme/", own_account.switch_theme),
        path("account/tokens/", own_account.tokens),
        path("account/sessions/", own_account.own_sessions),
        path("account/second-factor/", account.enrol),
        path("account/second-factor/change/", own_account.change_second_factor),
        path("logout/", account.logout, name="logout"),
        path("search/", search.show, name="search"),
        path("scan/", scan.show, name="scan"),
        *(path(route, view) for route, view in _extra),
        *writing_urls.patterns(),
        *routes.of_resources(_of_resource),
    ]
