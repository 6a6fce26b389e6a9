"""A file of values or translations read into its offer, by a worker."""

import logging
import sqlite3
import time
from collections.abc import Callable
from typing import BinaryIO

from django.db import transaction

from connections.clients import client_for
from connections.connections import noticing_loss
from connections.enriching import refuse_unless_on
from connections.installation import refuse_on_wrong_copy
from connections.models import Connection
from enrichment import ownership
from enrichment.candidates import Problem
from enrichment.models import Offer, Source
from enrichment.offers import end_reading
from enrichment.proposing import Allowed, propose_values
from enrichment.reading import Reading
from enrichment.tables import Unreadable, open_table
from enrichment.translations.importing import propose_translations
from outbound.errors import ConfigurationError, OutboundError
from pim.client import PimClient

logger = logging.getLogger(__name__)

MOST_TRIES = 3  # of a file: one by which each of its readers dies is left alone
CUT_OFF = (
    f"Reading it was cut off {MOST_TRIES} times, and nothing of it was written. Ask the people who "
    "run Ferry: the log of its workers says more."
)
INTERNAL = "Something went wrong here, and nothing of it was written. It was logged; tell support."
FULL = "There was no room for it on the disk of the machine where Ferry's workers run."
_UNTRANSLATED = (
    "Texts that are not marked as translated, reviewed or final, and were left alone: {:,}. If "
    "they are translated, have them marked in the program that was used, and upload the file again."
)


class CannotBeUsed(Exception):
    """Nothing of the file can be used, however often it is read. `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def refuse_unless_read(connection: Connection) -> None:
    """Raise ConfigurationError, with the way out, unless files are read for this PIM at present."""
    refuse_on_wrong_copy()
    connection.refresh_from_db()
    if not connection.is_connected:
        raise ConfigurationError(
            f"{connection.host} is not connected at present. Open Ferry from there once."
        )
    refuse_unless_on(connection)


def read_file(
    offer: Offer,
    file: BinaryIO,
    *,
    finish: Callable[[], object],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Read a file into an offer that is ours; what its source approves is written by a worker.

    `finish` is called in the transaction that closes the reading. Raises CannotBeUsed for what is
    settled so, OutboundError for what may be better another time, and OfferLost. The offer is
    closed in the first case only.
    """
    reading = Reading(offer.connection, offer)
    try:
        with ownership.heartbeat(offer), noticing_loss(offer.connection):
            client = client_for(offer.connection, sleep=sleep)
            _propose(reading, offer, client, file)
    except Unreadable as bad:
        where = f"Line {bad.line}: " if bad.line else ""
        raise CannotBeUsed(f"{where}{bad.message}") from bad
    except sqlite3.Error as error:
        raise ConfigurationError(FULL, detail=repr(error)) from error
    except (OutboundError, ownership.OfferLost):
        raise
    except Exception as error:  # a fault of ours: the log has it, and the next file is read
        logger.exception("Offer %s could not be read", offer.pk)
        raise CannotBeUsed(INTERNAL) from error
    with transaction.atomic():
        end_reading(offer, read=reading.read, unchanged=reading.unchanged, invalid=reading.invalid)
        finish()


def _propose(reading: Reading, offer: Offer, client: PimClient, file: BinaryIO) -> None:
    if offer.kind != Offer.Kind.TRANSLATIONS:
        table = open_table(file, offer.name)
        propose_values(reading, client, table, _allowed(offer.source))
        return
    untranslated = propose_translations(reading, client, file)
    if untranslated:
        reading.take(problems=[Problem(_UNTRANSLATED.format(untranslated))])


def _allowed(source: Source | None) -> Allowed:
    if source is None:
        return Allowed()
    return Allowed(source.may_create, source.may_create_options, source.empty_erases)
