"""The WSGI application."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headroom.settings")

from headroom.embedded import EmbeddedError
from headroom.proxy import Proxy

try:
    from django.conf import settings

    if settings.STATIC_ROOT and not (settings.STATIC_ROOT / "staticfiles.json").exists():
        raise ImproperlyConfigured(
            f"HEADROOM_STATIC_ROOT: `manage.py collectstatic` must fill {settings.STATIC_ROOT}."
        )
    if settings.EMBEDDED:
        settings.EMBEDDED.ensure()
    application = Proxy(get_wsgi_application(), settings.TRUSTED_PROXIES)
except (ImproperlyConfigured, EmbeddedError) as error:
    sys.exit(str(error))
