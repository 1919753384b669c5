#!/usr/bin/env python
"""Django's command line, with the embedded database started when a command needs one."""

from __future__ import annotations

import os
import sys

WITHOUT_DATABASE = {"help", "version", "--version", "--help", "collectstatic", "findstatic"}


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headroom.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from headroom.embedded import EmbeddedError
    except ImportError as error:
        sys.exit(f"{error}. Run `make run` once, then use .venv/bin/python manage.py.")
    try:
        if settings.EMBEDDED and len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_DATABASE:
            settings.EMBEDDED.ensure()
    except (ImproperlyConfigured, EmbeddedError) as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
