"""A dry run: read everything, and store nothing but the run itself and its difference."""

from collections.abc import Callable, Collection, Sequence

from django.db import transaction

from catalogs.models import Catalog
from pim.client import PimClient
from pim.values import RawProduct
from sync import ownership
from sync.differences import store_pushed, store_withdrawn
from sync.explaining import explained
from sync.keys import packed
from sync.models import Listing, Run
from sync.pull import confirm_complete, confirm_enabled, read_one_by_one
from sync.reconcile import leaving_of
from sync.recording import compare

_SLICE = 500


def compare_only(run: Run, client: PimClient, *, go_on: Callable[[], None]) -> None:
    """Compare the whole catalog with what is wanted now. Raises OutboundError and RunLost."""
    catalog = run.catalog
    # A run that was taken up starts again: it has no checkpoints.
    run.pulled = run.changed = 0
    with transaction.atomic():
        ownership.lock(run)
        run.differences.all().delete()
    with explained(catalog, client):
        confirm_enabled(run, client)
        listed = _listed(run, client, go_on)
        read: set[bytes] = set()
        for page in client.product_pages(catalog.pim_catalog_id, mapped=not catalog.raw):
            go_on()
            read.update(packed(product.key) for product in page.products)
            _count(run, page.products)
        _count(run, read_one_by_one(catalog, listed - read, client, go_on=go_on))
    present = listed | read
    leaving = leaving_of(catalog, present)
    _store_leaving(run, [*leaving.pks, *_leaving_already(catalog, present)], go_on)
    run.leaving = leaving.from_channel
    run.held = Listing.objects.filter(catalog=catalog).held().count()
    if leaving.is_held:
        run.held += leaving.from_channel
    _save(run, "leaving", "held")


def _listed(run: Run, client: PimClient, go_on: Callable[[], None]) -> set[bytes]:
    listed: set[bytes] = set()
    totals: list[int] = []
    for page in client.uuid_pages(run.catalog.pim_catalog_id):
        go_on()
        listed.update(map(packed, page.uuids))
        totals += [page.total] if page.total is not None else []
    confirm_complete(len(listed), min(totals, default=None))
    run.listed = run.total = len(listed)
    _save(run, "listed", "total")
    return listed


def _count(run: Run, products: Sequence[RawProduct]) -> None:
    run.pulled += len(products)
    run.changed += len(compare(run.catalog, products).changed)
    with transaction.atomic():
        _save(run, "pulled", "changed")
        store_pushed(run, products)


def _store_leaving(run: Run, pks: Sequence[int], go_on: Callable[[], None]) -> None:
    for start in range(0, len(pks), _SLICE):
        go_on()
        with transaction.atomic():
            ownership.lock(run)
            store_withdrawn(run, pks[start : start + _SLICE])


def _leaving_already(catalog: Catalog, present: Collection[bytes]) -> list[int]:
    """Return what waits to be withdrawn: it left earlier, or a person undid its first sending."""
    waiting = Listing.objects.filter(catalog=catalog, status=Listing.Status.WAITING).to_withdraw()
    rows = waiting.order_by("pk").values_list("pk", "key", "set_aside")
    return [
        pk
        for pk, key, set_aside in rows.iterator(chunk_size=5000)
        if set_aside or packed(key) not in present
    ]


def _save(run: Run, *fields: str) -> None:
    with transaction.atomic():
        ownership.lock(run)
        run.save(update_fields=[*fields, "updated_at"])
