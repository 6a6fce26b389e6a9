"""The order of the catalogs on a channel: a product in several is carried by the first."""

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

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
        catalogs = {one.uuid: one for one in Catalog.objects.filter(channel=channel)}
        if sorted(catalog_uuids) != sorted(catalogs):
            raise ConfigurationError(
                "The catalogs of this channel have changed meanwhile. Look at them again, then "
                "put them in order."
            )
        now = timezone.now()
        for position, uuid in enumerate(catalog_uuids):
            catalogs[uuid].position, catalogs[uuid].updated_at = position, now
        Catalog.objects.bulk_update(catalogs.values(), ["position", "updated_at"])
        settle_whole_channel(channel)
    for catalog in _with_something_to_send(channel):
        try:
            start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH, started_by=by)
        except AlreadyRunning as busy:
            logger.info("Run %s sends what catalog %s took over", busy.run.pk, catalog.pk)


def _with_something_to_send(channel: Channel) -> list[Catalog]:
    waiting = Listing.objects.filter(channel=channel, status=Listing.Status.WAITING)
    active = Catalog.objects.active().filter(channel=channel)
    return list(active.filter(pk__in=waiting.order_by().values("catalog")))
