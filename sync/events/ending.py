"""The end of a subscription, while the token that it takes is still at hand."""

import logging

from connections.fields import SecretsUnusable
from connections.models import Connection
from outbound.errors import OutboundError
from sync.events.platform import GOODBYE, platform_for
from sync.models import EventSubscription

logger = logging.getLogger(__name__)


def say_goodbye(connection: Connection) -> None:
    """Delete what we subscribed to at Akeneo, as well as it goes within some seconds.

    For who disconnects next: our row is ended with the connection (`states.end_with`), and what
    stayed there is found by its name when the PIM is connected again. Until then its events are
    taken, and wake nothing.
    """
    events = EventSubscription.objects.filter(connection=connection).exclude(subscriber_id="")
    row = events.first()
    if row is None or not connection.is_connected:
        return
    try:
        platform = platform_for(connection, patience=GOODBYE)
        if row.subscription_id:
            platform.delete_subscription(row.subscriber_id, row.subscription_id)
        platform.delete_subscriber(row.subscriber_id)
    except (OutboundError, SecretsUnusable) as error:
        detail = error.detail if isinstance(error, OutboundError) else ""
        logger.warning("Events of connection %s stay there: %s", connection.pk, detail or error)
