"""What a run read of a catalog of models, compared with its listings: by uuid and by code.

The PIM lists uuids of simple products and of variants; a listing is about a simple product, with
its uuid as key, or about a model, with a code as key and the uuids of its variants beside it. What
a run brought is noted as PRODUCTS (uuids of simple products), MODELS (codes) and VARIANTS (uuids
that came with those models). All of this within `keys.gathered`.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from sync.models import Checkpoint, Listing, ListingVariant, ReadKey, Run, ToRead
from sync.models.listings import ListingQuerySet

_Part = Checkpoint.Part
_BROUGHT = (_Part.PRODUCTS, _Part.VARIANTS)


def unread(run: Run) -> QuerySet[ReadKey]:
    """Those listed uuids that came neither as a simple product nor with a model.

    Of a delta, those that are new to us or changed.
    """
    listed = ReadKey.objects.filter(~_read("key", *_BROUGHT), part=_Part.LISTING)
    if run.mode != Run.Mode.DELTA or run.dry_run:
        return listed
    of_catalog = Listing.objects.filter(catalog=run.catalog)
    met = of_catalog.in_care() | of_catalog.incomplete()
    simple = met.filter(key=OuterRef("key"))
    variant = ListingVariant.objects.filter(listing__in=met, uuid=OuterRef("key"))
    known = Exists(simple) | Exists(variant)
    return listed.filter(~known | Q(_read("key", _Part.CHANGED)))


def left(listings: ListingQuerySet) -> ListingQuerySet:
    """Those that are not in the catalog any more.

    A model is, as long as one of its variants is listed and did not come as something else: as a
    variant of another model, or as a simple product. A simple product is, unless it came as a
    variant.
    """
    variants = ListingVariant.objects.filter(listing=OuterRef("pk"))
    still_its_own = variants.filter(_read("uuid", _Part.LISTING), ~_read("uuid", *_BROUGHT))
    return listings.exclude(
        _read("key", _Part.PRODUCTS, _Part.MODELS)
        | (_read("key", _Part.LISTING) & ~_read("key", _Part.VARIANTS))
        | Exists(still_its_own)
    )


def to_read_again(run: Run) -> ListingQuerySet:
    """Of a delta: models that were not read, and of which a variant changed, left or moved.

    And those that were noted to be read, as long as they are in the catalog.
    """
    of_catalog = Listing.objects.filter(catalog=run.catalog)
    variants = ListingVariant.objects.filter(listing=OuterRef("pk"))
    stayed = _read("uuid", _Part.LISTING) & ~_read("uuid", *_BROUGHT)
    changed = Exists(variants.filter(~stayed | _read("uuid", _Part.CHANGED)))
    noted = Exists(ToRead.objects.filter(run=run, key=OuterRef("key")))
    again = of_catalog.in_care().filter(changed)
    due = (of_catalog.in_care() | of_catalog.incomplete()).filter(noted)
    return (again | due).filter(~_read("key", _Part.MODELS), Exists(variants.filter(stayed)))


def _read(field: str, *parts: Checkpoint.Part) -> Exists:
    return Exists(ReadKey.objects.filter(key=OuterRef(field), part__in=parts))
