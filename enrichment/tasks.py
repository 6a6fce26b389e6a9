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
from enrichment import ownership, source_ownership
from enrichment.looking import look_at
from enrichment.models import Offer, Source, SourceFile, TranslationOrder, Upload
from enrichment.offers import give_up_reading
from enrichment.sources import may_be_looked_at
from enrichment.translations import order_ownership
from enrichment.translations.forgetting import forget_gone_translations
from enrichment.translations.working import work_on_order
from enrichment.undoing import begin_undo, read_undo
from enrichment.uploads import read_upload
from enrichment.working import work_on
from outbound.errors import OutboundError

logger = logging.getLogger(__name__)

_QUEUED_TOO_LONG = timedelta(minutes=2)
_CUT_OFF = "Reading it was cut off, and nothing of it was written. Offer it again."
_CUT_OFF_LOOK = (
    "Reading it was cut off, and nothing of it was written. It is read at the next look at its "
    "source."
)
_CUT_OFF_FEEDBACK = (
    "Reading it was cut off, and nothing of it was written. It is offered again by itself."
)


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
            _take_up_reading(offer)
        elif offer.owner or offer.not_before or offer.updated_at < now - _QUEUED_TOO_LONG:
            work_on_offer.delay(offer.pk)


def _take_up_reading(offer: Offer) -> None:
    """Have the file of an upload read again; of everything else the source is read again."""
    if Upload.objects.filter(offer=offer).exists():
        read_upload_of.delay(offer.pk)
        return
    if TranslationOrder.objects.working().filter(offer=offer).exists():
        return  # whoever takes up the order reads it again
    logger.warning("Reading offer %s was cut off", offer.pk)
    give_up_reading(offer, _why_cut_off(offer))


def _why_cut_off(offer: Offer) -> str:
    """What becomes of an offer whose reading died: whoever made it makes another one, or not."""
    is_of_requests = offer.source is not None and offer.source.kind == Source.Kind.TRANSLATIONS
    if offer.kind == Offer.Kind.FEEDBACK or is_of_requests:
        return _CUT_OFF_FEEDBACK
    return _CUT_OFF_LOOK if SourceFile.objects.filter(offer=offer).exists() else _CUT_OFF


@shared_task
def read_upload_of(offer_id: int) -> None:
    """Read the file that somebody sent into this offer, unless somebody does or it is not due."""
    uploads = Upload.objects.select_related("offer__connection", "offer__source")
    upload = uploads.filter(offer=offer_id).first()
    if upload is None:
        return
    not_before = upload.offer.not_before
    if not is_paused() and (not_before is None or not_before <= timezone.now()):
        read_upload(upload)


@shared_task
def look_at_source(source_id: int, by: str = "") -> None:
    """Read what is new at this source, unless it is not due, or another process is at it."""
    due = Source.objects.due(timezone.now()).select_related("connection")
    source = due.filter(pk=source_id).first()
    if source is not None and may_be_looked_at(source.connection):
        look_at(source, by=by)


@shared_task
def look_at_due_sources() -> None:
    """Have those sources looked at whose time has come. Every 30 s."""
    if is_paused():
        return
    for source in Source.objects.due(timezone.now()).select_related("connection"):
        if source_ownership.is_free(source) and may_be_looked_at(source.connection):
            look_at_source.delay(source.pk)


@shared_task
def work_on_translation_order(order_id: int) -> None:
    """Make the file, or count or translate the texts, unless somebody does or it is not due."""
    rows = TranslationOrder.objects.working().select_related("connection", "offer")
    order = rows.filter(pk=order_id).first()
    if order is None or is_paused():
        return
    if order.not_before is None or order.not_before <= timezone.now():
        work_on_order(order)


@shared_task
def take_up_translation_orders() -> None:
    """Find orders for translations that are due or that nobody works on any more. Every 30 s."""
    if is_paused():
        return
    now = timezone.now()
    due = TranslationOrder.objects.working().filter(Q(not_before=None) | Q(not_before__lte=now))
    for order in due:
        if not order_ownership.is_free(order):
            continue
        if order.owner or order.not_before or order.updated_at < now - _QUEUED_TOO_LONG:
            work_on_translation_order.delay(order.pk)


@shared_task
def forget_translations_of_gone_products() -> None:
    """Forget from what translations were made whose products are gone from the PIM. Every hour."""
    if not is_paused():
        logger.info("Forgot %s translated texts", forget_gone_translations())
