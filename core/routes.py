"""Addresses in the order in which they are found with few attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from django.urls import URLPattern, URLResolver, include, path

from core import registry
from core.resource import Resource


def of_resources(make: Callable[[Resource], Sequence[URLPattern]]) -> list[URLResolver]:
    """What `make` gives for each resource, below its path: by app, then by resource.

    Django tries one address after the other; of a thousand in a row it would try them all.
    """
    apps: dict[str, list[URLResolver]] = defaultdict(list)
    for resource in registry.resources():
        found = path(f"{resource.slug}/", include(list(make(resource))))
        apps[resource.path.split("/")[0]].append(found)
    return [path(f"{app}/", include(below)) for app, below in apps.items()]
