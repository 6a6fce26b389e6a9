"""What people do with listings: try again, confirm or refuse what is held."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.utils import timezone

from catalogs.models import Catalog
from connections import audit
from connections.audit import Action
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
from sync.causes import parked_by
from sync.models import Document, Listing, Run
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
def retry_parked(catalog: Catalog, cause: str = "") -> int:
    """Let the catalog's parked listings, or those of one cause, wait for the next batch.

    Return how many.
    """
    lock_channel(catalog.channel_id)
    listings = Listing.objects.filter(catalog=catalog)
    return try_again(parked_by(catalog, cause) if cause else listings)


def retry(listing: Listing) -> bool:
    """Let one parked listing wait for the next batch. False if it is not parked any more."""
    return bool(try_again(Listing.objects.filter(pk=listing.pk)))


def try_again(listings: ListingQuerySet) -> int:
    """Let those of the listings that are parked wait for the next batch; return how many."""
    now = timezone.now()
    return listings.parked().update(
        status=_Status.WAITING, attempt_count=0, next_attempt_at=now, updated_at=now
    )


def confirm_held(catalog: Catalog, pks: Sequence[int], seen_at: datetime | None = None) -> int:
    """Let exactly these held listings go on with the next batches; return how many.

    What left the catalog is withdrawn, the others are sent. What came back to the catalog, or
    changed since the page that was seen was made (`seen_at`), is not touched.
    """
    now = timezone.now()
    waiting = {
        "status": _Status.WAITING,
        "held_because": "",
        "next_attempt_at": now,
        "updated_at": now,
    }
    return _decide(
        catalog,
        pks,
        seen_at,
        (Action.WITHDRAWAL_CONFIRMED, lambda left: left.update(**waiting)),
        (Action.CHANGE_CONFIRMED, lambda wanted: wanted.update(let_through=True, **waiting)),
    )


def refuse_held(catalog: Catalog, pks: Sequence[int], seen_at: datetime | None = None) -> int:
    """Keep the channel as it is for exactly these held listings; return how many.

    What left the catalog stays for good. Of the others the PIM's version is set aside: it comes
    back when the PIM says something else, or a person takes it again.
    """
    keep = {
        "status": _Status.KEPT,
        "held_because": "",
        "set_aside": Listing.ABSENT,
        "updated_at": timezone.now(),
    }
    return _decide(
        catalog,
        pks,
        seen_at,
        (Action.WITHDRAWAL_REFUSED, lambda left: left.update(**keep)),
        (Action.CHANGE_REFUSED, _set_aside),
    )


def _set_aside(wanted: ListingQuerySet) -> int:
    digest = Document.objects.filter(pk=OuterRef("wanted")).values("digest")
    on_channel = Case(When(sent=None, then=Value(_Status.GONE)), default=Value(_Status.LISTED))
    return wanted.update(
        set_aside=Subquery(digest),
        wanted=F("sent"),
        status=on_channel,
        held_because="",
        updated_at=timezone.now(),
    )


_Write = Callable[[ListingQuerySet], int]


@transaction.atomic
def _decide(
    catalog: Catalog,
    pks: Sequence[int],
    seen_at: datetime | None,
    about_withdrawals: tuple[Action, _Write],
    about_changes: tuple[Action, _Write],
) -> int:
    channel = lock_channel(catalog.channel_id)
    decided = 0
    for wants_nothing, (action, write) in ((True, about_withdrawals), (False, about_changes)):
        number = 0
        named: list[str] = []
        for start in range(0, len(pks), _SLICE):
            held = Listing.objects.filter(catalog=catalog, pk__in=pks[start : start + _SLICE])
            held = held.held().filter(wanted__isnull=wants_nothing)
            if seen_at is not None:
                held = held.filter(updated_at__lte=seen_at)
            room = max(0, _NAMED - len(named))
            named += [str(one) for one in held.order_by("identifier", "pk")[:room]]
            keys = list(held.values_list("key", flat=True))
            number += write(held)
            settle_carriers(channel, keys)  # a sibling may want what this catalog does not
        if number:
            audit.record(
                action,
                catalog.connection,
                catalog.name,
                catalog=str(catalog.uuid),
                number=number,
                products=named,
            )
        decided += number
    return decided
