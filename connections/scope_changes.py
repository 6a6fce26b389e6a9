"""When a version of the app needs other scopes: tell the PIM, which tells its app managers."""

from django.db import transaction

from connections import audit
from connections.abilities import wanted_scopes
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.models import Connection


def announce_scopes(connection: Connection) -> None:
    """Tell the PIM which scopes the app wants. It grants nothing; it asks its app managers to.

    The PIM answers the same whether anything is new or not (pim-contract.md 1.7), so doing it
    again does no harm. Raises OutboundError.
    """
    client = client_for(connection, patient=False)
    scopes = wanted_scopes(connection)
    with noticing_loss(connection):
        client.notify_scopes(scopes)
    with transaction.atomic():
        audit.record(Action.SCOPES_ANNOUNCED, connection, scopes=sorted(scopes))
