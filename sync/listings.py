"""What people do with listings: try again, confirm or refuse what is held."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from catalogs.models import Catalog
from connections import audit
from connections.audit import Action
from sync import ownership
from sync.carriers import lock_channel
from sync.models import Listing, Run
from sync.models.listings import ListingQuerySet

_NAMED = 100  # of the products of a decision, in its audit record
_SLICE = 1000
_Status = Listing.Status


@transaction.atomic
def try_parked_again(run: Run) -> int:
    """Give every parked listing one more try: a person asked for this run.

    For single products, those alone.
    """
    ownership.lock(run)
    lock_channel(run.catalog.channel_id)
    listings = Listing.objects.filter(catalog=run.catalog)
    return try_again(listings.filter(key__in=run.keys) if run.is_of_products else listings)


@transaction.atomic
def retry_parked(catalog: Catalog) -> int:
    """Let the catalog's parked listings wait for the next batch; return how many."""
    lock_channel(catalog.channel_id)
    return try_again(Listing.objects.filter(catalog=catalog))


def retry(listing: Listing) -> bool:
    """Let one parked listing wait for the next batch. False if it is not parked any more."""
    return bool(try_again(Listing.objects.filter(pk=listing.pk)))


def try_again(listings: ListingQuerySet) -> int:
    """Let those of the listings that are parked wait for the next batch; return how many."""
    now = timezone.now()
    return listings.parked().update(
        status=_Status.WAITING, attempt_count=0, next_attempt_at=now, updated_at=now
    )


def confirm_held(catalog: Catalog, pks: Sequence[int]) -> int:
    """Withdraw exactly these held products with the next batches; return how many.

    What came back to the catalog meanwhile is not held any more, and not touched.
    """
    return _decide(catalog, pks, _Status.WAITING, Action.WITHDRAWAL_CONFIRMED)


def refuse_held(catalog: Catalog, pks: Sequence[int]) -> int:
    """Keep exactly these held products on the channel, for good; return how many."""
    return _decide(catalog, pks, _Status.KEPT, Action.WITHDRAWAL_REFUSED)


@transaction.atomic
def _decide(catalog: Catalog, pks: Sequence[int], status: Listing.Status, action: Action) -> int:
    lock_channel(catalog.channel_id)
    now = timezone.now()
    decided = 0
    named: list[str] = []
    for start in range(0, len(pks), _SLICE):
        held = Listing.objects.filter(catalog=catalog, pk__in=pks[start : start + _SLICE]).held()
        room = max(0, _NAMED - len(named))
        named += [str(one) for one in held.order_by("identifier", "pk")[:room]]
        decided += held.update(status=status, next_attempt_at=now, updated_at=now)
    if decided:
        audit.record(action, catalog.connection, catalog.name, number=decided, products=named)
    return decided
