"""What the sync does when a PIM comes or goes: people are told."""

from typing import Any

from django.dispatch import receiver

from connections.models import Connection
from connections.signals import connection_authorized, connection_lost
from sync.notices import review_connections


@receiver([connection_authorized, connection_lost])
def review(connection: Connection, **kwargs: Any) -> None:
    review_connections([connection])
