"""Record what was read: write *wanted*, and move the checkpoint in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalogs.models import Catalog
from pim.values import ProductPage, RawProduct, UuidPage
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
from sync.documents import ReadDocument, read_document, seen_digest, store_documents
from sync.keys import pack
from sync.models import Checkpoint, KeyPage, Listing, Run

_CONTENT = ["wanted", "identifier", "label", "seen_digest", "updated_at"]
_STATE = ["status", "failure", "problem", "attempt_count", "next_attempt_at"]


@dataclass(frozen=True, slots=True)
class Compared:
    """A page of products against what is stored: most of it unchanged, usually."""

    changed: tuple[ReadDocument, ...]
    touched: tuple[ReadDocument, ...]  # other bytes that say the same


def compare(catalog: Catalog, products: Sequence[RawProduct]) -> Compared:
    """Tell what differs from what is wanted now. One query; unchanged bytes are not parsed."""
    rows = Listing.objects.filter(
        catalog=catalog, key__in=[product.key for product in products], wanted__isnull=False
    ).values_list("key", "seen_digest", "wanted__digest")
    known = {key: (seen, digest) for key, seen, digest in rows}
    changed: dict[str, ReadDocument] = {}
    touched: dict[str, ReadDocument] = {}
    for product in products:
        seen, digest = known.get(product.key, ("", ""))
        if seen == seen_digest(product.body):
            continue
        document = read_document(product.key, product.body)
        (touched if document.digest == digest else changed)[product.key] = document
    return Compared(tuple(changed.values()), tuple(touched.values()))


@transaction.atomic
def record_products(run: Run, page: ProductPage) -> int:
    """Record a page of products and move the checkpoint behind it; return how many changed.

    Raises RunLost, and then nothing of the page is kept.
    """
    ownership.lock(run)
    changed = _record(run, page.products)
    _move_checkpoint(run, Checkpoint.Part.PRODUCTS, page.next_link)
    return changed


@transaction.atomic
def record_found(run: Run, products: Sequence[RawProduct]) -> int:
    """Record products that were read one by one, beside the pages. Raises RunLost."""
    ownership.lock(run)
    return _record(run, products)


@transaction.atomic
def record_uuids(run: Run, page: UuidPage) -> None:
    """Record a page of the uuid listing. Raises RunLost.

    The total that is kept is the smallest that the PIM counted.
    """
    ownership.lock(run)
    KeyPage.objects.create(run=run, part=Checkpoint.Part.LISTING, packed=pack(page.uuids))
    _move_checkpoint(run, Checkpoint.Part.LISTING, page.next_link)
    run.listed += len(page.uuids)
    if page.total is not None:
        run.total = page.total if run.total is None else min(page.total, run.total)
    run.save(update_fields=["listed", "total", "updated_at"])


def _record(run: Run, products: Sequence[RawProduct]) -> int:
    catalog = run.catalog
    channel = lock_channel(catalog.channel_id)
    compared = compare(catalog, products)
    _store_touched(catalog, compared.touched)
    _store_changed(catalog, compared.changed)
    if compared.changed:
        settle_carriers(channel, [document.key for document in compared.changed])
    KeyPage.objects.create(
        run=run, part=Checkpoint.Part.PRODUCTS, packed=pack(product.key for product in products)
    )
    run.pulled += len(products)
    run.changed += len(compared.changed)
    run.save(update_fields=["pulled", "changed", "updated_at"])
    return len(compared.changed)


def _store_touched(catalog: Catalog, touched: Iterable[ReadDocument]) -> None:
    seen = {document.key: document.seen_digest for document in touched}
    listings = list(Listing.objects.filter(catalog=catalog, key__in=list(seen)))
    for listing in listings:
        listing.seen_digest = seen[listing.key]
    Listing.objects.bulk_update(listings, ["seen_digest"], batch_size=500)


def _store_changed(catalog: Catalog, changed: Sequence[ReadDocument]) -> None:
    """Write *wanted* of new and changed listings.

    A listing that a sibling's run has in flight stays in flight: settling it compares again.
    """
    if not changed:
        return
    ids = store_documents(changed)
    keys = [document.key for document in changed]
    now = timezone.now()
    # Locked, so that no sibling's run takes one of them into a batch between this and the writing.
    rows = Listing.objects.filter(catalog=catalog, key__in=keys).order_by("pk")
    statuses = dict(rows.select_for_update(no_key=True).values_list("key", "status"))
    in_flight = {key for key, status in statuses.items() if status == Listing.Status.IN_FLIGHT}
    listings = {
        document.key: Listing(
            catalog=catalog,
            channel_id=catalog.channel_id,
            key=document.key,
            identifier=document.identifier,
            label=document.label,
            wanted_id=ids[document.digest],
            seen_digest=document.seen_digest,
            next_attempt_at=now,
            updated_at=now,
        )
        for document in changed
    }
    _upsert([row for key, row in listings.items() if key not in in_flight], _CONTENT + _STATE)
    _upsert([row for key, row in listings.items() if key in in_flight], _CONTENT)
    # A change that was taken back before it was sent has nothing to send.
    Listing.objects.filter(
        catalog=catalog, key__in=keys, status=Listing.Status.WAITING, wanted=F("sent")
    ).update(status=Listing.Status.LISTED, updated_at=now)


def _upsert(rows: Sequence[Listing], update_fields: Sequence[str]) -> None:
    Listing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["catalog", "key"],
        update_fields=update_fields,
        batch_size=500,
    )


def _move_checkpoint(run: Run, part: Checkpoint.Part, next_link: str | None) -> None:
    checkpoint, _ = Checkpoint.objects.get_or_create(run=run, part=part)
    checkpoint.link, checkpoint.is_done = next_link or "", next_link is None
    checkpoint.pages += 1
    checkpoint.save(update_fields=["link", "is_done", "pages", "updated_at"])
