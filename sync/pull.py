"""Pulling: read the catalog from the PIM and write *wanted*.

First the listing of uuids, which is the truth about what belongs to the catalog, then the
products; each part resumes at its checkpoint. Only a listing that reached its end, and only
products that were all read, count as complete.
"""

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from catalogs.catalogs import look_at
from catalogs.models import Catalog
from outbound.errors import TransientError
from pim.client import PimClient
from pim.values import RawProduct
from sync import ownership
from sync.explaining import disabled, explained, gone
from sync.keys import keys_of, packed, unpacked
from sync.models import Checkpoint, Listing, Run
from sync.recording import record_found, record_products, record_uuids
from sync.runs import enter, promote_to_full

logger = logging.getLogger(__name__)

# How many products are read one by one when a page did not bring them; more than that, and
# reading everything again is both quicker and safer.
ONE_BY_ONE = 200

_Part = Checkpoint.Part


def pull_run(run: Run, client: PimClient, *, go_on: Callable[[], None]) -> None:
    """Read what the run is to read, and record it page by page.

    `go_on` is called before each page and raises when the run is to end. Raises OutboundError;
    what was recorded until then stays, and nothing is taken for gone.
    """
    with explained(run.catalog, client):
        confirm_enabled(run, client)
        _read_listing(run, client, go_on)
        _read_products(run, client, go_on)
        _read_missing(run, client, go_on)


def mark_read(run: Run) -> None:
    """Record that reading is complete: from here on the next delta starts."""
    with transaction.atomic():
        ownership.lock(run)
        run.read_at = timezone.now()
        run.save(update_fields=["read_at", "updated_at"])


def confirm_enabled(run: Run, client: PimClient) -> None:
    """Ask the PIM about the catalog; keep the PIM's own time as the watermark to be."""
    catalog = look_at(run.catalog, client)
    if catalog.pim_state == Catalog.PimState.GONE:
        raise gone(catalog)
    if catalog.pim_state != Catalog.PimState.ENABLED:
        raise disabled(catalog)
    if run.watermark is None and not run.dry_run:
        # The earlier of the two clocks: a change must not fall between them.
        clocks = [timezone.now(), client.server_time or datetime.max.replace(tzinfo=UTC)]
        with transaction.atomic():
            ownership.lock(run)
            run.watermark = min(clocks)
            run.save(update_fields=["watermark", "updated_at"])


def _read_listing(run: Run, client: PimClient, go_on: Callable[[], None]) -> None:
    checkpoint = run.checkpoints.filter(part=_Part.LISTING).first()
    if not (checkpoint and checkpoint.is_done):
        enter(run, Run.Phase.LISTING)
        pages = client.uuid_pages(
            run.catalog.pim_catalog_id, link=checkpoint.link if checkpoint else None
        )
        for page in pages:
            go_on()
            record_uuids(run, page)
    # Asked of a finished listing too: who recorded its last page may have died before this.
    confirm_complete(len(keys_of(run, _Part.LISTING)), run.total)


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


def _read_products(run: Run, client: PimClient, go_on: Callable[[], None]) -> None:
    """Read the products page by page; a delta that would miss too many reads everything."""
    if run.mode == Run.Mode.DELTA and len(_unknown(run)) > ONE_BY_ONE:
        logger.info("Run %s reads everything: too many products are new to the catalog", run.pk)
        promote_to_full(run)
    checkpoint = run.checkpoints.filter(part=_Part.PRODUCTS).first()
    if checkpoint and checkpoint.is_done:
        return
    enter(run, Run.Phase.READING)
    pages = client.product_pages(
        run.catalog.pim_catalog_id,
        mapped=not run.catalog.raw,
        link=checkpoint.link if checkpoint else None,
        updated_after=run.since,
    )
    for page in pages:
        go_on()
        record_products(run, page)


def _read_missing(run: Run, client: PimClient, go_on: Callable[[], None]) -> None:
    """Read one by one what is listed but was not among the pages."""
    found = read_one_by_one(run.catalog, _missing(run), client, go_on)
    if found:
        record_found(run, found)


def read_one_by_one(
    catalog: Catalog, keys: Collection[bytes], client: PimClient, go_on: Callable[[], None]
) -> list[RawProduct]:
    """Return what the PIM still has of these listed products.

    Raises TransientError for so many that the pages of products must have ended early.
    """
    if len(keys) > ONE_BY_ONE:
        raise TransientError(
            "The PIM's pages of products ended early. Nothing was withdrawn; the next run reads "
            "them again.",
            detail=f"{len(keys)} listed products were on no page",
        )
    found: list[RawProduct] = []
    for key in sorted(keys):
        go_on()
        product = client.product(catalog.pim_catalog_id, unpacked(key), mapped=not catalog.raw)
        if product is not None:  # else it left after it was listed: the next listing says so
            found.append(product)
    return found


def _missing(run: Run) -> set[bytes]:
    if run.mode == Run.Mode.FULL:
        return keys_of(run, _Part.LISTING) - keys_of(run, _Part.PRODUCTS)
    return _unknown(run)


def _unknown(run: Run) -> set[bytes]:
    """Return the listed products that no listing of ours wants yet."""
    known = Listing.objects.filter(catalog=run.catalog, wanted__isnull=False)
    return keys_of(run, _Part.LISTING) - {
        packed(key) for key in known.values_list("key", flat=True).iterator(chunk_size=5000)
    }
