"""Pulling: read the catalog from the PIM and write *wanted*.

The listing of uuids is the truth about what belongs to the catalog. It also yields the ranges
that the products are read by, several at the same time; correctness does not rest on them, since
what they did not bring is noticed and read otherwise. Each part resumes at its checkpoint. Only a
listing that reached its end, and only products that were all read, count as complete.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from catalogs.models import Catalog
from outbound.errors import TransientError
from pim.client import PimClient
from pim.values import ProductPage, RawProduct, UuidPage
from sync import ownership, to_read
from sync.ahead import THREADS, ReadAhead
from sync.assembly import Assembly
from sync.beside import add_beside, assembly_for, with_beside
from sync.departures import note_what_left
from sync.explaining import explained, refuse_disabled
from sync.keys import gathered, unpack, unread_keys
from sync.models import Checkpoint, Run
from sync.navigation import Navigation
from sync.recording import (
    make_ranges,
    record_found,
    record_products,
    record_uuids,
    unread_ranges,
)
from sync.runs import enter, promote_to_full

logger = logging.getLogger(__name__)

_PAGES_A_RANGE = 20  # at most; a range that does not come to its end is none

# How many products are read one by one when a page did not bring them; more than that, and
# reading everything again is both quicker and safer.
ONE_BY_ONE = 200
_SLICE = 50  # of those that are noted to be read, before they are recorded

_Part = Checkpoint.Part


def pull_run(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
    navigation: Navigation | None = None,
) -> bool:
    """Read what the run is to read, and record it page by page.

    `go_on` is called before each page and raises when the run is to end; `sleep` is how the
    threads that read wait for their next try. Return whether what left the catalog is noted
    already. Raises OutboundError; what was recorded until then stays, and nothing is taken for
    gone.
    """
    with explained(run.catalog, client):
        confirm_enabled(run, client)
        assembly = assembly_for(navigation or Navigation(run.catalog), client)
        if run.mode == Run.Mode.DELTA and run.catalog.small_pages:
            client.ask_small_pages(mapped=not run.catalog.raw)
        _read_pages(run, client, go_on, sleep, assembly)
        _note_page_size(run, client)
        read_what_is_due(run, client, assembly, go_on=go_on, sleep=sleep)
        missing = _unread(run)
        while len(missing) > ONE_BY_ONE and _begin_anew(run):
            _read_pages(run, client, go_on, sleep, assembly)
            missing = _unread(run)
        found = read_one_by_one(run.catalog, missing, client, go_on=go_on, sleep=sleep)
        if found:
            record_found(run, add_beside(found, client, assembly), assembly)
    return not missing


def _note_page_size(run: Run, client: PimClient) -> None:
    """After a full run: whether the PIM refused large pages.

    Deltas then ask for small ones at once, since a refused page would be a call of each of them;
    the next full run tries large ones again.
    """
    small = client.asks_small_pages(mapped=not run.catalog.raw)
    if run.mode == Run.Mode.FULL and run.catalog.small_pages != small:
        run.catalog.small_pages = small
        Catalog.objects.filter(pk=run.catalog.pk).update(small_pages=small)


def _unread(run: Run) -> list[str]:
    """Return what is listed and was not read. If nothing is, note what left in the same go."""
    with gathered(run):
        unread = unread_keys(run, most=ONE_BY_ONE + 1)
        if not unread:
            note_what_left(run)
    return unread


def read_what_is_due(
    run: Run,
    client: PimClient,
    assembly: Assembly,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Of a delta: read the products one by one that were noted, whatever their dates say."""
    if run.mode != Run.Mode.DELTA or not to_read.claims(run):
        return
    with gathered(run):
        due = to_read.products_due(run)
    for start in range(0, len(due), _SLICE):
        some = due[start : start + _SLICE]
        found = read_one_by_one(run.catalog, some, client, go_on=go_on, sleep=sleep)
        record_found(run, add_beside(found, client, assembly), assembly)


def mark_read(run: Run) -> None:
    """Record that reading is complete: from here on the next delta starts."""
    with transaction.atomic():
        ownership.lock(run)
        run.read_at = timezone.now()
        run.save(update_fields=["read_at", "updated_at"])
        to_read.forget(run)


def confirm_enabled(run: Run, client: PimClient) -> None:
    """Ask the PIM about the catalog; keep the PIM's own time as the watermark to be.

    And take over what is noted to be read, before anything is.
    """
    refuse_disabled(run.catalog, client)
    if run.watermark is None and not run.dry_run:
        # The earlier of the two clocks: a change must not fall between them.
        clocks = [timezone.now(), client.server_time or datetime.max.replace(tzinfo=UTC)]
        with transaction.atomic():
            ownership.lock(run)
            run.watermark = min(clocks)
            run.save(update_fields=["watermark", "updated_at"])
            to_read.claim(run)


