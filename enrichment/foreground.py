"""An offer read, approved and written by a command, with no worker needed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connections.clients import client_for
from connections.connections import noticing_loss
from connections.models import Connection
from enrichment import ownership
from enrichment.models import Offer
from enrichment.offers import begin, end_reading, give_up_reading
from enrichment.reading import Reading
from enrichment.working import work_on
from pim.client import PimClient

_INTERRUPTED = "Reading it was interrupted, and nothing of it was written. Offer it again."
_FAILED = "Reading it failed, and nothing of it was written. Offer it again."

Read = Callable[[Reading, PimClient], None]


def try_out(
    connection: Connection, read: Read, *, sleep: Callable[[float], None] = time.sleep
) -> Reading:
    """Read a source and compare what it offers with the PIM. Nothing is stored or written.

    Raises what `read` raises.
    """
    reading = Reading(connection)
    with noticing_loss(connection):
        read(reading, client_for(connection, sleep=sleep))
    return reading


def write_all(
    connection: Connection,
    kind: Offer.Kind,
    name: str,
    read: Read,
    *,
    by: str,
    approved: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Offer, Reading]:
    """Read a source, approve what it offers and write it; return the offer as it stands then.

    Unless `approved` what it offers waits for a person, but for what its source's rules approve.
    While the PIM is unwell for long the offer is put off, and workers go on with it. Raises what
    `read` raises, and then nothing was written; OfferLost when another process took it over.
    """
    offer = begin(connection, kind, name, by=by)
    reading = Reading(connection, offer, approved_by=by if approved else "")
    with _kept_or_given_up(offer), ownership.heartbeat(offer), noticing_loss(connection):
        read(reading, client_for(connection, sleep=sleep))
        end_reading(
            offer,
            read=reading.read,
            unchanged=reading.unchanged,
            invalid=reading.invalid,
            here=approved,
        )
    if offer.state == Offer.State.WRITING:
        work_on(offer, sleep=sleep)
    return offer, reading


@contextmanager
def _kept_or_given_up(offer: Offer) -> Iterator[None]:
    """Leave nothing of an offer whose reading does not come to its end."""
    try:
        yield
    except ownership.OfferLost:
        raise
    except BaseException as error:
        words = _INTERRUPTED if isinstance(error, KeyboardInterrupt) else _FAILED
        give_up_reading(offer, getattr(error, "message", words))
        raise
