"""What is to be read although no date of it moved: noted by whoever learns of it, read by a delta.

Whatever tells that products may say something new (what they refer to, events of the PIM) notes
them here, in the transaction in which it remembers what it saw. The next delta reads them through
the catalog, so nothing is sent or withdrawn by a note: noting too much costs a call each.
"""

import logging
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef

from catalogs.models import Catalog
from connections.models import Connection
from sync.models import Checkpoint, Listing, ListingVariant, ReadKey, Run, Tally, ToRead

logger = logging.getLogger(__name__)

# Each is a call of its own, where a page of everything has a hundred: so it is everything above
# this share of a catalog's listings, of more than a few, and above this number at any rate.
FEW, SHARE, MOST = 200, 5, 2000
_ROWS = 500  # a statement

_Part = Checkpoint.Part


@transaction.atomic
def have_read(
    catalogs: Iterable[Catalog],
    *,
    products: Collection[str] = (),
    models: Collection[str] = (),
) -> None:
    """Have these catalogs of a PIM read what they list of this, whatever its dates say.

    `products` by uuid, variants and simple ones; `models` by the codes of the uppermost ones, which
    say nothing to catalogs of products side by side: name their variants too. What a catalog does
    not list is none of its business. Of too many, everything is read.
    """
    for catalog in catalogs:
        if ToRead.objects.filter(catalog=catalog, key=ToRead.EVERYTHING, run=None).exists():
            continue
        for keys in _keys(catalog, products, models):
            _note(catalog, keys)
        if _is_too_much(catalog):
            have_everything_read([catalog])


@transaction.atomic
def have_everything_read(catalogs: Iterable[Catalog]) -> None:
    """Bring the full run of these catalogs forward: their next run reads everything, once."""
    for catalog in catalogs:
        logger.info("The next run of catalog %s reads everything", catalog.pk)
        ToRead.objects.filter(catalog=catalog, run=None).delete()
        _note(catalog, [ToRead.EVERYTHING])


def catalogs_of(connection: Connection) -> list[Catalog]:
    """Return the catalogs that what changed in this PIM may matter to."""
    return list(Catalog.objects.filter(channel__connection=connection, removing_since=None))


def is_everything_due(catalog: Catalog) -> bool:
    return ToRead.objects.filter(catalog=catalog, key=ToRead.EVERYTHING).exists()


def claim(run: Run) -> None:
    """Take over what is noted, in a transaction, before anything of it is read.

    What an earlier run claimed and did not read to the end is taken over too. A delta leaves the
    note that everything is to be read.
    """
    noted = ToRead.objects.filter(catalog=run.catalog_id)
    if run.mode != Run.Mode.FULL:
        noted = noted.exclude(key=ToRead.EVERYTHING)
    noted.update(run=run)


def forget(run: Run) -> None:
    """Everything that the run was to read has been read; in the transaction that says so."""
    ToRead.objects.filter(run=run).delete()


def claims(run: Run) -> bool:
    return ToRead.objects.filter(run=run).exists()


def products_due(run: Run) -> list[str]:
    """Return the uuids that the run claimed, still listed and not yet read. In `keys.gathered`."""

    def is_read(*parts: Checkpoint.Part) -> Exists:
        return Exists(ReadKey.objects.filter(key=OuterRef("key"), part__in=parts))

    due = ToRead.objects.filter(is_read(_Part.LISTING), run=run)
    due = due.exclude(is_read(_Part.PRODUCTS, _Part.VARIANTS))
    return sorted(set(due.values_list("key", flat=True)))


def _keys(
    catalog: Catalog, products: Collection[str], models: Collection[str]
) -> Iterable[list[str]]:
    """Yield the keys of the catalog's listings about these, batch by batch."""
    listings = Listing.objects.filter(catalog=catalog)
    known = listings.in_care() | listings.incomplete()
    named = [*products, *models] if catalog.has_models else list(products)
    for start in range(0, len(named), _ROWS):
        some = named[start : start + _ROWS]
        yield list(known.filter(key__in=some).order_by().values_list("key", flat=True))
        if catalog.has_models:
            rows = ListingVariant.objects.filter(listing__in=known, uuid__in=some)
            yield list(rows.order_by().values_list("listing__key", flat=True).distinct())


def _note(catalog: Catalog, keys: Collection[str]) -> None:
    rows = [ToRead(catalog=catalog, key=key) for key in sorted(set(keys))]
    ToRead.objects.bulk_create(rows, batch_size=_ROWS, ignore_conflicts=True)


def _is_too_much(catalog: Catalog) -> bool:
    noted = ToRead.objects.filter(catalog=catalog, run=None).exclude(key=ToRead.EVERYTHING).count()
    if noted <= FEW:
        return False
    return noted > MOST or noted * SHARE > Tally.objects.filter(catalog=catalog).in_care().total()
