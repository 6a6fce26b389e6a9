"""Pulling: read the catalog from the PIM and write *wanted*.

First the listing of uuids, which is the truth about what belongs to the catalog, then the
products; each part resumes at its checkpoint. Only a listing that reached its end, and only
products that were all read, count as complete.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from catalogs.catalogs import look_at
from catalogs.models import Catalog
from outbound.errors import ConfigurationError, TransientError
from pim.client import PimClient
from pim.errors import CatalogDisabled, CatalogGone, UnexpectedAnswer
from pim.values import RawProduct
from sync import ownership
from sync.keys import keys_of, packed, unpacked
from sync.models import Checkpoint, KeyPage, Listing, Run
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
    try:
        confirm_enabled(run, client)
        _read_listing(run, client, go_on)
        _read_products(run, client, go_on)
        _read_missing(run, client, go_on)
    except CatalogDisabled as error:
        raise unusable(run.catalog, client, error) from error
    except CatalogGone as error:
        _remember_gone(run.catalog)
        raise gone(run.catalog) from error


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
    if checkpoint and checkpoint.is_done:
        return
    enter(run, Run.Phase.LISTING)
    pages = client.uuid_pages(
        run.catalog.pim_catalog_id, link=checkpoint.link if checkpoint else None
    )
    totals = []
    for page in pages:
        go_on()
        try:
            record_uuids(run, page)
        except ValueError as error:
            raise UnexpectedAnswer(
                run.catalog.connection.host,
                "it listed something that is not a product uuid",
                detail=str(error),
            ) from error
        if page.total is not None:
            totals.append(page.total)
    # Products may come and go while we list; but fewer than every total that was told means that
    # the listing ended early, and an early end must not look like products that left.
    if totals and len(keys_of(run, _Part.LISTING)) < min(totals):
        _forget(run, _Part.LISTING)
        raise TransientError(
            "The PIM's list of products ended early. Nothing was withdrawn; the next run lists "
            "it again.",
            detail=f"{run.listed} of {min(totals)} uuids",
        )


def _read_products(run: Run, client: PimClient, go_on: Callable[[], None]) -> None:
    """Read the products page by page; a delta that would miss too many reads everything."""
    if run.mode == Run.Mode.DELTA and len(_unknown(run)) > ONE_BY_ONE:
        logger.info("Run %s reads everything: too many products are new to the catalog", run.pk)
        _promote_keeping_listing(run)
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
    """Read one by one what is listed but was not among the pages.

    Raises TransientError when so much is missing that the pages must have ended early.
    """
    missing = _missing(run)
    if len(missing) > ONE_BY_ONE:
        _forget(run, _Part.PRODUCTS)
        raise TransientError(
            "The PIM's pages of products ended early. Nothing was withdrawn; the next run reads "
            "them again.",
            detail=f"{len(missing)} listed products were on no page",
        )
    found: list[RawProduct] = []
    for key in sorted(missing):
        go_on()
        product = client.product(
            run.catalog.pim_catalog_id, unpacked(key), mapped=not run.catalog.raw
        )
        if product is not None:  # else it left after it was listed: the next listing says so
            found.append(product)
    if found:
        record_found(run, found)


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


def _promote_keeping_listing(run: Run) -> None:
    listing = list(run.key_pages.filter(part=_Part.LISTING))
    promote_to_full(run)
    with transaction.atomic():
        ownership.lock(run)
        Checkpoint.objects.create(run=run, part=_Part.LISTING, is_done=True, pages=len(listing))
        KeyPage.objects.bulk_create(
            [KeyPage(run=run, part=_Part.LISTING, packed=page.packed) for page in listing]
        )


def _forget(run: Run, part: Checkpoint.Part) -> None:
    with transaction.atomic():
        ownership.lock(run)
        run.checkpoints.filter(part=part).delete()
        run.key_pages.filter(part=part).delete()


def _remember_gone(catalog: Catalog) -> None:
    catalog.pim_state = Catalog.PimState.GONE
    catalog.save(update_fields=["pim_state", "updated_at"])


def unusable(catalog: Catalog, client: PimClient, error: CatalogDisabled) -> ConfigurationError:
    """The PIM gives no products: find out whether the catalog is disabled or something else."""
    look_at(catalog, client)
    if catalog.pim_state == Catalog.PimState.GONE:
        return gone(catalog)
    if catalog.pim_state == Catalog.PimState.ENABLED:
        return ConfigurationError(error.message, detail=error.detail)
    return disabled(catalog)


def disabled(catalog: Catalog) -> ConfigurationError:
    return ConfigurationError(
        f"The catalog “{catalog.name}” is disabled in the PIM. The products on the channel stay "
        f"as they are. Enable it there, then sync again: {catalog.configure_url}"
    )


def gone(catalog: Catalog) -> ConfigurationError:
    return ConfigurationError(
        f"The catalog “{catalog.name}” was deleted in the PIM, or belongs to an earlier "
        "connection. Its products on the channel stay as they are. Create a new catalog for the "
        "channel, or remove this one."
    )
