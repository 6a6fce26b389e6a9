"""Record what was read: write *wanted*, and move the checkpoint in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone

from catalogs.models import Catalog
from pim.values import ProductPage, RawProduct, UuidPage
from sync import bulk, ownership
from sync.assembly import PLAIN, Assembly, Incomplete, refuse_plain
from sync.carriers import lock_channel, settle_carriers
from sync.documents import ReadDocument, filled_targets, store_documents
from sync.incomplete import Lacking, forget_incomplete, store_incomplete
from sync.keys import pack, pack_codes, unpack, unpacked
from sync.model_recording import keep_variants
from sync.models import Checkpoint, Document, EmptiedTarget, KeyPage, Listing, Run
from sync.shops import note_unknown_shops

_RANGES_A_PAGE = 4  # of uuids: so many calls the PIM allows at the same time

_CONTENT = ["wanted", "identifier", "label", "seen_digest", "set_aside", "left_because"]
_CONTENT += ["held_because", "let_through", "updated_at"]
_STATE = ["status", "failure", "problem", "attempt_count", "next_attempt_at"]


@dataclass(frozen=True, slots=True)
class Compared:
    """A page of products against what is stored: most of it unchanged, usually."""

    changed: tuple[ReadDocument, ...]
    touched: tuple[ReadDocument, ...]  # other bytes that say the same
    incomplete: tuple[Lacking, ...] = ()  # not to be on the channel


def compare(
    catalog: Catalog, products: Sequence[RawProduct], assembly: Assembly = PLAIN
) -> Compared:
    """Tell what differs from what is wanted now. What was seen as it is now is not parsed.

    One query, and another one if anything differs.
    """
    if assembly is PLAIN:
        refuse_plain(catalog)
    of_catalog = Listing.objects.filter(catalog=catalog).in_care()
    seen = dict(
        of_catalog.filter(key__in=[product.key for product in products]).values_list(
            "key", "seen_digest"
        )
    )
    read: dict[str, ReadDocument] = {}
    incomplete: list[Lacking] = []
    for product in products:
        if not assembly.knows(product):
            continue
        if seen.get(product.key) == assembly.seen_digest(product):
            continue
        try:
            read[product.key] = assembly.read(product)
        except Incomplete as lacks:
            incomplete.append(Lacking(product, lacks.in_words))
    if not read:
        return Compared((), (), tuple(incomplete))
    known = [key for key in read if key in seen]
    # What a person set aside is what the PIM said last; it says nothing new by saying it again.
    said = Case(When(set_aside="", then=F("wanted__digest")), default=F("set_aside"))
    last = dict(of_catalog.filter(key__in=known).values_list("key", said))
    changed = [one for one in read.values() if last.get(one.key) != one.digest]
    touched = [one for one in read.values() if last.get(one.key) == one.digest]
    return Compared(tuple(changed), tuple(touched), tuple(incomplete))


def record_products(
    run: Run,
    pages: Sequence[tuple[Checkpoint, ProductPage]],
    assembly: Assembly = PLAIN,
) -> int:
    """Record pages of products and move their checkpoints behind them; return how many changed.

    All in one transaction, and the same statements for several pages as for one. Raises RunLost,
    and then nothing of them is kept.
    """
    products = [product for _, page in pages for product in page.products]
    compared = compare(run.catalog, products, assembly)
    emptied = _emptied(run.catalog, compared)
    with transaction.atomic():
        _record(run, products, compared, emptied, assembly)
        _move(pages)
    return len(compared.changed)


def record_found(run: Run, products: Sequence[RawProduct], assembly: Assembly = PLAIN) -> int:
    """Record products that were read one by one, beside the pages. Raises RunLost."""
    compared = compare(run.catalog, products, assembly)
    emptied = _emptied(run.catalog, compared)
    with transaction.atomic():
        _record(run, products, compared, emptied, assembly)
    return len(compared.changed)


@transaction.atomic
def record_uuids(run: Run, page: UuidPage, *, page_size: int | None) -> list[Checkpoint]:
    """Record a page of the uuid listing; return the ranges to read its products by. Raises RunLost.

    Without a page size there are none. The total that is kept is the smallest that the PIM counted;
    what the page before had already does not count towards it.
    """
    total = run.total
    if page.total is not None:
        total = page.total if total is None else min(page.total, total)
    before = run.key_pages.filter(part=Checkpoint.Part.LISTING).order_by("-pk").first()
    new = set(page.uuids).difference(unpack(bytes(before.packed)) if before else ())
    ownership.update(run, listed=run.listed + len(new), total=total)
    KeyPage.objects.create(run=run, part=Checkpoint.Part.LISTING, packed=pack(page.uuids))
    listing, _ = Checkpoint.objects.get_or_create(run=run, part=Checkpoint.Part.LISTING)
    _move([(listing, page)])
    if run.mode != Run.Mode.FULL or page_size is None:
        return []
    after = unpacked(bytes(before.packed)[-16:]) if before and before.packed else ""
    return make_ranges(run, [(after, page.uuids)], page_size=page_size, to_the_end=listing.is_done)


def make_ranges(
    run: Run,
    listed: Iterable[tuple[str, Sequence[str]]],
    *,
    page_size: int,
    to_the_end: bool = True,
) -> list[Checkpoint]:
    """Store the ranges that these pages of uuids are read by, each with the uuid before it.

    A range begins at a real uuid of the listing and is a few pages long. A listing that does not
    ascend has no ranges: what they leave out is noticed when the listing is compared.
    """
    ranges: list[Checkpoint] = []
    for after, uuids in listed:
        if list(uuids) != sorted(uuids) or (uuids and uuids[0] <= after):
            continue
        size = max(page_size, -(-len(uuids) // (_RANGES_A_PAGE * page_size)) * page_size)
        for start in range(0, len(uuids), size):
            until = uuids[min(start + size, len(uuids)) - 1]
            ranges.append(
                Checkpoint(run=run, part=Checkpoint.Part.PRODUCTS, after=after, until=until)
            )
            after = until
    if ranges and to_the_end:
        ranges[-1].until = ""
    Checkpoint.objects.bulk_create(ranges, batch_size=500)
    return unread_ranges(run, [one.after for one in ranges])


def unread_ranges(run: Run, after: Sequence[str] | None = None) -> list[Checkpoint]:
    """Return the ranges of products that are not read to their end, or those that begin there."""
    ranges = run.checkpoints.filter(part=Checkpoint.Part.PRODUCTS, is_done=False).order_by("pk")
    return list(ranges if after is None else ranges.filter(after__in=after))


def _record(
    run: Run,
    products: Sequence[RawProduct],
    compared: Compared,
    emptied: Sequence[tuple[int, str]],
    assembly: Assembly,
) -> None:
    ownership.update(
        run,
        pulled=run.pulled + sum(len(product.variants) or 1 for product in products),
        changed=run.changed + len(compared.changed),
    )
    if assembly.complete_for:
        forget_incomplete(run, [product.key for product in products])
    if compared.changed or compared.touched or compared.incomplete:
        # Before any row of a listing: others lock in this order too.
        channel = lock_channel(run.catalog.channel_id)
        store_incomplete(run, compared.incomplete)
        _store_touched(run.catalog, compared.touched)
        _store_changed(run.catalog, compared.changed, emptied)
        settle_carriers(channel, [document.key for document in compared.changed])
        note_unknown_shops(run.catalog, assembly, products)
    models = [product for product in products if product.variants]
    if models:
        keep_variants(run.catalog, {model.key: model.variants for model in models})
    note_read(run, products)


def note_read(run: Run, products: Sequence[RawProduct]) -> None:
    """Note which keys came, in a transaction: of a model its code and its variants' uuids."""
    part = Checkpoint.Part
    models = [product for product in products if product.variants]
    packed = {part.PRODUCTS: pack(one.key for one in products if not one.variants)}
    if models:
        packed[part.MODELS] = pack_codes(model.key for model in models)
        packed[part.VARIANTS] = pack(uuid for model in models for uuid in model.variants)
    KeyPage.objects.bulk_create(
        [KeyPage(run=run, part=each, packed=keys) for each, keys in packed.items()]
    )


