"""Static files that know the path prefix of the request they are linked from."""

from __future__ import annotations

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.urls import get_script_prefix
from whitenoise.storage import CompressedManifestStaticFilesStorage


def _prefixed(url: str) -> str:
    """Django fixes STATIC_URL's prefix at first use; a proxy may give one per request."""
    return get_script_prefix().rstrip("/") + url if url.startswith("/") else url


class PlainStaticFilesStorage(StaticFilesStorage):
    """Files under their own names, for development and `make run`."""

    def url(self, name: str | None) -> str:
        """Where a page finds the file."""
        return _prefixed(super().url(name))


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Files under names that change with their content, for production."""

    support_js_module_import_aggregation = True

    def url(self, name: str | None, force: bool = False) -> str:
        """Where a page finds the file."""
        return _prefixed(super().url(name, force))
