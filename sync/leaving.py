"""Leaving a PIM: its Event Platform is told while the token is at hand, then the token goes."""

from catalogs.reconnection import delete_catalogs as delete_catalogs_in_pim
from connections.connections import disconnect
from connections.models import Connection
from sync.events.ending import say_goodbye


def leave(connection: Connection, *, delete_catalogs: bool = False) -> None:
    """Disconnect here; before that delete the catalogs in the PIM, if that was asked for.

    What is on the channels stays. Raises OutboundError when the PIM does not delete one: nothing
    is disconnected then. An Event Platform that does not answer is left alone after some seconds.
    """
    if delete_catalogs:
        delete_catalogs_in_pim(connection)
    say_goodbye(connection)
    disconnect(connection, deleted_catalogs=delete_catalogs)
