"""`/healthz`: can this process reach what it needs?"""

import logging
import os
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from akeneo_app.celery import app
from sync.alerts.life import read_life

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database and broker can be reached, 503 otherwise.

    Beside it stands whether worker and scheduler were seen lately, for whoever watches from
    outside: this process serves without them, so they do not change the status.
    """
    parts = {"database": _database_answers(), "broker": _broker_answers()}
    healthy = all(parts.values())
    return JsonResponse(
        {
            "status": "ok" if healthy else "unavailable",
            "version": settings.VERSION,
            **{name: "ok" if answers else "unreachable" for name, answers in parts.items()},
            **(_others() if parts["database"] else {}),
        },
        status=200 if healthy else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error:
        logger.exception("The database does not answer")
        return False
    return True


def _others() -> dict[str, str]:
    """Return whether worker, scheduler and queue go on; nothing before the tables are there."""
    try:
        life, now = read_life(), timezone.now()
    except Error:
        logger.exception("The signs of life cannot be read")
        return {}
    seen = {"worker": life.worker, "scheduler": life.scheduler, "queue": life.queue}
    return {name: "silent" if life.is_silent(at, now) else "ok" for name, at in seen.items()}


def _broker_answers() -> bool:
    folder = quick_options().get("data_folder_out")
    if folder is not None and not os.access(str(folder), os.R_OK | os.W_OK | os.X_OK):
        logger.error("The broker's folder cannot be used: %s", folder)
        return False
    try:
        with app.connection_for_write(transport_options=quick_options()) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=3)
            channel: Any = broker.default_channel  # opening one is what reaches the broker
            channel.close()
    except (OperationalError, OSError):
        logger.exception("The broker does not answer")
        return False
    return True


def quick_options() -> dict[str, object]:
    options: dict[str, object] = dict(app.conf.broker_transport_options or {})
    return {**options, "socket_connect_timeout": 2, "socket_timeout": 2}
