"""Departures: what left a catalog, and why.

Only a listing of uuids that reached its end says what left. The PIM is asked why, since that
decides what becomes of a product on the channel. It answers "deleted" and "not permitted" alike.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice

from django.db import transaction
from django.utils import timezone

from catalogs.models import Catalog
from pim.client import PimClient
from pim.errors import Forbidden, NotFound, PayloadTooLarge, ValidationFailed
from sync import bulk, ownership
from sync.ahead import THREADS, ReadAhead, together
from sync.explaining import explained
from sync.keys import gathered, is_uuid, listed_among, not_among_read
from sync.models import Checkpoint, Departure, Listing, ListingVariant, Run
from sync.models.listings import ListingQuerySet

logger = logging.getLogger(__name__)

_A_CALL = 100  # uuids: as many products as the PIM gives in one page (pim-contract.md 3.2)
_A_ROUND = 2000  # of them in memory
_FRESH = timedelta(minutes=10)  # so long nobody asks again whether something is gone

_Left = Listing.Left
_STAYS = {
    Catalog.OnLeaving.LEAVE: Listing.Status.KEPT,
    Catalog.OnLeaving.HIDE: Listing.Status.HIDDEN,
}


def find_departures(run: Run) -> None:
    """Note which listings the run's complete listing does not have. Raises RunLost.

    A run that was taken up does it again: what was let go of by then is none of them any more.
    """
    with gathered(run):
        note_what_left(run)


def note_what_left(run: Run) -> None:
    """As `find_departures`, within `keys.gathered`."""
    ownership.lock(run)
    _begin_anew(run)
    for pks in not_among_read(run, _candidates(run)):
        _note(run, pks)


def note_departures(run: Run, keys: Sequence[str]) -> None:
    """Note that these products are not in the catalog any more. Raises RunLost."""
    listings = _candidates(run).filter(key__in=keys)
    with transaction.atomic():
        ownership.lock(run)
        _begin_anew(run)
        _note(run, listings.order_by("pk").values_list("pk", flat=True))


def _begin_anew(run: Run) -> None:
    """Forget what was noted by the listing; what was read and is not complete was noted then."""
    run.departures.exclude(because=_Left.INCOMPLETE).delete()


def _candidates(run: Run) -> ListingQuerySet:
    """What may have left: what the catalog has; and what left before, unless only changes are read.

    A product that is kept because it is disabled may be deleted later.
    """
    listings = Listing.objects.filter(catalog=run.catalog)
    known = listings.in_care() | listings.incomplete()
    return known if run.mode == Run.Mode.DELTA else known | listings.left_on_channel()


def forget_what_came_back(run: Run, client: PimClient, *, go_on: Callable[[], None]) -> None:
    """Forget departures that the catalog lists again, where the run's listing is old by now.

    The run was put off since, or has read for long. The next one reads what came back. Raises
    OutboundError and RunLost.
    """
    listing = run.checkpoints.filter(part=Checkpoint.Part.LISTING).first()
    departures = run.departures.exclude(because=_Left.INCOMPLETE)
    if listing is None or timezone.now() - listing.updated_at < _FRESH or not departures.exists():
        return
    with explained(run.catalog, client):
        for page in client.uuid_pages(run.catalog.pim_catalog_id):
            go_on()
            back = _listed_anew(run, page.uuids)
            with transaction.atomic():
                ownership.lock(run)
                departures.filter(pk__in=back).delete()


def forget_what_is_listed(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Forget departures of single products that the catalog's list has all the same.

    The PIM did not show them by themselves, and said of none that it is disabled or gone. Not of a
    catalog of models, in which a product that became a variant is listed too. Raises OutboundError
    and RunLost.
    """
    catalog = run.catalog
    unclear = run.departures.filter(because__in=["", _Left.DESELECTED])
    keys = unclear.filter(listing__sent__isnull=False).values_list("listing__key", flat=True)
    jobs = {key: partial(_is_listed, catalog, key) for key in keys}
    if catalog.has_models or not jobs:
        return
    with explained(catalog, client):
        told = dict(together(jobs, client, go_on=go_on, sleep=sleep))
    if listed := [key for key, is_listed in told.items() if is_listed]:
        logger.warning("Run %s: %s listed products are not shown alone", run.pk, len(listed))
        with transaction.atomic():
            ownership.lock(run)
            unclear.filter(listing__key__in=listed).delete()


