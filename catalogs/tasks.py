"""What Celery wakes workers for about catalogs themselves. Each may run twice."""

import logging

from celery import shared_task

from catalogs.reconnection import left_over, take_up
from connections.installation import is_paused
from outbound.errors import OutboundError

logger = logging.getLogger(__name__)


@shared_task
def take_up_catalogs() -> None:
    """Find or make again the catalogs of PIMs that were connected again. Every five minutes."""
    if is_paused():  # making one again is a write to the PIM
        return
    for catalog in left_over():
        try:
            take_up(catalog)
        except OutboundError as error:
            logger.warning("Catalog %s is not taken up: %s", catalog.pk, error.message)
