"""What Celery wakes workers for. Every task may run twice: the database knows what is to do."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connections import audit
from connections.audit import Action
from connections.installation import is_paused
from enrichment import ownership
from enrichment.models import Offer
from enrichment.offers import give_up_reading
from enrichment.undoing import begin_undo, read_undo
from enrichment.working import work_on
from outbound.errors import OutboundError

logger = logging.getLogger(__name__)

_QUEUED_TOO_LONG = timedelta(minutes=2)
_CUT_OFF = "Reading it was cut off, and nothing of it was written. Offer it again."


@shared_task
def work_on_offer(offer_id: int) -> None:
    """Write what is approved of this offer, unless somebody does already or nothing is."""
    offer = Offer.objects.select_related("connection").filter(pk=offer_id).first()
    if offer is None or offer.state != Offer.State.WRITING:
        return
    if (offer.not_before and offer.not_before > timezone.now()) or not ownership.claim(offer):
        return
    try:
        work_on(offer)
    except ownership.OfferLost:
        logger.warning("Offer %s was taken over by another process", offer_id)


@shared_task
def undo_offer(undoing_id: int) -> None:
    """Read what became of what is to be undone, and have what was there before written again."""
    undoing = Offer.objects.select_related("connection").filter(pk=undoing_id).first()
    if undoing is None or not _is_to_be_read(undoing) or not ownership.claim(undoing):
        return
    try:
        read_undo(undoing)
    except OutboundError as error:  # the offer says so on its page
        logger.warning("Offer %s undoes nothing: %s (%s)", undoing_id, error.message, error.detail)
    except ownership.OfferLost:
        logger.warning("Reading offer %s was given up", undoing_id)


def have_undone(offer: Offer, *, by: str) -> None:
    """Record that somebody takes an offer back, and let a worker read what became of it.

    Does nothing when somebody did so before.
    """
    with transaction.atomic():
        undoing = begin_undo(offer, by=by)
        if undoing is None:
            return
        audit.record(Action.OFFER_UNDONE, offer.connection, offer)
        pk = undoing.pk
        transaction.on_commit(lambda: undo_offer.delay(pk))


def _is_to_be_read(offer: Offer) -> bool:
    """Whether it waits for a worker that reads it, which only those of undoing do."""
    is_reading = offer.state == Offer.State.READING
    return is_reading and offer.kind == Offer.Kind.UNDO and not offer.owner


@shared_task
def take_up_unfinished_offers() -> None:
    """Find offers that are due or that nobody works on any more. Every 30 s."""
    if is_paused():
        return
    now = timezone.now()
    for offer in Offer.objects.under_way().filter(Q(not_before=None) | Q(not_before__lte=now)):
        if not ownership.is_free(offer):
            continue
        if _is_to_be_read(offer):
            if offer.updated_at < now - _QUEUED_TOO_LONG:
                undo_offer.delay(offer.pk)
        elif offer.state == Offer.State.READING:
            logger.warning("Reading offer %s was cut off", offer.pk)
            give_up_reading(offer, _CUT_OFF)
        elif offer.owner or offer.not_before or offer.updated_at < now - _QUEUED_TOO_LONG:
            work_on_offer.delay(offer.pk)
