"""Looking at a source: each new file at its location is read once, in order of name.

A source of translations has no files: the requests of the PIM's own people are looked for instead.

What was seen and read is remembered in SourceFile. A file is read when it is complete: it has not
changed for some seconds, by its date or by what was seen. Whatever dies in between, the next look
goes on: the row of a file says that it was read in the transaction that closes its offer.
"""

import hashlib
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from enrichment import source_ownership
from enrichment.complete_files import LATER, SOON, Later, being_written, is_complete
from enrichment.incoming import Entry, Incoming, fetched, files_at, incoming_of
from enrichment.media.looking import look_at_files
from enrichment.models import Offer, Source, SourceFile
from enrichment.offers import begin, begin_again, clear, give_up_reading
from enrichment.ownership import OfferLost
from enrichment.reading_files import (
    CUT_OFF,
    INTERNAL,
    MOST_TRIES,
    CannotBeUsed,
    read_file,
    refuse_unless_read,
)
from enrichment.seen_files import note_seen, same_content
from enrichment.translations.by_attributes.looking import look_for_requests
from outbound.errors import OutboundError, TransientError

logger = logging.getLogger(__name__)


def look_at(source: Source, *, by: str = "", sleep: Callable[[float], None] = time.sleep) -> bool:
    """Read what is new at this source; return False when another process is at it.

    What is wrong with the place, or with a file, is its `problem`. `by` is who asked for it.
    """
    if not source_ownership.claim(source):
        return False
    wanted = source.next_look_at
    try:
        with source_ownership.heartbeat(source) as lost:
            try:
                if source.kind == Source.Kind.TRANSLATIONS:
                    problem, wait = look_for_requests(source, lost, by=by, sleep=sleep)
                else:
                    problem, wait = _look(source, _Reader(source, by, lost, sleep))
            except source_ownership.SourceLost:
                raise
            except Exception:  # a fault of ours: the log has it, and its page says so
                logger.exception("Source %s", source.pk)
                problem, wait = INTERNAL, LATER
        _end(source, wanted, problem, wait)
    except source_ownership.SourceLost:
        logger.warning("Source %s is not looked at any more", source.pk)
    return True


def _look(source: Source, reader: "_Reader") -> tuple[str, timedelta | None]:
    """Return what is wrong there, and when to look again before the usual time."""
    try:
        refuse_unless_read(source.connection)
        incoming = incoming_of(source)
        rows = note_seen(source, files_at(incoming, source.kind))
        if source.kind == Source.Kind.MEDIA:
            return reader.take_all(incoming, rows)
        for row in rows:
            if not row.is_read:
                reader.take(incoming, row)
    except Later as later:
        return later.message, later.wait
    except OutboundError as error:
        logger.warning("Source %s: %s (%s)", source.pk, error.message, error.detail)
        return error.message, LATER if isinstance(error, TransientError) else None
    bad = next((row for row in rows if row.problem), None)
    return (f"{bad.name}: {bad.problem}" if bad else ""), None


def _end(source: Source, wanted: datetime | None, problem: str, wait: timedelta | None) -> None:
    """Let go of the source. Who asked for another look meanwhile is given it."""
    now = timezone.now()
    with transaction.atomic():
        current = source_ownership.hold(source)
        current.owner, current.looked_at, current.problem = "", now, problem
        if current.next_look_at == wanted:
            waits = [wait] if wait is not None else []
            # Who serves requests is left alone for as long as it said, however often is looked.
            is_told = waits and current.kind == Source.Kind.TRANSLATIONS
            if current.every and not is_told:
                waits.append(timedelta(minutes=current.every))
            current.next_look_at = now + min(waits) if waits else None
        current.save(update_fields=["owner", "looked_at", "problem", "next_look_at", "updated_at"])
    source.refresh_from_db()


class _Reader:
    """Reads the files of one look, one after the other."""

    def __init__(
        self, source: Source, by: str, lost: Event, sleep: Callable[[float], None]
    ) -> None:
        self._source, self._by, self._lost, self._sleep = source, by, lost, sleep

    def take_all(
        self, incoming: Incoming, rows: Sequence[SourceFile]
    ) -> tuple[str, timedelta | None]:
        """Read images and files, all of them into one offer."""
        return look_at_files(self._source, incoming, rows, self._by, self._lost, self._sleep)

    def take(self, incoming: Incoming, row: SourceFile) -> None:
        """Read a file that is to be read. Raises Later and OutboundError when nothing goes on."""
        if self._lost.is_set():
            raise source_ownership.SourceLost
        if not is_complete(row):
            raise being_written(row)
        refuse_unless_read(self._source.connection)  # each file may take long; off holds at once
        with tempfile.TemporaryFile() as file:
            try:
                is_whole = fetched(incoming, _entry(row), file)
            except TransientError:
                raise
            except OutboundError as error:  # of this file only: its neighbours are read
                self._note(row, error.message)
                return
            if not is_whole:
                raise being_written(row)
            self._take_copy(row, file)

    def _take_copy(self, row: SourceFile, file: BinaryIO) -> None:
        digest = _digest(file)
        known = same_content(row, digest)
        if known is not None:
            row.is_read, row.read_at, row.digest = True, known.read_at, digest
            row.offer_id, row.problem = known.offer_id, known.problem
            row.save()
            return
        offer = self._begin(row)
        if row.tries > MOST_TRIES:
            self._settle(row, offer, digest, CUT_OFF)
            return
        try:
            read_file(offer, file, finish=lambda: _note_read(row, digest), sleep=self._sleep)
        except CannotBeUsed as bad:
            self._settle(row, offer, digest, bad.message)
        except OutboundError as error:
            give_up_reading(offer, f"{error.message} It is read at the next look at its source.")
            SourceFile.objects.filter(pk=row.pk).update(tries=0)
            raise
        except OfferLost:
            raise source_ownership.SourceLost from None

    def _begin(self, row: SourceFile) -> Offer:
        """The offer that this file is read into: a new one, or the one that died."""
        with transaction.atomic():
            source = source_ownership.hold(self._source)
            if source.is_paused:
                raise Later("", timedelta(0))
            offer = row.offer
            if offer is None:
                offer = begin(
                    source.connection, Offer.Kind.VALUES, row.name, source=source, by=self._by
                )
            elif not begin_again(offer):
                raise Later(f"{row.name} is being read already.", SOON)
            row.offer = offer
            row.tries += 1
            row.save()
        clear(offer)
        return offer

    def _settle(self, row: SourceFile, offer: Offer, digest: str, problem: str) -> None:
        """Nothing of it can be used; it is not read again as it is."""
        give_up_reading(offer, problem)
        _note_read(row, digest, problem)
        row.problem = problem

    def _note(self, row: SourceFile, problem: str) -> None:
        row.problem = problem
        row.save(update_fields=["problem", "updated_at"])


def _note_read(row: SourceFile, digest: str, problem: str = "") -> None:
    SourceFile.objects.filter(pk=row.pk).update(
        digest=digest,
        is_read=True,
        read_at=timezone.now(),
        tries=0,
        problem=problem,
        updated_at=timezone.now(),
    )
    row.problem = problem


def _entry(row: SourceFile) -> Entry:
    return Entry(row.name, row.size, row.modified)


def _digest(file: BinaryIO) -> str:
    """The SHA-256 of a file, which is left at its beginning."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any file
    file.seek(0)
    return digest
