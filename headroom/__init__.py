"""The project: settings, URLs, the Celery application and the supervisor."""

from headroom.celery import app as celery_app

__all__ = ["celery_app"]
