"""A dry run: read everything, count what would change, and store nothing but the run itself."""

from collections.abc import Callable

from pim.client import PimClient
from pim.errors import CatalogDisabled
from sync.models import Listing, Run
from sync.pull import confirm_enabled, unusable
from sync.reconcile import blows_fuse
from sync.recording import compare


def compare_only(run: Run, client: PimClient, *, go_on: Callable[[], None]) -> None:
    """Compare the whole catalog with what is wanted now. Raises OutboundError."""
    catalog = run.catalog
    confirm_enabled(run, client)
    try:
        present = {key for page in client.uuid_pages(catalog.pim_catalog_id) for key in page.uuids}
        run.listed = run.total = len(present)
        pages = client.product_pages(catalog.pim_catalog_id, mapped=not catalog.raw)
        for page in pages:
            go_on()
            present.update(product.key for product in page.products)
            run.pulled += len(page.products)
            run.changed += len(compare(catalog, page.products).changed)
            run.save(update_fields=["listed", "total", "pulled", "changed", "updated_at"])
    except CatalogDisabled as error:
        raise unusable(catalog, client, error) from error
    run.leaving = sum(
        key not in present
        for key in Listing.objects.filter(catalog=catalog, wanted__isnull=False)
        .on_channel()
        .values_list("key", flat=True)
        .iterator(chunk_size=5000)
    )
    on_channel = Listing.objects.filter(catalog=catalog).on_channel().count()
    if blows_fuse(run.leaving, on_channel):
        run.held = run.leaving
    run.save(update_fields=["leaving", "held", "updated_at"])
