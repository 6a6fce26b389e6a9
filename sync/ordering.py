"""Which catalogs of a channel carry, and in which order: a product in several has the first."""

import logging
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from catalogs import catalogs
from catalogs.models import Catalog, Channel
from outbound.errors import ConfigurationError
from sync.carriers import lock_channel, settle_whole_channel
from sync.models import Listing, Run
from sync.runs import AlreadyRunning, start_run

logger = logging.getLogger(__name__)


def reorder(channel: Channel, catalog_uuids: Sequence[UUID], *, by: str = "") -> None:
    """Put the channel's catalogs in this order, and send what another catalog carries now.

    Raises ConfigurationError unless exactly the channel's catalogs are named, each once: somebody
    may have added or removed one meanwhile. Nothing changes then.
    """
    with transaction.atomic():
        lock_channel(channel.pk)
        ordered = {one.uuid: one for one in Catalog.objects.filter(channel=channel)}
        if sorted(catalog_uuids) != sorted(ordered):
            raise ConfigurationError(
                gettext(
                    "The catalogs of this channel have changed meanwhile. Look at them again, "
                    "then put them in order."
                )
            )
        now = timezone.now()
        for position, uuid in enumerate(catalog_uuids):
            ordered[uuid].position, ordered[uuid].updated_at = position, now
        Catalog.objects.bulk_update(ordered.values(), ["position", "updated_at"])
        settle_whole_channel(channel)
    send_what_waits(channel, by=by)


def archive(catalog: Catalog, *, by: str = "") -> None:
    """Put the catalog aside. What another catalog holds too is carried by that one from now on."""
    _change(catalog, catalogs.archive)
    send_what_waits(catalog.channel, by=by)


def restore(catalog: Catalog, *, by: str = "") -> None:
    """Take the catalog back: it carries again what no catalog before it holds.

    It is read before anything of it is sent, since what it wanted may be old.
    """
    _change(catalog, catalogs.restore)
    if not catalog.connection.is_connected or catalog.is_paused or not catalog.is_started:
        return
    try:
        start_run(catalog, Run.Trigger.MANUAL, started_by=by)
    except AlreadyRunning as busy:
        logger.info("Run %s was under way when catalog %s came back", busy.run.pk, catalog.pk)


def send_what_waits(channel: Channel, *, by: str = "") -> None:
    """Start runs that send what catalogs of the channel took over; live runs do so anyway."""
    waiting = Listing.objects.filter(channel=channel, status=Listing.Status.WAITING)
    active = Catalog.objects.active().not_paused().filter(channel=channel)
    for catalog in active.filter(pk__in=waiting.order_by().values("catalog")):
        try:
            start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH, started_by=by)
        except AlreadyRunning as busy:
            logger.info("Run %s sends what catalog %s took over", busy.run.pk, catalog.pk)


def _change(catalog: Catalog, change: Callable[[Catalog], None]) -> None:
    """Change whether the catalog carries anything, and decide anew who carries what."""
    with transaction.atomic():
        channel = lock_channel(catalog.channel_id)
        change(catalog)
        settle_whole_channel(channel)