def _read_pages(
    run: Run,
    client: PimClient,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
    assembly: Assembly,
) -> None:
    """Read the listing and the products at the same time, each part from its checkpoint on."""
    listing, _ = Checkpoint.objects.get_or_create(run=run, part=_Part.LISTING)
    enter(run, Run.Phase.READING if listing.is_done else Run.Phase.LISTING)
    if listing.is_done:  # who recorded its last page may have died before this
        confirm_complete(run.listed, run.total)
    with ReadAhead[Checkpoint, UuidPage | ProductPage](THREADS, look=go_on, sleep=sleep) as ahead:
        reader = client.waiting_by(ahead.sleep)
        if not listing.is_done:
            ahead.add(listing, partial(_uuid_pages, run, reader, listing))
        for checkpoint in _parts(run, client, is_listed=listing.is_done):
            ahead.add(checkpoint, partial(_product_pages, run, reader, checkpoint, assembly))
        for came in ahead:
            go_on()
            pages = [(part, page) for part, page in came if isinstance(page, ProductPage)]
            if pages:
                record_products(run, pages, assembly)
            for page in (page for _, page in came if isinstance(page, UuidPage)):
                size = client.page_size(mapped=not run.catalog.raw)
                for found in record_uuids(run, page, page_size=size):
                    ahead.add(found, partial(_product_pages, run, reader, found, assembly))
                if page.next_link is None:
                    confirm_complete(run.listed, run.total)
                    enter(run, Run.Phase.READING)


def _parts(run: Run, client: PimClient, *, is_listed: bool) -> list[Checkpoint]:
    """Return what is to be read of the products, as far as it is known by now.

    What changed is read by one cursor, everything by the ranges that the listing yields.
    """
    known = run.checkpoints.filter(part=_Part.PRODUCTS).exists()
    if run.mode == Run.Mode.DELTA or (is_listed and not known):
        size = client.page_size(mapped=not run.catalog.raw)
        if run.mode == Run.Mode.DELTA or not make_ranges(run, _listed(run), page_size=size):
            Checkpoint.objects.get_or_create(run=run, part=_Part.PRODUCTS)
    return unread_ranges(run)


def _listed(run: Run) -> Iterator[tuple[str, list[str]]]:
    """Yield the pages of the listing, each with the uuid before it."""
    before = ""
    pages = run.key_pages.filter(part=_Part.LISTING).order_by("pk")
    for page in pages.values_list("packed", flat=True).iterator(chunk_size=100):
        uuids = unpack(bytes(page))
        yield before, uuids
        before = uuids[-1] if uuids else before


def _uuid_pages(run: Run, client: PimClient, listing: Checkpoint) -> Iterator[UuidPage]:
    return client.uuid_pages(run.catalog.pim_catalog_id, link=listing.link or None)


def _product_pages(
    run: Run, client: PimClient, part: Checkpoint, assembly: Assembly
) -> Iterator[ProductPage]:
    """Yield the pages of a range, cut where the next one begins. Called in a thread."""
    until = part.until
    pages = client.product_pages(
        run.catalog.pim_catalog_id,
        mapped=not run.catalog.raw,
        link=part.link or None,
        search_after=part.after or None,
        updated_after=run.since,
    )
    for number, page in enumerate(pages, start=1):
        is_over = bool(until) and (
            number >= _PAGES_A_RANGE or any(one.key >= until for one in page.products)
        )
        if not is_over:
            yield with_beside(page, client, assembly)
            continue
        products = tuple(one for one in page.products if one.key <= until)
        yield with_beside(ProductPage(products, None, page.link), client, assembly)
        return


def confirm_complete(listed: int, total: int | None) -> None:
    """Raise TransientError if fewer products were listed than the PIM counted each time it did.

    Products may come and go while we list; but an early end must not look like products that left.
    """
    if total is not None and listed < total:
        raise TransientError(
            "The PIM's list of products ended early. Nothing was withdrawn; the next run lists "
            "it again.",
            detail=f"{listed} of {total} uuids",
        )


def read_one_by_one(
    catalog: Catalog,
    keys: Collection[str],
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
) -> list[RawProduct]:
    """Return what the PIM still has of these listed products.

    Raises TransientError for so many that the pages of products must have ended early.
    """
    if len(keys) > ONE_BY_ONE:
        raise TransientError(
            "The PIM's pages of products ended early. Nothing was withdrawn; the next run reads "
            "them again.",
            detail=f"at least {len(keys)} listed products were on no page",
        )
    with ReadAhead[str, RawProduct](THREADS, look=go_on, sleep=sleep) as ahead:
        reader = client.waiting_by(ahead.sleep)
        for key in sorted(keys):
            ahead.add(key, partial(_one_product, catalog, reader, key))
        found: list[RawProduct] = []
        for came in ahead:
            go_on()
            found += [product for _, product in came]
    return found


def _one_product(catalog: Catalog, client: PimClient, key: str) -> list[RawProduct]:
    """Return the product, or nothing: it left after it was listed, as the next listing says."""
    product = client.product(catalog.pim_catalog_id, key, mapped=not catalog.raw)
    return [] if product is None else [product]


def _begin_anew(run: Run) -> bool:
    """Prepare to read all products another way, if there is one.

    A delta is promoted to everything; ranges that did not bring what is listed are given up for
    one cursor that only follows the PIM's own links.
    """
    parts = run.checkpoints.filter(part=_Part.PRODUCTS)
    by_ranges = parts.exclude(after="", until="").exists()
    if run.mode == Run.Mode.FULL and not by_ranges:
        return False
    logger.info("Run %s reads everything: too many listed products were on no page", run.pk)
    promote_to_full(run)
    if by_ranges:
        Checkpoint.objects.get_or_create(run=run, part=_Part.PRODUCTS)
    return True
