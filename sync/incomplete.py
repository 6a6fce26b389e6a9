"""Products that are not complete in the PIM, of catalogs that carry complete ones only.

They are read, and not wanted on the channel. What stood there leaves it as other departures do,
through the fuse; of what never did, a listing says what it lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.utils import timezone

from pim.values import RawProduct
from sync import bulk
from sync.documents import read_document
from sync.models import Departure, Listing, Run

_INCOMPLETE = Listing.Left.INCOMPLETE
_Status = Listing.Status


@dataclass(frozen=True, slots=True)
class Lacking:
    """A product that is not complete, and what it lacks in words."""

    product: RawProduct
    lacks: str

    @property
    def problem(self) -> str:
        return f"Not complete in the PIM: {self.lacks}."


def forget_incomplete(run: Run, keys: Sequence[str]) -> None:
    """Forget that the run found these incomplete: they are read again."""
    run.departures.filter(because=_INCOMPLETE, listing__key__in=keys).delete()


def store_incomplete(run: Run, found: Sequence[Lacking]) -> None:
    """Note what leaves the channel, and say of each product what it lacks.

    In a transaction that holds the channel. A dry run notes what would leave, and nothing else.
    """
    if not found:
        return
    by_key = {one.product.key: one for one in found}
    rows = Listing.objects.filter(catalog=run.catalog, key__in=list(by_key)).order_by("pk")
    listings = list(rows.select_for_update(no_key=True))
    leaving = [(one.pk, _INCOMPLETE) for one in listings if _leaves(one)]
    bulk.create(Departure, ("listing_id", "because"), leaving, {"run_id": run.pk})
    if run.dry_run:
        return
    _say(listings, by_key)
    known = {one.key for one in listings}
    _add(run, [one for one in found if one.product.key not in known])


def _leaves(listing: Listing) -> bool:
    """Whether it is the business of this run what becomes of the product on the channel."""
    if listing.set_aside == Listing.ABSENT or listing.status == _Status.HELD:
        return False  # a person decided, or is asked
    if listing.wanted_id is not None or listing.set_aside:
        return True
    if listing.sent_id is None:
        return False
    stays = listing.status in (_Status.KEPT, _Status.HIDDEN)
    return stays or listing.left_because != _INCOMPLETE


def _say(listings: Sequence[Listing], found: dict[str, Lacking]) -> None:
    """Put into the listings what they lack, where they do not say so."""
    now = timezone.now()
    changed = []
    for one in listings:
        problem = found[one.key].problem
        left = "" if one.wanted_id is not None else _INCOMPLETE
        if one.set_aside == Listing.ABSENT or (one.problem, one.left_because) == (problem, left):
            continue
        one.problem, one.left_because, one.updated_at = problem, left, now
        changed.append(one)
    Listing.objects.bulk_update(changed, ["problem", "left_because", "updated_at"], batch_size=500)


def _add(run: Run, found: Sequence[Lacking]) -> None:
    """Add listings of products that were never carried."""
    catalog = run.catalog
    read = [(read_document(one.product.key, one.product.body), one.problem) for one in found]
    bulk.upsert(
        Listing,
        ("key", "uuid", "identifier", "label", "problem"),
        [(one.key, uuid4(), one.identifier, one.label, problem) for one, problem in read],
        {
            "catalog_id": catalog.pk,
            "channel_id": catalog.channel_id,
            "status": _Status.GONE,
            "left_because": _INCOMPLETE,
        },
        unique_fields=["catalog", "key"],
        update_fields=["problem", "updated_at"],
    )
