"""Remove a catalog or a channel: what becomes of the products, and of the catalog in the PIM.

A person decides; a run carries it out, so that it survives restarts and a channel that is down.
Until everything is withdrawn the catalog stays visible as "being removed".
"""

import logging

from django.db import transaction
from django.utils import timezone

from catalogs.models import Catalog, Channel
from catalogs.schedules import apply_schedule, remove_schedule
from connections.clients import client_for
from connections.connections import noticing_loss
from outbound.errors import ConfigurationError
from pim.errors import NotFound
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
from sync.models import Change, Listing, Run
from sync.runs import AlreadyRunning, start_run

logger = logging.getLogger(__name__)

_SLICE = 1000
_Status = Listing.Status


def remove_catalog(
    catalog: Catalog, *, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, by: str = ""
) -> None:
    """Begin to remove the catalog. Deciding again replaces the decision while nothing is lost."""
    with transaction.atomic():
        lock_channel(catalog.channel_id)
        catalog.removing_since = catalog.removing_since or timezone.now()
        catalog.on_shop, catalog.in_pim = on_shop, in_pim
        catalog.save(update_fields=["removing_since", "on_shop", "in_pim", "updated_at"])
        apply_schedule(catalog)
    go_on_removing(catalog, by=by)


def remove_channel(
    channel: Channel, *, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, by: str = ""
) -> None:
    """Begin to remove the channel with all its catalogs; it goes when the last of them went."""
    channel.removing_since = channel.removing_since or timezone.now()
    channel.save(update_fields=["removing_since", "updated_at"])
    catalogs = list(channel.catalogs.all())
    with transaction.atomic():  # all at once, or one would hand its products to the next
        lock_channel(channel.pk)
        for catalog in catalogs:
            catalog.removing_since = catalog.removing_since or channel.removing_since
            catalog.on_shop, catalog.in_pim = on_shop, in_pim
            catalog.save(update_fields=["removing_since", "on_shop", "in_pim", "updated_at"])
            apply_schedule(catalog)
    for catalog in catalogs:
        go_on_removing(catalog, by=by)
    _remove_empty_channel(channel)


def go_on_removing(catalog: Catalog, *, by: str = "") -> None:
    """Start the run that removes the catalog; one that is under way notices by itself."""
    try:
        start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH, started_by=by)
    except AlreadyRunning:
        logger.info("Catalog %s is removed once its run has noticed", catalog.pk)


def let_go_of_everything(run: Run) -> None:
    """Want nothing of this catalog on the channel any more; siblings take over what they hold.

    A person said so with the number in view: the fuse has no say. Raises RunLost.
    """
    while True:
        with transaction.atomic():
            ownership.lock(run)
            channel = lock_channel(run.catalog.channel_id)
            mine = Listing.objects.filter(catalog=run.catalog)
            held_back = mine.filter(status__in=[_Status.HELD, _Status.KEPT])
            page = (mine.filter(wanted__isnull=False) | held_back).order_by("pk")
            rows = dict(page.values_list("pk", "key")[:_SLICE])
            if not rows:
                return
            _let_go(list(rows))
            settle_carriers(channel, list(rows.values()), handed_over_by=run.catalog)


def remove_for_good(run: Run) -> None:
    """Delete the catalog in the PIM if that was asked for, then here, the run with it.

    Raises OutboundError when the PIM does not do it; the catalog stays until it does, or until
    somebody decides to keep it there.
    """
    catalog = run.catalog
    if Listing.objects.filter(catalog=catalog).on_channel().exists():
        if catalog.on_shop == Catalog.OnShop.WITHDRAW:
            raise ConfigurationError(
                "Some products could not be withdrawn from the channel, so the catalog is not "
                "removed yet. Try again, or remove it and leave the products on the channel."
            )
        _hand_over_everything(run)
    if catalog.in_pim == Catalog.InPim.DELETE:
        _delete_in_pim(catalog)
    with transaction.atomic():
        ownership.lock(run)
        remove_schedule(catalog)
    channel = catalog.channel
    _delete_rows(catalog)
    logger.info("Catalog %s was removed by run %s", catalog.pk, run.pk)
    _remove_empty_channel(channel)


def _let_go(pks: list[int]) -> None:
    now = timezone.now()
    listings = Listing.objects.filter(pk__in=pks)
    state = {"wanted": None, "problem": "", "failure": "", "next_attempt_at": now}
    listings.filter(sent__isnull=True).update(status=_Status.GONE, **state)
    listings.filter(sent__isnull=False).update(status=_Status.WAITING, **state)


def _hand_over_everything(run: Run) -> None:
    """Leave the products where they are, in the care of a sibling that holds them."""
    keys = Listing.objects.filter(catalog=run.catalog).order_by("pk").values_list("key", flat=True)
    everything = list(keys)
    for start in range(0, len(everything), _SLICE):
        with transaction.atomic():
            ownership.lock(run)
            channel = lock_channel(run.catalog.channel_id)
            settle_carriers(channel, everything[start : start + _SLICE])


def _delete_in_pim(catalog: Catalog) -> None:
    connection = catalog.connection
    with noticing_loss(connection):
        try:
            client_for(connection).delete_catalog(catalog.pim_catalog_id)
        except NotFound:
            logger.info("Catalog %s was gone from the PIM already", catalog.pk)


def _delete_rows(catalog: Catalog) -> None:
    """Delete in slices, so that a large catalog is never loaded as a whole."""
    Change.objects.filter(listing__catalog=catalog).delete()
    listings = Listing.objects.filter(catalog=catalog).order_by("pk")
    while pks := list(listings.values_list("pk", flat=True)[:_SLICE]):
        Listing.objects.filter(pk__in=pks).delete()
    catalog.delete()


def _remove_empty_channel(channel: Channel) -> None:
    gone = Channel.objects.filter(
        pk=channel.pk, removing_since__isnull=False, catalogs__isnull=True
    )
    if gone.exists():
        gone.delete()
