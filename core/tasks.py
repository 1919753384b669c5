"""Celery tasks of the framework. They carry ids and call a service."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from core import bulk, images, jobs
from core.history import partitions
from core.sessions import SessionStore
from core.transfer import work

WORK = (bulk, work)  # imported so that their kinds of job are known


@shared_task(name="core.run_job")
def run_job(job_id: int) -> None:
    """Do a job's work, unless it is claimed or over."""
    jobs.run(job_id)


@shared_task(name="core.keep_history")
def keep_history() -> None:
    """Make the coming months' partitions of the history, drop those too old; run every hour."""
    partitions.prepare(timezone.now())
    partitions.expire(timezone.now())


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    """Look after lost messages, dead workers and old jobs; run every minute."""
    jobs.sweep(timezone.now())


@shared_task(name="core.clear_sessions")
def clear_sessions() -> None:
    """Delete what ended sessions left; run every day."""
    SessionStore.clear_expired()


@shared_task(name="core.sweep_images")
def sweep_images() -> None:
    """Delete pictures that no record has; run every day."""
    images.sweep(timezone.now() - dt.timedelta(days=1))
