"""What the sync does when a PIM comes or goes, or values wait: people are told; events end."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from connections.models import Connection
from connections.signals import connection_authorized, connection_lost
from enrichment.signals import offers_changed
from sync.events.states import end_with
from sync.models import EventSubscription
from sync.notices import review_connections


@receiver([connection_authorized, connection_lost, offers_changed])
def review(connection: Connection, **kwargs: Any) -> None:
    review_connections([connection])


@receiver(connection_lost)
def end_events(connection: Connection, **kwargs: Any) -> None:
    end_with(connection)


@receiver(connection_authorized)
def begin_events_again(connection: Connection, **kwargs: Any) -> None:
    """What was subscribed to before is subscribed to again, once the token is stored."""
    from sync.tasks import keep_subscriptions  # tasks call functions, this one calls a task

    if EventSubscription.objects.filter(connection=connection, is_wanted=True).exists():
        transaction.on_commit(keep_subscriptions.delay, robust=True)
