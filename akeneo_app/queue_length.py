"""How many tasks wait for a worker, whatever the broker is."""

import logging
from typing import Any

from kombu.exceptions import ChannelError, OperationalError

from akeneo_app.celery import app
from akeneo_app.health import quick_options

logger = logging.getLogger(__name__)


def queue_length() -> int | None:
    """Return how many; None if the broker does not say within seconds.

    A task that a worker has taken counts no more, even while it waits there for its turn.
    """
    try:
        with app.connection_for_read(transport_options=quick_options()) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=3)
            queue = app.conf.task_default_queue
            channel: Any = broker.default_channel
            declared = channel.queue_declare(queue, passive=True)
    except ChannelError:
        return 0  # nothing was ever sent
    except (OperationalError, OSError):
        logger.exception("The broker does not say how many tasks wait")
        return None
    return int(declared.message_count)