def _is_listed(catalog: Catalog, key: str, client: PimClient) -> bool:
    return client.lists(catalog.pim_catalog_id, key)


def _listed_anew(run: Run, uuids: Sequence[str]) -> list[int]:
    """Return the departures that are about these, which the run's own listing did not have."""
    rows = run.departures.filter(listing__key__in=uuids)
    places = list(rows.values_list("pk", "listing__key"))
    if run.catalog.has_models:
        rows = run.departures.filter(listing__variants__uuid__in=uuids)
        places += rows.values_list("pk", "listing__variants__uuid")
    known = listed_among(run, {uuid for _, uuid in places})
    return [pk for pk, uuid in places if uuid not in known]


def forget_what_stays(run: Run) -> None:
    """Forget departures that change nothing: kept or hidden before, and for the same today."""
    catalog = run.catalog
    with transaction.atomic():
        ownership.lock(run)
        for because in ["", *_Left.values]:
            status = _STAYS.get(catalog.on_leaving(because))
            if status is None:
                continue
            same = run.departures.filter(because=because, listing__status=status)
            if not run.dry_run:
                staying = Listing.objects.filter(departures__in=same)
                staying.update(left_because=because, updated_at=timezone.now())
            same.delete()


def look_up_why(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Ask the PIM about each departed product that is on the channel; raises OutboundError.

    A model is disabled if all of its variants are that the PIM still shows.

    A PIM that does not let this app ask leaves it unknown: then nothing is said.
    """
    asked = run.departures.filter(because="", listing__sent__isnull=False)
    last = 0
    while True:
        rows = asked.filter(pk__gt=last).order_by("pk").values_list("pk", "listing__key")
        departures = dict(rows[:_A_ROUND])
        if not departures:
            return
        last = max(departures)
        asked_about = _products_of(run, departures)
        uuids = sorted({uuid for each in asked_about.values() for uuid in each})
        try:
            enabled = _enabled(client, uuids, go_on=go_on, sleep=sleep)
        except (Forbidden, NotFound, PayloadTooLarge, ValidationFailed) as error:
            logger.info("Run %s cannot ask why products left: %s", run.pk, error.detail or error)
            return
        found: dict[str, list[int]] = {}
        for pk, each in asked_about.items():
            states = [enabled[uuid] for uuid in each if uuid in enabled]
            found.setdefault(_because(any(states) if states else None), []).append(pk)
        with transaction.atomic():
            ownership.lock(run)
            for because, pks in found.items():
                Departure.objects.filter(pk__in=pks).update(
                    because=because, updated_at=timezone.now()
                )


def _products_of(run: Run, departures: Mapping[int, str]) -> dict[int, list[str]]:
    """Return the uuids that each of these departures, given with its key, is about.

    Of a model those of its variants; it may have none any more.
    """
    if not run.catalog.has_models:
        return {pk: [key] for pk, key in departures.items()}
    found: dict[int, list[str]] = {
        pk: [key] if is_uuid(key) else [] for pk, key in departures.items()
    }
    rows = ListingVariant.objects.filter(listing__departures__in=list(departures))
    for pk, uuid in rows.filter(listing__departures__run=run).values_list(
        "listing__departures", "uuid"
    ):
        found[pk].append(uuid)
    return found


def _enabled(
    client: PimClient,
    keys: Sequence[str],
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
) -> dict[str, bool]:
    with ReadAhead[int, tuple[str, bool]](THREADS, look=go_on, sleep=sleep) as ahead:
        reader = client.waiting_by(ahead.sleep)
        for start in range(0, len(keys), _A_CALL):
            ahead.add(start, partial(reader.which_are_enabled, keys[start : start + _A_CALL]))
        enabled: dict[str, bool] = {}
        for came in ahead:
            go_on()
            enabled.update(found for _, found in came)
    return enabled


def _because(enabled: bool | None) -> str:
    if enabled is None:
        return _Left.ABSENT
    return _Left.DESELECTED if enabled else _Left.DISABLED


def _note(run: Run, pks: Iterable[int]) -> None:
    rest = iter(pks)
    while slice_ := list(islice(rest, 1000)):
        bulk.create(Departure, ("listing_id",), [(pk,) for pk in slice_], {"run_id": run.pk})
