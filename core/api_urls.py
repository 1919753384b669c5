"""REST addresses: one list and one detail per resource, then what is not CRUD."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import api_system, elsewhere, registry, routes
from core.api import DetailView, ListView
from core.resource import Resource
from core.rest import base_url

_extra: list[tuple[str, Any]] = []
_empty: list[str] = list(elsewhere.PATHS)


def add_endpoint(route: str, view: Callable[..., Any]) -> None:
    """Serve `view` at `/api/<route>`; for apps whose endpoint is not a resource."""
    _extra.append((route, view))


def add_empty_endpoints(*paths: str) -> None:
    """Serve an empty list at each path: records clients ask for that Headroom does not have."""
    _empty.extend(paths)


class AppRoot(APIView):
    """The endpoints of one app, or the apps."""

    app = ""
    schema = None

    def get(self, request: Request) -> Response:
        """Names and absolute addresses."""
        base = base_url(request)
        if not self.app:
            return Response({name: f"{base}/api/{name}/" for name in (*_apps(), "status")})
        return Response(
            {name: f"{base}/api/{self.app}/{name}/" for name in sorted(_apps()[self.app])}
        )


def _apps() -> dict[str, set[str]]:
    apps: dict[str, set[str]] = defaultdict(set)
    routes = [r.path for r in registry.resources()] + _empty + [route for route, _ in _extra]
    for route in routes:
        parts = route.strip("/").split("/")
        if len(parts) == 2 and "<" not in parts[1]:
            apps[parts[0]].add(parts[1])
    return dict(sorted(apps.items()))


class PublicSchema(SpectacularAPIView):  # type: ignore[misc]
    """The OpenAPI document, for anybody: it tells no data."""

    permission_classes = [AllowAny]
    schema = None
    # Declarations do not change while a process runs; making the document takes seconds.
    rendered: ClassVar[dict[str, str | bytes]] = {}

    def _get_schema_response(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        media_type = renderer.media_type
        if media_type not in self.rendered:
            document = self.generator_class().get_schema(request=None, public=True)
            self.rendered[media_type] = renderer.render(document, media_type, {})
        name = self._get_filename(request, None)
        return HttpResponse(
            self.rendered[media_type],
            content_type=media_type,
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )


class Docs(SpectacularSwaggerView):  # type: ignore[misc]
    """Interactive documentation from local files."""

    permission_classes = [AllowAny]
    schema = None


def bind(view: type[APIView], resource: Resource) -> Callable[..., Any]:
    """`view` for one resource, as a class of its own so that it can be described."""
    name = f"{resource.model.__name__}{view.__name__}"
    bound: Any = type(name, (view,), {"resource": resource, "__doc__": view.__doc__})
    served: Callable[..., Any] = bound.as_view()
    return served


def not_found(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """404 for programs; a read whose path lacks the closing slash is sent to the path with it."""
    if request.method in ("GET", "HEAD") and not request.path_info.endswith("/"):
        return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
    return JsonResponse({"detail": "Not found."}, status=404)


def _of_resource(resource: Resource) -> list[URLPattern]:
    found = [path(action.route, bind(action.view, resource)) for action in resource.actions]
    found.append(path("", bind(ListView, resource), name=f"{resource.path}-list"))
    if "detail" not in resource.detail_only:
        detail = bind(DetailView, resource)
        found.append(path("<int:pk>/", detail, name=f"{resource.path}-detail"))
    return found


def patterns() -> list[URLPattern | URLResolver]:
    """The addresses below /api/; called once every resource is registered."""
    found: list[URLPattern | URLResolver] = [
        path("", AppRoot.as_view(), name="api-root"),
        path("schema/", PublicSchema.as_view(), name="schema"),
        path("docs/", Docs.as_view(url_name="api:schema"), name="docs"),
        *(path(route, view) for route, view in (*api_system.ENDPOINTS, *_extra)),
    ]
    for app in _apps():
        found.append(path(f"{app}/", AppRoot.as_view(app=app)))
    found += routes.of_resources(_of_resource)
    for empty in _empty:
        found.append(path(f"{empty}/", elsewhere.EmptyList.as_view()))
    found.append(path("<path:rest>", not_found))
    return [routes.Branches(found)]
