"""Wiring only: settings, addresses, Celery, checks, health."""

from akeneo_app.celery import app as celery_app

__all__ = ["celery_app"]
