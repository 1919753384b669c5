"""Addresses of the pages that write."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from core import registry
from core.resource import Resource
from core.web import bulk, forms, jobs, labels, transfer, undo


def patterns() -> list[URLPattern]:
    """The pages that create, edit, delete, import and export, of every resource; and jobs."""
    found = [
        path("undo/", undo.take_back),
        path("core/jobs/<int:pk>/", jobs.show, name="job"),
        path("core/jobs/<int:pk>/cancel/", jobs.cancel, name="job-cancel"),
        path("core/jobs/<int:pk>/result/", jobs.result, name="job-result"),
    ]
    for resource in registry.resources():
        found.extend(_of_resource(resource))
    return found


def _of_resource(resource: Resource) -> list[URLPattern]:
    here: dict[str, Any] = {"resource": resource}
    base, one = f"{resource.path}/", f"{resource.path}/<int:pk>/"
    found = [path(f"{base}export/", transfer.export_rows, here)]
    if "detail" not in resource.detail_only:
        found.append(path(f"{base}labels/", labels.show, here))
    if "post" in resource.methods:
        found += [
            path(f"{base}add/", forms.add, here),
            path(f"{one}clone/", forms.clone, here),
            path(f"{base}import/", transfer.import_rows, here),
        ]
    if "patch" in resource.methods:
        found += [
            path(f"{one}edit/", forms.edit, here),
            path(f"{base}edit/", bulk.edit, here),
            path(f"{base}rename/", bulk.rename, here),
        ]
    if "delete" in resource.methods:
        found += [
            path(f"{one}delete/", forms.delete, here),
            path(f"{base}delete/", bulk.delete, here),
        ]
    return found
