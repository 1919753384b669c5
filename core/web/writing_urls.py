"""Addresses of the pages that write."""

from __future__ import annotations

from django.urls import URLPattern


def patterns() -> list[URLPattern]:
    """The pages that create, edit, delete, import and export, of every resource."""
    return []
