"""Forget from which texts translations were made whose products are gone.

A row of that memory that is lost means that nobody knows any more what a translation was made from:
a change of the text is not noticed then. So none goes by its age alone that the PIM may still have:
the PIM is asked for products of which nothing was heard for long, some of them each hour.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from connections.clients import client_for
from connections.connections import noticing_loss
from connections.models import Connection
from enrichment.batches import identifier_of
from enrichment.models import Proposal, TranslatedText
from outbound.errors import OutboundError
from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.finding import models_by_code, products_by_uuid

ASK_AFTER = timedelta(days=90)
GIVE_UP_AFTER = timedelta(days=730)  # where the PIM cannot be asked, or is not believed
_MOST_CALLS = 20  # an hour, to each PIM: 2,000 products
_NOT_BELIEVED = 20  # products of which a PIM knows not one: rather it may not see them
_SLICE = 1000

logger = logging.getLogger(__name__)


def forget_gone_translations(*, sleep: Callable[[float], None] = time.sleep) -> int:
    """Ask PIMs for what was not heard of for long; return how many rows of what is gone went."""
    now = timezone.now()
    forgotten = _forget(TranslatedText.objects.filter(seen_at__lt=now - GIVE_UP_AFTER))
    old = TranslatedText.objects.filter(seen_at__lt=now - ASK_AFTER)
    pks = old.order_by().values("connection").distinct()
    connected = Connection.objects.filter(pk__in=pks, state=Connection.State.CONNECTED)
    for connection in connected:
        try:
            with noticing_loss(connection):
                forgotten += _ask(connection, now, sleep)
        except OutboundError as error:  # its turn comes again
            logger.warning("Connection %s was not asked: %s", connection.pk, error.detail)
    return forgotten


def _ask(connection: Connection, now: datetime, sleep: Callable[[float], None]) -> int:
    client = client_for(connection, sleep=sleep)
    identifier = identifier_of(client)
    forgotten = 0
    for subject, keys, rows in _asked_for(connection, now):
        there = _there(client, identifier, subject, keys)
        gone = set(keys) - there
        if not there and len(gone) > _NOT_BELIEVED:
            logger.warning("Connection %s knows none of %s products", connection.pk, len(gone))
            break
        rows.filter(key__in=there).update(seen_at=now)
        forgotten += _forget(rows.filter(key__in=gone))
    return forgotten


def _asked_for(
    connection: Connection, now: datetime
) -> Iterator[tuple[Proposal.Subject, list[str], QuerySet[TranslatedText]]]:
    """What one call is about, least heard of first: keys, and their rows that are that old."""
    old = TranslatedText.objects.filter(connection=connection, seen_at__lt=now - ASK_AFTER)
    for _ in range(_MOST_CALLS):
        first = old.order_by("seen_at", "pk").first()
        if first is None:
            return
        rows = old.filter(subject=first.subject)
        some = rows.order_by("seen_at", "pk").values_list("key", flat=True)[:_SLICE]
        keys = list(dict.fromkeys(some))[:SAFE_LIMIT]
        yield Proposal.Subject(first.subject), keys, rows


def _there(
    client: PimClient, identifier: str, subject: Proposal.Subject, keys: list[str]
) -> set[str]:
    """Those of up to 100 that the PIM has."""
    if subject == Proposal.Subject.MODEL:
        return set(models_by_code(client, keys, attributes=[identifier]))
    return set(products_by_uuid(client, identifier, keys))


def _forget(rows: QuerySet[TranslatedText]) -> int:
    forgotten = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:_SLICE]):
        forgotten += TranslatedText.objects.filter(pk__in=pks).delete()[0]
    return forgotten
