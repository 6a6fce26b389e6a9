"""Pulling a catalog of models: simple products, and models with their variants.

The listing of uuids is the truth here too: it has the simple products and the variants. Models are
read once it is complete, so that a list of their variants can be compared with it. A model's own
date does not move with its variants: so a delta asks what changed by uuid, and reads the models of
what changed, left or moved. What is listed and came with nothing is looked for by its parents.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from outbound.errors import TransientError
from pim.client import PimClient
from pim.values import ProductPage, RawProduct, UuidPage
from sync import pull
from sync.ahead import THREADS, ReadAhead
from sync.assembly import Assembly
from sync.beside import add_beside, assembly_for, with_beside
from sync.departures import note_what_left
from sync.explaining import explained, refuse_disabled
from sync.keys import gathered, unread_keys
from sync.model_keys import to_read_again
from sync.model_reading import Found, confirm_listed, model_pages, read_models, roots_of
from sync.model_recording import let_go_of_variants, record_changed
from sync.models import Checkpoint, Run
from sync.navigation import Navigation
from sync.pull import confirm_complete, confirm_enabled, read_one_by_one, read_what_is_due
from sync.recording import record_found, record_products, record_uuids
from sync.runs import enter, promote_to_full

logger = logging.getLogger(__name__)

_UNREAD = 2000  # uuids that are looked for by their parents; of more, everything is read again
_AGAIN = 1000  # models whose codes are in memory
_SLICE = 50  # of them that are read before they are recorded

ENDED_EARLY = (
    "The PIM's pages of products and models ended early. Nothing was withdrawn; the next run reads "
    "them again."
)

_Part = Checkpoint.Part


def pull_models(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
    navigation: Navigation | None = None,
) -> bool:
    """As `pull.pull_run`, for a catalog of models; what left is noted already."""
    with explained(run.catalog, client):
        confirm_enabled(run, client)
        assembly = assembly_for(navigation or Navigation(run.catalog), client)
        pulling = _Pulling(run, client, assembly, go_on, sleep)
        while True:
            pulling.read_pages()
            pulling.read_due()
            pulling.read_again()
            if pulling.read_what_is_missing():
                break
            if run.mode == Run.Mode.FULL:
                raise TransientError(ENDED_EARLY)
            logger.info("Run %s reads everything: too much that is listed is new", run.pk)
            promote_to_full(run)
        pulling.read_again()
        with gathered(run):
            note_what_left(run)
    return True


@dataclass(frozen=True, slots=True)
class _Pulling:
    """One pull, and what all of its steps need."""

    run: Run
    client: PimClient
    assembly: Assembly
    go_on: Callable[[], None]
    sleep: Callable[[float], None]

    def read_pages(self) -> None:
        """Read what has pages, each part from its checkpoint on; the models after the listing.

        Of a delta, the simple products only if something changed that is no variant.
        """
        run = self.run
        listing = _checkpoint(run, _Part.LISTING)
        enter(run, Run.Phase.READING if listing.is_done else Run.Phase.LISTING)
        with ReadAhead[Checkpoint, UuidPage | ProductPage](
            THREADS, look=self.go_on, sleep=self.sleep
        ) as ahead:
            reader = self.client.waiting_by(ahead.sleep)

            def add(part: Checkpoint) -> None:
                if not part.is_done:
                    ahead.add(part, partial(self._pages, reader, part, ahead))

            add(listing)
            if run.mode == Run.Mode.FULL:
                add(_checkpoint(run, _Part.PRODUCTS))
            else:
                add(_checkpoint(run, _Part.CHANGED))
                for part in run.checkpoints.filter(part=_Part.PRODUCTS):
                    add(part)
            if listing.is_done:
                confirm_complete(run.listed, run.total)
                add(_checkpoint(run, _Part.MODELS))
            for came in ahead:
                self.go_on()
                for found in self._record(came):
                    add(found)

    def read_due(self) -> None:
        """Of a delta: read the simple products that were noted."""
        read_what_is_due(self.run, self.client, self.assembly, go_on=self.go_on, sleep=self.sleep)

    def read_again(self) -> None:
        """Of a delta: read models that were noted, or of which variants changed, left or moved."""
        last = ""
        while codes := self._to_read_again(last):
            self._read_models(codes)
            last = codes[-1]

    def read_what_is_missing(self) -> bool:
        """Read one by one what is listed and came with nothing; False if it is too much."""
        with gathered(self.run):
            uuids = unread_keys(self.run, most=_UNREAD + 1)
        if len(uuids) > _UNREAD:
            return False
        catalog = self.run.catalog
        roots = roots_of(catalog, sorted(uuids), self.client)
        simple = [uuid for uuid, code in roots.items() if code is None]
        codes = {code for code in roots.values() if code is not None}
        if len(simple) + len(codes) > pull.ONE_BY_ONE:
            return False
        found = read_one_by_one(catalog, simple, self.client, go_on=self.go_on, sleep=self.sleep)
        self._record_found(found)
        self._read_models(sorted(codes))
        return True

    def _record(
        self, came: Sequence[tuple[Checkpoint, UuidPage | ProductPage]]
    ) -> list[Checkpoint]:
        """Record pages; return what is to be read from now on. Raises RunLost."""
        run, more = self.run, list[Checkpoint]()
        pages = [(part, page) for part, page in came if isinstance(page, ProductPage)]
        if pages:
            models = [one for _, page in pages for one in page.products if one.variants]
            confirm_listed(run, Found(models), self.client)
            record_products(run, pages, self.assembly)
        for part, uuids in ((part, page) for part, page in came if isinstance(page, UuidPage)):
            if part.part == _Part.CHANGED:
                more += record_changed(run, part, uuids)
                continue
            record_uuids(run, uuids, page_size=None)
            if uuids.next_link is None:
                confirm_complete(run.listed, run.total)
                enter(run, Run.Phase.READING)
                more.append(_checkpoint(run, _Part.MODELS))
        return more

    def _to_read_again(self, after: str) -> list[str]:
        if self.run.mode != Run.Mode.DELTA:
            return []
        with gathered(self.run):
            models = to_read_again(self.run).filter(key__gt=after).order_by("key")
            return list(models.values_list("key", flat=True)[:_AGAIN])

    def _read_models(self, codes: Sequence[str]) -> None:
        """Read single models and record them; those without any let go of what moved."""
        catalog, client = self.run.catalog, self.client
        for start in range(0, len(codes), _SLICE):
            slice_ = codes[start : start + _SLICE]
            found = read_models(catalog, slice_, client, go_on=self.go_on, sleep=self.sleep)
            if found.emptied:  # the PIM says so of a catalog that is gone, too
                refuse_disabled(catalog, client)
            moved = confirm_listed(self.run, found, client)
            self._record_found(found.models)
            let_go_of_variants(self.run, {each for each in moved if each[0] in found.emptied})

    def _record_found(self, products: Sequence[RawProduct]) -> None:
        if products:
            assembly = self.assembly
            record_found(self.run, add_beside(products, self.client, assembly), assembly)

    def _pages(
        self, client: PimClient, part: Checkpoint, ahead: ReadAhead[Any, Any]
    ) -> Iterator[UuidPage | ProductPage]:
        """Yield the pages of one part. Called in a thread."""
        catalog, since, link = self.run.catalog, self.run.since, part.link or None
        if part.part == _Part.LISTING:
            yield from client.uuid_pages(catalog.pim_catalog_id, link=link)
            return
        if part.part == _Part.CHANGED:
            yield from client.uuid_pages(catalog.pim_catalog_id, link=link, updated_after=since)
            return
        if part.part == _Part.MODELS:
            pages = model_pages(
                catalog,
                client,
                go_on=ahead.go_on,
                sleep=ahead.sleep,
                link=link,
                updated_after=since,
            )
        else:
            pages = client.product_pages(
                catalog.pim_catalog_id, mapped=True, link=link, updated_after=since
            )
        for page in pages:
            yield with_beside(page, client, self.assembly)


def _checkpoint(run: Run, part: Checkpoint.Part) -> Checkpoint:
    return Checkpoint.objects.get_or_create(run=run, part=part, after="")[0]
