"""The Celery application. `celery -A headroom worker` finds it."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headroom.settings")

TRANSPORT_ALIASES["filesystem"] = "headroom.files_broker:Transport"

app = Celery("headroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_django_logging(**_: Any) -> None:
    """Connected so that Celery leaves logging as Django's settings have it."""


@worker_init.connect
@beat_init.connect
def _have_database(**_: Any) -> None:
    from django.conf import settings
    from django.db import connection

    # The worker forks, and a connection pool's threads do not survive that.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    if settings.EMBEDDED:
        settings.EMBEDDED.ensure()
