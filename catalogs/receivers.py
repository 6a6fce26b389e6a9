"""What catalogs do when their PIM comes or goes: schedules start and stop."""

from typing import Any

from django.dispatch import receiver

from catalogs.reconnection import be_unconfirmed
from catalogs.schedules import apply_schedules_of
from connections.models import Connection
from connections.signals import connection_authorized, connection_lost


@receiver(connection_authorized)
def take_up(connection: Connection, reconnected: bool, **kwargs: Any) -> None:
    if reconnected:
        be_unconfirmed(connection)
    apply_schedules_of(connection)


@receiver(connection_lost)
def put_down(connection: Connection, **kwargs: Any) -> None:
    apply_schedules_of(connection)
