"""What catalogs do when their PIM comes or goes: schedules start and stop."""

from typing import Any

from django.dispatch import receiver

from catalogs.schedules import apply_schedules_of
from connections.models import Connection
from connections.signals import connection_authorized, connection_lost


@receiver([connection_authorized, connection_lost])
def follow_connection(connection: Connection, **kwargs: Any) -> None:
    apply_schedules_of(connection)
