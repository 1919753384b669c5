"""The WSGI application."""

from __future__ import annotations

import gc
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

# A large answer is tens of thousands of small objects without rings; looking through all of them
# again and again took a third of its time. What is there now stays.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