def _emptied(catalog: Catalog, compared: Compared) -> list[tuple[int, str]]:
    """Return listings, each with a target that the channel has and that becomes empty. Two queries.

    The PIM leaves empty values out: only what was sent tells that one was there. Where that is not
    known, all that may be there counts: what was there before, what was wanted, and what was found
    to become empty and is not settled. One query more then.
    """
    changed = {one.key: one for one in compared.changed}
    anything_sent = Listing.objects.filter(channel=catalog.channel_id).on_channel()
    if not changed or not anything_sent.exists():
        return []
    listings = Listing.objects.filter(catalog=catalog, key__in=list(changed)).on_channel()
    unclear = Q(sent__digest__in=Document.MARKERS)
    rows = listings.annotate(
        is_unclear=Case(When(unclear, then=True), default=False),
        last=Case(When(unclear, then=F("wanted__body")), default=F("sent__body")),
        before=Case(When(unclear, then=F("last_known__body"))),
    )
    known = list(rows.values_list("pk", "key", "is_unclear", "last", "before"))
    noted: dict[int, set[str]] = defaultdict(set)
    if in_doubt := [pk for pk, _, is_unclear, _, _ in known if is_unclear]:
        of_these = EmptiedTarget.objects.filter(listing__in=in_doubt)
        for pk, target in of_these.values_list("listing", "target"):
            noted[pk].add(target)
    return [
        (pk, target.replace("\0", "")[:255])
        for pk, key, _, *bodies in known
        for target in sorted(
            noted[pk].union(*(filled_targets(body) for body in bodies if body))
            - filled_targets(changed[key].body)
        )
    ]


