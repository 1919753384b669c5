"""Addresses, found by their parts and not by trying one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from django.urls.resolvers import ResolverMatch, RoutePattern
from django.utils.functional import cached_property

from core import registry
from core.resource import Resource

Address = URLPattern | URLResolver


class Branches(URLResolver):
    """Addresses of which only those are tried that begin with the path's next part.

    Django tries one after the other; with a hundred in a row that takes longer than the rest of
    its work for a request.
    """

    def __init__(self, addresses: Iterable[Address]) -> None:
        super().__init__(RoutePattern("", is_endpoint=False), list(addresses))

    @cached_property
    def _by_part(self) -> dict[str, URLResolver]:
        """By the first part of a path, what may match it; by an empty one, what may match any."""
        parts = {address: _first_part(address) for address in self.url_patterns}
        return {
            part: URLResolver(self.pattern, [a for a, own in parts.items() if own in ("", part)])
            for part in {"", *parts.values()}
        }

    def resolve(self, path: Any) -> ResolverMatch:
        """The view of a path; raises Resolver404 where there is none."""
        branches = self._by_part
        chosen = branches.get(str(path).partition("/")[0]) or branches[""]
        return chosen.resolve(path)


def _first_part(address: Address) -> str:
    """The part that the paths of an address begin with; empty where they may differ in it."""
    route = str(address.pattern) if isinstance(address.pattern, RoutePattern) else ""
    first, slash, _ = route.partition("/")
    return first if slash and "<" not in first else ""


def of_resources(make: Callable[[Resource], Sequence[URLPattern]]) -> list[URLResolver]:
    """What `make` gives for each resource, below its path: by app, then by resource."""
    apps: dict[str, list[Address]] = defaultdict(list)
    for resource in registry.resources():
        found = path(f"{resource.slug}/", include(list(make(resource))))
        apps[resource.path.split("/")[0]].append(found)
    return [path(f"{app}/", include([Branches(below)])) for app, below in apps.items()]
