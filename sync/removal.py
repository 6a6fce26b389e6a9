"""Remove a catalog or a channel: what becomes of the products, and of the catalog in the PIM.

A person decides; a run carries it out, so that it survives restarts and a channel that is down.
Until everything is withdrawn the catalog stays visible as "being removed".
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalogs.models import Catalog, Channel
from catalogs.schedules import apply_schedule, remove_schedule
from connections import audit
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from outbound.errors import ConfigurationError
from pim.errors import NotFound, Unauthorized
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
from sync.models import Change, Listing, Run, Tally
from sync.ordering import send_what_waits
from sync.runs import AlreadyRunning, start_run

logger = logging.getLogger(__name__)

_ANEW = "It was decided anew what becomes of the catalog. Another run carries that out."
_SLICE = 1000
_EXACTLY = 10_000  # products on the channel of which is counted how many leave it
_Status = Listing.Status

# Since when the catalog is removed, what becomes of its products, and of it in the PIM.
Decision = tuple[datetime | None, str, str]


class DecidedAnew(ConfigurationError):
    """Somebody decided to remove the catalog, or how, while its run is under way."""


def remove_catalog(
    catalog: Catalog, *, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, by: str = ""
) -> None:
    """Begin to remove the catalog. Deciding again replaces the decision while nothing is lost.

    One that is gone already stays gone.
    """
    with transaction.atomic():
        decided = _decide(Catalog.objects.filter(pk=catalog.pk), on_shop=on_shop, in_pim=in_pim)
    for each in decided:
        go_on_removing(each, by=by)


def remove_channel(
    channel: Channel, *, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, by: str = ""
) -> None:
    """Begin to remove the channel with all its catalogs; it goes when the last of them went."""
    with transaction.atomic():  # all at once, or one would hand its products to the next
        now = timezone.now()
        Channel.objects.filter(pk=channel.pk).update(
            removing_since=Coalesce("removing_since", now), updated_at=now
        )
        audit.record(Action.CHANNEL_REMOVED, channel.connection, channel.name, kind=channel.kind)
        catalogs = Catalog.objects.filter(channel=channel)
        decided = _decide(catalogs, on_shop=on_shop, in_pim=in_pim)
    for catalog in decided:
        go_on_removing(catalog, by=by)
    _remove_empty_channel(channel)


def go_on_removing(catalog: Catalog, *, by: str = "") -> None:
    """Start the run that removes the catalog; one that is under way notices by itself."""
    try:
        start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH, started_by=by)
    except AlreadyRunning:
        logger.info("Catalog %s is removed once its run has noticed", catalog.pk)


def notice_decision(run: Run) -> None:
    """Raise DecidedAnew if somebody decided about the run's catalog since the run began."""
    known = decision_known_to(run)
    if _decision_about(run) != known:
        raise DecidedAnew("The catalog is being removed." if known[0] is None else _ANEW)


def decision_known_to(run: Run) -> Decision:
    """Return what becomes of the run's catalog, as it was when the run was loaded."""
    return (run.catalog.removing_since, run.catalog.on_shop, run.catalog.in_pim)


def go_on_if_decided(run: Run, known: Decision) -> None:
    """Start what carries a decision out that came when the ended run did not look any more."""
    decided = _decision_about(run)
    if decided and decided[0] and decided != known:
        go_on_removing(Catalog.objects.select_related("channel__connection").get(pk=run.catalog_id))


def _decision_about(run: Run) -> Decision | None:
    row = Catalog.objects.filter(pk=run.catalog_id)
    return row.values_list("removing_since", "on_shop", "in_pim").first()


def count_to_withdraw(catalogs: Iterable[Catalog]) -> int:
    """Return how many products leave the channel with these catalogs of it. Three queries.

    What another active catalog wants stays, in its care. Of more than _EXACTLY it is about as many:
    what stands in the tally of the others as carried by somebody is what stays.
    """
    pks = [catalog.pk for catalog in catalogs]
    others = Catalog.objects.active().exclude(pk__in=pks)
    on_channel = Tally.objects.filter(catalog__in=pks).on_channel().total()
    if is_about(on_channel):
        beside = others.filter(channel__catalogs__in=pks).distinct()
        carried = Tally.objects.filter(catalog__in=beside, status=_Status.CARRIED).total()
        return max(0, on_channel - carried)
    kept = Listing.objects.filter(
        channel=OuterRef("channel"),
        key=OuterRef("key"),
        wanted__isnull=False,
        catalog__in=others,
    )
    return Listing.objects.filter(~Exists(kept), catalog__in=pks).on_channel().count()


def is_about(on_channel: int) -> bool:
    """Whether `count_to_withdraw` is not exact where so many stand on the channel."""
    return on_channel > _EXACTLY


def let_go_of_everything(run: Run) -> None:
    """Want nothing of this catalog on the channel any more; siblings take over what they hold.

    A person said so with the number in view: the fuse has no say. Raises RunLost.
    """
    while True:
        with transaction.atomic():
            ownership.lock(run)
            channel = lock_channel(run.catalog.channel_id)
            mine = Listing.objects.filter(catalog=run.catalog)
            held_back = mine.filter(status__in=[_Status.HELD, _Status.KEPT, _Status.HIDDEN])
            page = (mine.filter(wanted__isnull=False) | held_back).order_by("pk")
            rows = dict(page.values_list("pk", "key")[:_SLICE])
            if not rows:
                return
            _let_go(list(rows))
            settle_carriers(channel, list(rows.values()), handed_over_by=run.catalog)