def _store_touched(catalog: Catalog, touched: Iterable[ReadDocument]) -> None:
    seen = {document.key: document.seen_digest for document in touched}
    listings = list(Listing.objects.filter(catalog=catalog, key__in=list(seen)))
    for listing in listings:
        listing.seen_digest = seen[listing.key]
    Listing.objects.bulk_update(listings, ["seen_digest"], batch_size=500)


def _store_changed(
    catalog: Catalog, changed: Sequence[ReadDocument], emptied: Sequence[tuple[int, str]]
) -> None:
    """Write *wanted* of new and changed listings.

    A listing that a sibling's run has in flight stays in flight: settling it compares again.
    """
    if not changed:
        return
    ids = store_documents(changed)
    keys = [document.key for document in changed]
    now = timezone.now()
    # Locked, so that no sibling's run takes one of them into a batch between this and the writing.
    known = Listing.objects.filter(catalog=catalog, key__in=keys).order_by("pk")
    statuses = dict(known.select_for_update(no_key=True).values_list("key", "status"))
    in_flight = {key for key, status in statuses.items() if status == Listing.Status.IN_FLIGHT}
    rows = [
        (one.key, uuid4(), one.identifier, one.label, ids[one.digest], one.seen_digest)
        for one in changed
    ]
    upsert = partial(
        bulk.upsert,
        Listing,
        ("key", "uuid", "identifier", "label", "wanted_id", "seen_digest"),
        common={
            "catalog_id": catalog.pk,
            "channel_id": catalog.channel_id,
            "next_attempt_at": now,
        },
        unique_fields=["catalog", "key"],
    )
    idle = [row for row in rows if row[0] not in in_flight]
    upsert(rows=idle, update_fields=_CONTENT + _STATE)
    upsert(rows=[row for row in rows if row[0] in in_flight], update_fields=_CONTENT)
    if not statuses:
        return
    EmptiedTarget.objects.filter(listing__in=known).delete()
    bulk.create(EmptiedTarget, ("listing_id", "target"), emptied, {})
    # A change that was taken back before it was sent has nothing to send.
    Listing.objects.filter(
        catalog=catalog, key__in=keys, status=Listing.Status.WAITING, wanted=F("sent")
    ).update(status=Listing.Status.LISTED, updated_at=now)


def _move(pages: Iterable[tuple[Checkpoint, ProductPage | UuidPage]]) -> None:
    """Move each checkpoint behind its pages, which come in their order."""
    moved: dict[int, Checkpoint] = {}
    for checkpoint, page in pages:
        checkpoint.link, checkpoint.is_done = page.next_link or "", page.next_link is None
        checkpoint.pages += 1
        checkpoint.updated_at = timezone.now()
        moved[checkpoint.pk] = checkpoint
    Checkpoint.objects.bulk_update(moved.values(), ["link", "is_done", "pages", "updated_at"])
