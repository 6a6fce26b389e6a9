"""Whether a look at requests may go on: asked before each call of the service, which costs."""

from datetime import timedelta
from threading import Event

from django.db import transaction

from connections.locks import Turn, take_turn
from connections.models import Connection
from enrichment.complete_files import SOON, Later
from enrichment.models import Source, TranslationOrder
from enrichment.reading_files import refuse_unless_read
from enrichment.source_ownership import SourceLost

_PAUSED = "It was paused while it was looked at, and nothing of that look was offered."
_ORDER = "Other texts are being translated just now. It is looked at once these are done."


def refuse_unless_ours(source: Source, lost: Event) -> None:
    """Raise what ends the look: what is switched off or paused holds at once.

    Raises SourceLost, Later and ConfigurationError.
    """
    now = Source.objects.filter(pk=source.pk, owner=source.owner).only("is_paused").first()
    if now is None or lost.is_set():
        raise SourceLost(f"source {source.pk} is not ours any more")
    if now.is_paused:
        raise Later(_PAUSED, timedelta(0))
    refuse_unless_read(source.connection)


def wait_for_orders(connection: Connection) -> None:
    """Raise Later while texts of an order are sent: a text that both want would be paid for twice.

    The look is claimed, so that no order is confirmed as long as it lasts (`translations.orders`).
    """
    with transaction.atomic():
        take_turn(Turn.ASKING_FOR_TRANSLATIONS, connection.pk)
        if TranslationOrder.objects.being_sent().filter(connection=connection).exists():
            raise Later(_ORDER, SOON)
