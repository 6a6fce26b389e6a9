"""Work on an offer until all that is approved of it is written, or somebody must act."""

import logging
import time
from collections.abc import Callable
from threading import Event

from django.db import transaction
from django.utils import timezone

from connections.clients import client_for
from connections.connections import noticing_loss
from connections.enriching import refuse_unless_on
from connections.installation import refuse_on_wrong_copy
from enrichment import ownership
from enrichment.gone_attributes import refuse_gone
from enrichment.media.keeping import release
from enrichment.models import Offer
from enrichment.offers import refresh_state
from enrichment.setbacks import MAX_SETBACKS, wait_after
from enrichment.signals import offers_changed
from enrichment.writing import write_approved
from outbound.errors import ConfigurationError, OutboundError, TransientError
from pim.errors import ValidationFailed

logger = logging.getLogger(__name__)

_INTERNAL = "Something went wrong here. It was logged; try again, and tell support if it stays so."
_UNANSWERED = "The PIM did not answer for some of the values. They are tried again."


def work_on(offer: Offer, *, sleep: Callable[[float], None] = time.sleep) -> Offer:
    """Write what is approved of a claimed offer, and return it as it stands then.

    `sleep` is how it waits between two tries at the PIM. While the PIM is unwell the offer is put
    off, and stopped with a `problem` after some times without a step ahead, as it is when somebody
    must act. What was written stays written. Raises OfferLost when another process took it over.
    """
    with ownership.heartbeat(offer) as lost:
        try:
            _write(offer, lost, sleep)
        except ConfigurationError as error:
            logger.warning("Offer %s stopped: %s (%s)", offer.pk, error.message, error.detail)
            _end(offer, problem=error.message)
        except OutboundError as error:
            logger.warning("Offer %s waits: %s (%s)", offer.pk, error.message, error.detail)
            _put_off(offer, error)
        except ownership.OfferLost:
            raise
        except Exception:  # a fault of ours: the log has it, and no offer stays under way by it
            logger.exception("Offer %s stopped", offer.pk)
            _end(offer, problem=_INTERNAL)
    return offer


def _write(offer: Offer, lost: Event, sleep: Callable[[float], None]) -> None:
    def go_on() -> None:
        if lost.is_set():
            raise ownership.OfferLost(f"offer {offer.pk} is not ours any more")
        connection.refresh_from_db(fields=["enriched_since", "scopes"])  # off holds at once
        refuse_unless_on(connection)

    refuse_on_wrong_copy()
    connection = offer.connection
    connection.refresh_from_db()
    while True:
        refuse_unless_on(connection)
        client = client_for(connection, sleep=sleep)
        with noticing_loss(connection):
            try:
                settled = write_approved(offer, client, go_on=go_on)
            except ValidationFailed:
                settled = refuse_gone(offer, client)
                if not settled:
                    raise
        if settled:
            offer.setbacks = 0
        if _end(offer):
            return
        if not settled:
            raise TransientError(_UNANSWERED)


def _end(offer: Offer, *, problem: str = "") -> bool:
    """Let go of the offer unless there is something to write still, and no problem with it."""
    with transaction.atomic():
        ownership.lock(offer)
        refresh_state(offer)
        if problem and offer.state != Offer.State.DONE:
            offer.state = Offer.State.STOPPED
        elif offer.state == Offer.State.WRITING:
            return False
        offer.problem, offer.owner, offer.not_before = problem, "", None
        offer.save()
        offers_changed.send(Offer, connection=offer.connection)
    release(offer)
    return True


def _put_off(offer: Offer, error: OutboundError) -> None:
    offer.setbacks += 1
    if offer.setbacks > MAX_SETBACKS:
        _end(offer, problem=error.message)
        return
    wait = wait_after(offer.setbacks - 1)
    with transaction.atomic():
        ownership.lock(offer)
        offer.problem, offer.owner = error.message, ""
        offer.not_before = timezone.now() + wait
        offer.save()
