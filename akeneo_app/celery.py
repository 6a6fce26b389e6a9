"""The Celery application: `celery -A akeneo_app worker` and `celery -A akeneo_app beat`."""

import os

from celery import Celery

from akeneo_app import broker, watch  # noqa: F401  (watch: listens to Celery's signals)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "akeneo_app.settings")

broker.use()
app = Celery("akeneo_app")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
