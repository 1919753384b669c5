"""Addresses of the pages that write."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from core.resource import Resource
from core.web import bulk, forms, jobs, labels, transfer, undo


def patterns() -> list[URLPattern]:
    """The pages of jobs, and that which takes a change back."""
    return [
        path("undo/", undo.take_back),
        path("core/jobs/<int:pk>/", jobs.show, name="job"),
        path("core/jobs/mine/", jobs.mine, name="own-jobs"),
        path("core/jobs/<int:pk>/state/", jobs.state, name="job-state"),
        path("core/jobs/<int:pk>/cancel/", jobs.cancel, name="job-cancel"),
        path("core/jobs/<int:pk>/result/", jobs.result, name="job-result"),
    ]


def of_resource(resource: Resource) -> list[URLPattern]:
    """The pages that create, edit, delete, import and export, below the resource's path."""
    here: dict[str, Any] = {"resource": resource}
    found = [path("export/", transfer.export_rows, here)]
    if "detail" not in resource.detail_only:
        found.append(path("labels/", labels.show, here))
    if "post" in resource.methods:
        found += [
            path("add/", forms.add, here),
            path("<int:pk>/clone/", forms.clone, here),
            path("import/", transfer.import_rows, here),
        ]
    if "patch" in resource.methods:
        found += [
            path("<int:pk>/edit/", forms.edit, here),
            path("edit/", bulk.edit, here),
            path("rename/", bulk.rename, here),
        ]
    if "delete" in resource.methods:
        found += [
            path("<int:pk>/delete/", forms.delete, here),
            path("delete/", bulk.delete, here),
        ]
    return found
