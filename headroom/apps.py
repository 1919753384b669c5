"""What is changed about applications of others."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticConfig(StaticFilesConfig):
    """Static files, less those that are not for browsers or cannot be given hashed names.

    The extensions of htmx import it by a bare name that only an import map resolves.
    """

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.py", "django_htmx/ext/*"]
