"""A dry run: read everything, and store nothing but the run itself and its difference."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from django.db import transaction

from pim.client import PimClient
from pim.values import ProductPage, RawProduct
from sync import ownership
from sync.assembly import Assembly
from sync.beside import add_beside, assembly_for
from sync.departures import find_departures, forget_what_stays, look_up_why
from sync.differences import forget_earlier, store_pushed, store_withdrawn
from sync.explaining import explained
from sync.incomplete import store_incomplete
from sync.keys import gathered, not_among_read, pack, unread_keys
from sync.model_reading import Found, confirm_listed, model_pages, read_models, roots_of
from sync.models import Checkpoint, KeyPage, Listing, Run, Tally
from sync.models.batches import Action
from sync.navigation import Navigation
from sync.pull import ONE_BY_ONE, confirm_complete, confirm_enabled, read_one_by_one
from sync.reconcile import leaving_of, left_alone
from sync.recording import compare, note_read

_SLICE = 500


def compare_only(run: Run, client: PimClient, *, go_on: Callable[[], None]) -> None:
    """Compare the whole catalog with what is wanted now. Raises OutboundError and RunLost.

    The keys of what it reads, and what left, are noted for as long as it runs: memory does not
    grow with the catalog.
    """
    catalog = run.catalog
    # A run that was taken up starts again: it has no checkpoints.
    run.pulled = run.changed = 0
    with transaction.atomic():
        ownership.lock(run)
        run.differences.all().delete()
        run.departures.all().delete()
        run.key_pages.all().delete()
    with explained(catalog, client):
        confirm_enabled(run, client)
        assembly = assembly_for(Navigation(catalog), client)
        _list(run, client, go_on)
        for page in _pages(run, client, go_on):
            go_on()
            _compare(run, add_beside(page.products, client, assembly), assembly)
        with gathered(run):
            missing = unread_keys(run, most=ONE_BY_ONE + 1)
        found = _one_by_one(run, missing, client, go_on)
        _compare(run, add_beside(found, client, assembly), assembly)
        find_departures(run)
        look_up_why(run, client, go_on=go_on)
        forget_what_stays(run)
    leaving = leaving_of(run)
    _store_leaving(run, go_on)
    run.to_send = run.differences.filter(action=Action.PUSH).count()
    run.leaving = leaving.from_channel
    run.held = Tally.objects.filter(catalog=catalog).held().total()
    if leaving.is_held:
        run.held += leaving.from_channel
    _save(run, "to_send", "leaving", "held")
    forget_earlier(run)


def _pages(run: Run, client: PimClient, go_on: Callable[[], None]) -> Iterator[ProductPage]:
    catalog = run.catalog
    yield from client.product_pages(catalog.pim_catalog_id, mapped=not catalog.raw)
    if catalog.has_models:
        for page in model_pages(catalog, client, go_on=go_on, sleep=time.sleep):
            confirm_listed(run, Found(list(page.products)), client)
            yield page


def _one_by_one(
    run: Run, keys: Sequence[str], client: PimClient, go_on: Callable[[], None]
) -> list[RawProduct]:
    """Return what the PIM still has of what is listed and was on no page."""
    catalog, models = run.catalog, Found()
    if catalog.has_models and len(keys) <= ONE_BY_ONE:
        roots = roots_of(catalog, keys, client)
        keys = [uuid for uuid, code in roots.items() if code is None]
        codes = {code for code in roots.values() if code is not None}
        models = read_models(catalog, codes, client, go_on=go_on)
        confirm_listed(run, models, client)
    return read_one_by_one(catalog, keys, client, go_on=go_on) + models.models


def _list(run: Run, client: PimClient, go_on: Callable[[], None]) -> None:
    run.listed = 0
    totals: list[int] = []
    for page in client.uuid_pages(run.catalog.pim_catalog_id):
        go_on()
        KeyPage.objects.create(run=run, part=Checkpoint.Part.LISTING, packed=pack(page.uuids))
        run.listed += len(page.uuids)
        totals += [page.total] if page.total is not None else []
    confirm_complete(run.listed, min(totals, default=None))
    run.total = run.listed
    _save(run, "listed", "total")


def _compare(run: Run, products: Sequence[RawProduct], assembly: Assembly) -> None:
    compared = compare(run.catalog, products, assembly)
    run.pulled += sum(len(product.variants) or 1 for product in products)
    run.changed += len(compared.changed)
    with transaction.atomic():
        _save(run, "pulled", "changed")
        note_read(run, products)
        store_incomplete(run, compared.incomplete)
        store_pushed(run, products, assembly)


def _store_leaving(run: Run, go_on: Callable[[], None]) -> None:
    """Store what leaves the channel: what left now, and what waits to be withdrawn already."""
    waiting = Listing.objects.filter(catalog=run.catalog, status=Listing.Status.WAITING)
    departures = run.departures.exclude(because__in=left_alone(run.catalog))
    departed = departures.order_by("pk").values_list("listing", flat=True)
    _store_withdrawn(run, departed.iterator(chunk_size=_SLICE), go_on)
    # What a person undid the first sending of.
    undone = waiting.to_withdraw().exclude(set_aside="").exclude(departures__run=run)
    _store_withdrawn(run, undone.values_list("pk", flat=True).iterator(chunk_size=_SLICE), go_on)
    with gathered(run):
        for pks in not_among_read(run, waiting.to_withdraw().filter(set_aside="")):
            store_withdrawn(run, pks)


def _store_withdrawn(run: Run, pks: Iterator[int], go_on: Callable[[], None]) -> None:
    while slice_ := list(islice(pks, _SLICE)):
        go_on()
        with transaction.atomic():
            ownership.lock(run)
            store_withdrawn(run, slice_)


def _save(run: Run, *fields: str) -> None:
    with transaction.atomic():
        ownership.lock(run)
        run.save(update_fields=[*fields, "updated_at"])
