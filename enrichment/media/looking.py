"""Looking at a source of images and files: what is new there becomes one offer.

A file that could not be used is tried again every hour, when somebody asks, and with a new table of
assets: its product may come after it, and its row be corrected. A look of which nothing came but
what was told before leaves no offer.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event

from django.db import transaction
from django.utils import timezone

from enrichment import source_ownership
from enrichment.candidates import Candidate, Problem
from enrichment.complete_files import LATER, SOON, Later, being_written, is_complete
from enrichment.incoming import Incoming
from enrichment.media.asset_rows import TABLE
from enrichment.media.delivered import Delivered
from enrichment.media.keeping import release, release_settled, remove_kept
from enrichment.media.patterns import pattern_of
from enrichment.media.proposing import propose_media
from enrichment.models import Offer, Proposal, Source, SourceFile
from enrichment.offers import begin, begin_again, clear, give_up_reading
from enrichment.ownership import OfferLost
from enrichment.reading import Reading
from enrichment.reading_files import CannotBeUsed, read_into, refuse_unless_read
from enrichment.wording import shown
from outbound.errors import ConfigurationError, OutboundError
from pim.client import PimClient

logger = logging.getLogger(__name__)

_ROWS = 500
_TRIED_AGAIN = timedelta(hours=1)
_AT_NEXT_LOOK = "It is read at the next look at its source."


def look_at_files(
    source: Source,
    incoming: Incoming,
    rows: Sequence[SourceFile],
    by: str,
    lost: Event,
    sleep: Callable[[float], None],
) -> tuple[str, timedelta | None]:
    """Offer what is new among these files of a source that is ours.

    Return what is wrong there, and when to look again before the usual time. Raises Later,
    OutboundError and SourceLost.
    """
    release_settled()
    ready: list[SourceFile] = []
    unfinished: list[SourceFile] = []
    for row in rows:
        (ready if row.is_read or is_complete(row) else unfinished).append(row)
    table = next((row for row in unfinished if row.name == TABLE), None)
    if table is not None:
        raise being_written(table)
    has_table = any(row.name == TABLE and _is_due(row, anyway=False) for row in ready)
    new = [row for row in ready if _is_due(row, anyway=has_table or bool(by))]
    waits = _Look(source, ready, new, by, lost).read(incoming, sleep) if new else ""
    bad = next((row for row in rows if row.problem), None)
    if waits:
        return waits, LATER
    problem = f"{bad.name}: {bad.problem}" if bad is not None else ""
    if unfinished:
        later = being_written(unfinished[0])
        return problem or later.message, later.wait
    return problem, None


def _is_due(row: SourceFile, *, anyway: bool) -> bool:
    """Whether it is new, or may be of use now; `anyway`: also where that was told lately."""
    if row.is_read:
        return False
    is_known = row.problem and row.updated_at > row.unchanged_since
    now = timezone.now()
    was_told_lately = now - _TRIED_AGAIN <= row.updated_at <= now  # a clock may have run ahead
    return not (is_known and was_told_lately) or anyway


class _Look:
    """One look at files that are complete, some of them new."""

    def __init__(
        self,
        source: Source,
        rows: Sequence[SourceFile],
        new: Sequence[SourceFile],
        by: str,
        lost: Event,
    ) -> None:
        self._source, self._rows, self._new = source, rows, new
        self._by, self._lost = by, lost

    def read(self, incoming: Incoming, sleep: Callable[[float], None]) -> str:
        """Return why something was left for another look, "" if nothing was."""
        pattern = pattern_of(self._source)
        offer = self._begin()
        new = {row.name for row in self._new}
        reading = _LookReading(offer, [row.name for row in self._rows if row.name not in new])
        try:
            delivered = Delivered(offer, incoming, self._rows, new, self._go_on)

            def propose(reading: Reading, client: PimClient) -> None:
                propose_media(reading, client, delivered, delivered.names(), pattern)

            with incoming.held_open():
                delivered.fetch_table()
                read_into(
                    reading,
                    propose,
                    finish=lambda: self._finish(offer, delivered, reading.told),
                    sleep=sleep,
                )
        except (CannotBeUsed, Later, OutboundError) as error:
            give_up_reading(offer, f"{error.message} {_AT_NEXT_LOOK}")
            if isinstance(error, CannotBeUsed):
                raise ConfigurationError(error.message) from error
            raise
        except OSError as error:
            said = f"Ferry's own folder cannot be used ({error.strerror}). Tell who runs Ferry."
            give_up_reading(offer, f"{said} {_AT_NEXT_LOOK}")
            raise ConfigurationError(said, detail=repr(error)) from error
        except OfferLost:
            raise source_ownership.SourceLost from None
        return delivered.waits

    def _go_on(self) -> bool:
        """Raise what ends the look, and tell whether more is to be fetched: off holds at once."""
        if self._lost.is_set():
            raise OfferLost("the source is not ours any more")
        refuse_unless_read(self._source.connection)
        return not Source.objects.filter(pk=self._source.pk, is_paused=True).exists()

    def _begin(self) -> Offer:
        """The offer that they are read into: a new one, or the one that died."""
        name = self._new[0].name if len(self._new) == 1 else self._source.name
        with transaction.atomic():
            source = source_ownership.hold(self._source)
            if source.is_paused:
                raise Later("", timedelta(0))
            offer = max(filter(None, (row.offer for row in self._new)), key=_pk, default=None)
            if offer is None:
                offer = begin(source.connection, Offer.Kind.MEDIA, name, source=source, by=self._by)
            elif not begin_again(offer):
                raise Later(f"“{offer}” is being read already.", SOON)
            for start in range(0, len(self._new), _ROWS):
                pks = [row.pk for row in self._new[start : start + _ROWS]]
                SourceFile.objects.filter(pk__in=pks).update(offer=offer)
        clear(offer)
        return offer

    def _finish(self, offer: Offer, delivered: Delivered, told: dict[str, str]) -> None:
        """Within the transaction that closes the reading: note what was read. Raises SourceLost."""
        now = timezone.now()
        is_news = Proposal.objects.filter(offer=offer).exists()
        for row in self._new:
            problem = told.get(shown(row.name), "")
            content = delivered.contents.get(row.name, row.digest)
            is_news |= content != row.digest or problem != row.problem
            row.problem, row.updated_at, row.offer = problem, now, None
            if row.name in delivered.contents:
                row.is_read, row.read_at, row.offer, row.digest = True, now, offer, content
        # What an earlier offer is to create was to come along, or its collection lacks it.
        missed = [row for row in self._rows if row.is_read and row.name in delivered.missed]
        for row in missed:
            row.is_read, row.offer = False, None
        source_ownership.hold(self._source)  # so that none of its rows goes, and comes back
        SourceFile.objects.bulk_create(  # an update of thousands takes ten times as long
            [*self._new, *missed],
            batch_size=_ROWS,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["is_read", "read_at", "digest", "offer", "problem", "updated_at"],
        )
        if is_news:
            transaction.on_commit(lambda: release(offer), robust=True)
            return
        uuid = offer.uuid
        Offer.objects.filter(pk=offer.pk).delete()
        transaction.on_commit(lambda: remove_kept([uuid]), robust=True)


class _LookReading(Reading):
    """Keeps what was told, by file, and tells nothing anew of files that were read before."""

    def __init__(self, offer: Offer, known: Sequence[str]) -> None:
        super().__init__(offer.connection, offer, by_column=True)
        self._known = {shown(name) for name in known}
        self.told: dict[str, str] = {}

    def take(
        self,
        candidates: Sequence[Candidate] = (),
        problems: Sequence[Problem] = (),
        *,
        invalid: int = 0,
        read_at: datetime | None = None,
    ) -> None:
        # What is told of a cell of the table is about a row of which something is new.
        new = [one for one in problems if one.column or one.place not in self._known]
        for one in new:
            self.told.setdefault(one.place, one.message)
        invalid -= len(problems) - len(new)
        super().take(candidates, new, invalid=invalid, read_at=read_at)


def _pk(offer: Offer) -> int:
    return offer.pk