def remove_for_good(run: Run, *, wait: Callable[[float], None]) -> None:
    """Delete the catalog in the PIM if that was asked for, then here, the run with it.

    `wait` sleeps between two tries at the PIM, or raises when the run is to end. Raises
    OutboundError when the PIM does not do it; the catalog stays until it does, or until somebody
    decides to keep it there.
    """
    catalog = run.catalog
    if Listing.objects.filter(catalog=catalog).on_channel().exists():
        if catalog.on_shop == Catalog.OnShop.WITHDRAW:
            raise ConfigurationError(
                "Some products could not be withdrawn from the channel, so the catalog is not "
                "removed yet. Try again, or remove it and leave the products on the channel."
            )
        _hand_over_everything(run)
    notice_decision(run)  # the last moment
    if catalog.in_pim == Catalog.InPim.DELETE:
        _delete_in_pim(catalog, wait)
    _delete_rows(run)
    logger.info("Catalog %s was removed by run %s", catalog.pk, run.pk)
    run.status, run.finished_at = Run.Status.SUCCEEDED, timezone.now()  # for who looks at it here
    if catalog.on_shop == Catalog.OnShop.LEAVE:
        send_what_waits(catalog.channel)  # in the words of those who care for it now
    _remove_empty_channel(catalog.channel)


def _decide(
    catalogs: QuerySet[Catalog], *, on_shop: Catalog.OnShop, in_pim: Catalog.InPim
) -> list[Catalog]:
    """Write the decision down in a transaction; return the catalogs it is about."""
    for channel_id in catalogs.order_by().values_list("channel", flat=True).distinct():
        lock_channel(channel_id)
    now = timezone.now()
    catalogs.update(
        removing_since=Coalesce("removing_since", now),
        on_shop=on_shop,
        in_pim=in_pim,
        updated_at=now,
    )
    decided = list(catalogs.select_related("channel__connection"))
    for catalog in decided:
        apply_schedule(catalog)
        audit.record(
            Action.CATALOG_REMOVED,
            catalog.connection,
            catalog.name,
            channel=catalog.channel.name,
            on_shop=on_shop.value,
            in_pim=in_pim.value,
        )
    return decided


def _let_go(pks: list[int]) -> None:
    """Want these no more. What a sibling's run has in flight is found out when that is settled."""
    now = timezone.now()
    listings = Listing.objects.filter(pk__in=pks)
    # Without the reason why it left: of a catalog that is removed nothing stays hidden.
    listings.update(
        wanted=None,
        left_because="",
        held_because="",
        problem="",
        failure="",
        next_attempt_at=now,
        updated_at=now,
    )
    idle = listings.exclude(status=_Status.IN_FLIGHT)
    idle.filter(sent__isnull=True).update(status=_Status.GONE)
    idle.filter(sent__isnull=False).update(status=_Status.WAITING)


def _hand_over_everything(run: Run) -> None:
    """Leave the products where they are, in the care of a sibling that holds them."""
    keys = Listing.objects.filter(catalog=run.catalog).order_by("pk").values_list("key", flat=True)
    everything = list(keys)
    for start in range(0, len(everything), _SLICE):
        with transaction.atomic():
            ownership.lock(run)
            channel = lock_channel(run.catalog.channel_id)
            settle_carriers(channel, everything[start : start + _SLICE])


def _delete_in_pim(catalog: Catalog, wait: Callable[[float], None]) -> None:
    connection = catalog.connection
    connection.refresh_from_db()
    if not connection.is_connected:  # the PIM deleted it when it disconnected the app
        logger.info("Catalog %s went with the connection to its PIM", catalog.pk)
        return
    try:
        with noticing_loss(connection):
            client_for(connection, sleep=wait).delete_catalog(catalog.pim_catalog_id)
    except NotFound:
        logger.info("Catalog %s was gone from the PIM already", catalog.pk)
    except Unauthorized:
        connection.refresh_from_db()
        if connection.is_connected:
            raise
        logger.info("Catalog %s went with the connection to its PIM", catalog.pk)


def _delete_rows(run: Run) -> None:
    """Delete in slices, so that a large catalog is never loaded as a whole. Raises RunLost."""
    catalog = run.catalog
    Change.objects.filter(listing__catalog=catalog).delete()
    listings = Listing.objects.filter(catalog=catalog).order_by("pk")
    while pks := list(listings.values_list("pk", flat=True)[:_SLICE]):
        with transaction.atomic():
            ownership.lock(run)
            lock_channel(catalog.channel_id)
            Listing.objects.filter(pk__in=pks).delete()
    with transaction.atomic():
        ownership.lock(run)
        lock_channel(catalog.channel_id)
        remove_schedule(catalog)
        Catalog.objects.filter(pk=catalog.pk).delete()


def _remove_empty_channel(channel: Channel) -> None:
    gone = Channel.objects.filter(
        pk=channel.pk, removing_since__isnull=False, catalogs__isnull=True
    )
    if gone.exists():
        gone.delete()
