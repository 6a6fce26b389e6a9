"""Several catalogs on one channel: which of them carries a product.

A product stands on a channel once. The first active catalog that wants it there carries it; what
the channel holds (`sent`) moves to that catalog's listing, and the others' say so.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils import timezone

from catalogs.models import Catalog, Channel
from sync import bulk
from sync.documents import filled_targets
from sync.models import Document, EmptiedTarget, Listing

_SLICE = 500  # keys a statement: SQLite takes a limited number of parameters

_Status = Listing.Status
_FIELDS = ["sent", "last_known", "external_id", "sent_at", "handed_over_by"] + [
    "status",
    "failure",
    "problem",
    "attempt_count",
    "next_attempt_at",
    "updated_at",
]


def lock_channel(channel_id: int) -> Channel:
    """Within a transaction: keep sibling catalogs' runs from deciding at the same time."""
    return Channel.objects.select_for_update(no_key=True).get(pk=channel_id)


def settle_carriers(
    channel: Channel, keys: Iterable[str], *, handed_over_by: Catalog | None = None
) -> None:
    """Decide who carries these products, in a transaction that holds the channel's lock.

    `handed_over_by`: the catalog whose run goes on to send what its siblings take over. A listing
    in flight is left alone; settling its batch asks again.
    """
    catalogs = list(Catalog.objects.filter(channel=channel).order_by("position", "pk"))
    if len(catalogs) < 2:
        return
    rank = {catalog.pk: number for number, catalog in enumerate(catalogs) if catalog.is_active}
    _settle(channel, keys, rank, handed_over_by)


def _settle(
    channel: Channel, keys: Iterable[str], rank: dict[int, int], handed_over_by: Catalog | None
) -> None:
    wanted_keys = sorted(set(keys))
    for start in range(0, len(wanted_keys), _SLICE):
        _settle_slice(channel, wanted_keys[start : start + _SLICE], rank, handed_over_by)


def settle_whole_channel(channel: Channel) -> None:
    """Decide anew for everything on the channel, after its catalogs changed.

    Also where one catalog is left: what it has may still say that another carries it.
    """
    catalogs = Catalog.objects.filter(channel=channel).order_by("position", "pk")
    rank = {catalog.pk: number for number, catalog in enumerate(catalogs) if catalog.is_active}
    keys = Listing.objects.filter(channel=channel).order_by("key").values_list("key", flat=True)
    page: list[str] = []
    for key in keys.distinct().iterator(chunk_size=2000):
        page.append(key)
        if len(page) == _SLICE:
            _settle(channel, page, rank, None)
            page = []
    _settle(channel, page, rank, None)


def _settle_slice(
    channel: Channel, keys: Sequence[str], rank: dict[int, int], by: Catalog | None
) -> None:
    listings: dict[str, list[Listing]] = defaultdict(list)
    rows = Listing.objects.filter(channel=channel, key__in=keys).order_by("pk")
    for listing in rows.select_for_update(no_key=True):
        listings[listing.key].append(listing)
    releasing: list[Listing] = []
    taking: list[Listing] = []
    for siblings in listings.values():
        if len(siblings) > 1 or siblings[0].status == _Status.CARRIED:
            _settle_product(siblings, rank, by, releasing, taking)
    if by is not None:  # else a person changed the order, or which catalogs there are
        _note_emptied(taking)
    # Two statements, in this order: never two listings with `sent` for one product.
    Listing.objects.bulk_update(releasing, _FIELDS, batch_size=_SLICE)
    Listing.objects.bulk_update(taking, _FIELDS, batch_size=_SLICE)


def _settle_product(
    siblings: Sequence[Listing],
    rank: dict[int, int],
    by: Catalog | None,
    releasing: list[Listing],
    taking: list[Listing],
) -> None:
    if any(listing.status == _Status.IN_FLIGHT for listing in siblings):
        return
    holders = sorted(
        (one for one in siblings if one.wanted_id and one.catalog_id in rank),
        key=lambda one: rank[one.catalog_id],
    )
    if not holders:
        return
    now = timezone.now()
    carrier, others = holders[0], [one for one in siblings if one is not holders[0]]
    sender = next((one for one in others if one.sent_id), None)
    if sender is not None:
        carrier.sent_id, carrier.external_id = sender.sent_id, sender.external_id
        carrier.sent_at, carrier.last_known_id = sender.sent_at, sender.last_known_id
    for other in others:
        status = _Status.CARRIED if other.wanted_id else _Status.GONE
        if other is sender or other.status != status:
            other.sent_id, other.external_id, other.sent_at = None, "", None
            other.last_known_id = None
            other.be_waiting(now)
            other.status, other.handed_over_by, other.updated_at = status, None, now
            releasing.append(other)
    # What is held stays so: its own catalog's run asked, and a person has not answered.
    if carrier.status == _Status.HELD and sender is None:
        return
    if sender is not None or carrier.status in (_Status.CARRIED, _Status.GONE):
        carrier.be_waiting(now)
        carrier.updated_at = now
        if carrier.sent_id == carrier.wanted_id:
            carrier.status = _Status.LISTED
        elif by is not None and carrier.catalog_id != by.pk:
            carrier.handed_over_by = by
        taking.append(carrier)


def _note_emptied(taking: Sequence[Listing]) -> None:
    """Note what the channel would lose with the carrier's words, for the fuse to ask about."""
    moved = {one.pk: one for one in taking if one.sent_id and one.sent_id != one.wanted_id}
    if not moved:
        return
    ids = [(one.sent_id, one.last_known_id, one.wanted_id) for one in moved.values()]
    documents = [pk for each in ids for pk in each if pk is not None]
    bodies = dict(
        Document.objects.filter(pk__in=documents)
        .exclude(digest__in=Document.MARKERS)
        .values_list("pk", "body")
    )
    emptied = []
    for one in moved.values():
        # Where it is not known what the channel has, what it had before.
        before = bodies.get(one.sent_id or 0) or bodies.get(one.last_known_id or 0)
        after = bodies.get(one.wanted_id or 0)
        if before is None or after is None:
            continue
        lost = filled_targets(before) - filled_targets(after)
        emptied += [(one.pk, target[:255]) for target in sorted(lost)]
    EmptiedTarget.objects.filter(listing__in=list(moved)).delete()
    bulk.create(EmptiedTarget, ("listing_id", "target"), emptied, {})
