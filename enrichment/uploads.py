"""Files that people send, such as values, translations or packed pictures: kept until a worker has
read them.

The file is on the disk before its offer is in the database, and goes after it was read: whatever
dies in between, its offer is read again, or a file without an offer is removed by `tidy_up`.
"""

import logging
import time
from collections.abc import Callable, Iterable
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from connections.models import Connection
from enrichment import ownership
from enrichment.kept_files import new_file, path_of, remove_files
from enrichment.media.sent_files import read_sent_files
from enrichment.models import Offer, Source, Upload
from enrichment.offers import begin, clear, give_up_reading
from enrichment.reading_files import (
    CUT_OFF,
    MOST_TRIES,
    NOT_HERE,
    CannotBeUsed,
    read_file,
    refuse_unless_read,
)
from enrichment.setbacks import MAX_SETBACKS, wait_after
from outbound.errors import OutboundError, TransientError

logger = logging.getLogger(__name__)


def offer_upload(
    connection: Connection,
    name: str,
    pieces: Iterable[bytes],
    *,
    kind: Offer.Kind = Offer.Kind.VALUES,
    source: Source | None = None,
    by: str = "",
) -> Offer:
    """Keep a file and return its offer, which a worker reads as soon as one is free.

    What it may do beside changing values is what its source may. Raises OSError.
    """
    from enrichment.tasks import read_upload_of

    uuid = uuid4()
    with new_file(uuid) as file:
        for piece in pieces:
            file.write(piece)
    with transaction.atomic():
        offer = begin(connection, kind, name, source=source, by=by, here=False)
        Upload.objects.create(offer=offer, uuid=uuid)
        transaction.on_commit(lambda: read_upload_of.delay(offer.pk))
    return offer


def read_upload(upload: Upload, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Read a file that was sent, unless another process does or has.

    While the PIM is unwell it is put off; once nothing of it can be read its offer says why.
    """
    offer = upload.offer
    if offer.state != Offer.State.READING or not ownership.claim(offer):
        return
    clear(offer)  # what a reader left that died
    upload.tries += 1
    upload.save(update_fields=["tries", "updated_at"])
    try:
        _read(upload, sleep)
    except CannotBeUsed as bad:
        _give_up(upload, bad.message)
    except TransientError as error:
        logger.warning("Upload %s waits: %s (%s)", upload.pk, error.message, error.detail)
        _put_off(upload, error)
    except OutboundError as error:
        logger.warning("Upload %s stopped: %s (%s)", upload.pk, error.message, error.detail)
        _give_up(upload, f"{error.message} Then upload it again.")
    except ownership.OfferLost:
        logger.warning("Upload %s was taken over by another process", upload.pk)


def _read(upload: Upload, sleep: Callable[[float], None]) -> None:
    if upload.tries > MOST_TRIES:
        raise CannotBeUsed(CUT_OFF)
    refuse_unless_read(upload.offer.connection)
    if upload.offer.kind == Offer.Kind.MEDIA:
        packed = path_of(upload.uuid)
        read_sent_files(upload.offer, packed, finish=lambda: _forget(upload), sleep=sleep)
        return
    try:
        file = path_of(upload.uuid).open("rb")
    except OSError as error:
        logger.warning("Upload %s cannot be opened: %s", upload.pk, error)
        raise CannotBeUsed(NOT_HERE) from error
    with file:
        read_file(upload.offer, file, finish=lambda: _forget(upload), sleep=sleep)


def _forget(upload: Upload) -> None:
    """Within a transaction: the file is not needed any more once it is through."""
    uuid = upload.uuid
    Upload.objects.filter(pk=upload.pk).delete()
    transaction.on_commit(lambda: remove_files([uuid]), robust=True)


def _give_up(upload: Upload, problem: str) -> None:
    give_up_reading(upload.offer, problem)
    with transaction.atomic():
        _forget(upload)


def _put_off(upload: Upload, error: OutboundError) -> None:
    offer = upload.offer
    if offer.setbacks >= MAX_SETBACKS:
        _give_up(upload, f"{error.message} Upload it again later.")
        return
    clear(offer)
    wait = wait_after(offer.setbacks)
    with transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(tries=0)  # its reader did not die
        ownership.lock(offer)
        offer.setbacks += 1
        offer.problem, offer.owner = error.message, ""
        offer.not_before = timezone.now() + wait
        offer.save()
