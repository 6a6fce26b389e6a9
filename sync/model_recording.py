"""Which variants the models of a catalog have: what ties a product's uuid to a model's listing."""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from catalogs.models import Catalog
from pim.values import UuidPage
from sync import bulk, ownership
from sync.keys import pack
from sync.models import Checkpoint, KeyPage, Listing, ListingVariant, Run

_ROWS = 5000  # a statement: SQLite takes a limited number of parameters


def keep_variants(catalog: Catalog, variants: Mapping[str, Collection[str]]) -> None:
    """Let models have exactly these variants, in a transaction. Two queries if nothing changed."""
    listings = Listing.objects.filter(catalog=catalog, key__in=list(variants))
    pk_of = dict(listings.values_list("key", "pk"))
    rows = ListingVariant.objects.filter(listing__in=list(pk_of.values()))
    known = {(listing, uuid): pk for pk, listing, uuid in rows.values_list("pk", "listing", "uuid")}
    wanted = {(pk_of[code], uuid) for code, uuids in variants.items() for uuid in uuids}
    gone = [pk for place, pk in known.items() if place not in wanted]
    for start in range(0, len(gone), _ROWS):
        ListingVariant.objects.filter(pk__in=gone[start : start + _ROWS]).delete()
    bulk.create(ListingVariant, ("listing_id", "uuid"), sorted(wanted - known.keys()), {})


def let_go_of_variants(run: Run, moved: Collection[tuple[str, str]]) -> None:
    """Note that these, as (code, uuid), are not the models' variants any more. Raises RunLost."""
    if moved:
        with transaction.atomic():
            ownership.lock(run)
            rows = ListingVariant.objects.filter(listing__catalog=run.catalog)
            for code in {code for code, _ in moved}:
                uuids = sorted(uuid for of, uuid in moved if of == code)
                for start in range(0, len(uuids), _ROWS):
                    some = uuids[start : start + _ROWS]
                    rows.filter(listing__key=code, uuid__in=some).delete()


def variants_of(catalog: Catalog, codes: Collection[str]) -> set[tuple[str, str]]:
    """Return what variants these models are known to have, each as (code, uuid). One query."""
    rows = ListingVariant.objects.filter(listing__catalog=catalog, listing__key__in=list(codes))
    return set(rows.values_list("listing__key", "uuid"))


def listing_keys(catalog: Catalog, keys: Iterable[str]) -> list[str]:
    """Return the keys of the listings that these products are about, a variant's uuid its model's.

    What is not known here stays as it is.
    """
    asked = set(keys)
    if not catalog.has_models:
        return sorted(asked)
    in_care = Listing.objects.filter(catalog=catalog).in_care()
    own = set(in_care.filter(key__in=asked).values_list("key", flat=True))
    rows = ListingVariant.objects.filter(listing__in=in_care, uuid__in=asked - own)
    models = dict(rows.values_list("uuid", "listing__key"))
    return sorted({models.get(key, key) for key in asked})


@transaction.atomic
def record_changed(run: Run, part: Checkpoint, page: UuidPage) -> list[Checkpoint]:
    """Note the uuids of what changed. Raises RunLost.

    Return the part to read simple products by, if any of them is no variant that is known.
    """
    ownership.lock(run)
    KeyPage.objects.create(run=run, part=Checkpoint.Part.CHANGED, packed=pack(page.uuids))
    part.link, part.is_done = page.next_link or "", page.next_link is None
    part.pages += 1
    part.save(update_fields=["link", "is_done", "pages", "updated_at"])
    in_care = Listing.objects.filter(catalog=run.catalog).in_care()
    known = ListingVariant.objects.filter(listing__in=in_care, uuid__in=page.uuids)
    if set(page.uuids) == set(known.values_list("uuid", flat=True)):
        return []
    products, is_new = Checkpoint.objects.get_or_create(run=run, part=Checkpoint.Part.PRODUCTS)
    return [products] if is_new else []
