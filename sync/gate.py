"""The gate before a channel: asked before each batch whether it may be sent now.

While it is shut, runs read the PIM and send nothing; what waits is sent by another run once it is
open again. `open_gates` finds out by looking every half minute, so nothing has to be remembered.
"""

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalogs.models import Catalog, Channel, Window, pause_holds
from catalogs.timetables import Closing, Why, closing_of, fetch_timetables, present_freezes
from channels.base import ChannelAdapter
from connections.models import Connection
from sync.batches import dissolve, open_batches
from sync.models import Listing, Run
from sync.publishing import is_out, publish_feed
from sync.push import push_only
from sync.runs import AlreadyRunning, finish, start_run
from sync.urgent import urgent_keys

logger = logging.getLogger(__name__)

Wait = Callable[[float], None]


class Shut(Exception):
    """Nothing may be sent to the channel now: `closing` says why and until when."""

    def __init__(self, closing: Closing) -> None:
        super().__init__(closing.sentence)
        self.closing = closing


def refuse_while_shut(run: Run) -> None:
    """Raise Shut while nothing may be sent to the run's channel. One query where all is open."""
    has_windows = Exists(Window.objects.filter(channel=OuterRef("pk")))
    has_freezes = Exists(present_freezes().filter(channel=OuterRef("pk")))
    may_be_shut = Channel.objects.filter(pause_holds() | has_windows | has_freezes)
    channel = may_be_shut.select_related("connection").filter(pk=run.catalog.channel_id).first()
    if channel is not None and (closing := closing_of(channel)):
        raise Shut(closing)


def let_wait(
    run: Run, adapter: ChannelAdapter, shut: Shut, *, go_on: Callable[[], None], wait: Wait
) -> None:
    """Send what somebody wants sent now all the same, then end the run: the rest waits.

    Raises OutboundError when the channel does not take that, and RunLost.
    """
    for batch in open_batches(run):
        dissolve(run, batch)
    keys = urgent_keys(run.catalog) if shut.closing.why is not Why.PAUSED else []
    if keys:

        def may_send() -> None:
            go_on()
            _refuse_while_paused(run)

        try:
            push_only(run, keys, adapter, go_on=may_send, wait=wait)
            if run.pushed or run.withdrawn:
                publish_feed(run, adapter, go_on=may_send, wait=wait)
        except Shut as paused:
            shut = paused
    waiting = Listing.objects.of_run_over(run.catalog).filter(status=Listing.Status.WAITING).count()
    if waiting or (adapter.publishes and not is_out(run.catalog.channel)):
        Catalog.objects.filter(pk=run.catalog_id).update(waits_since=timezone.now())
    note = shut.closing.waits(waiting) if waiting else ""
    finish(run, Run.Status.SUCCEEDED, note=note)


def _refuse_while_paused(run: Run) -> None:
    """Raise Shut if somebody has paused the channel: that is stronger than *send this one now*."""
    try:
        refuse_while_shut(run)
    except Shut as shut:
        if shut.closing.why is Why.PAUSED:
            raise


def be_through(run: Run) -> None:
    """Remember that the gate is open for the run: what fails now is tried again by the schedule."""
    Catalog.objects.filter(pk=run.catalog_id, waits_since__isnull=False).update(waits_since=None)


def open_gates() -> int:
    """Start a run for each catalog whose changes waited for a gate that is open now; how many.

    And for what somebody wants sent now and no run took along. Never two runs of one catalog: one
    that is under way sends it, or this looks again.
    """
    waiting = Q(waits_since__isnull=False) | Q(exemptions__isnull=False)
    catalogs = (
        Catalog.objects.active()
        .not_paused()
        .filter(
            waiting,
            unconfirmed_since=None,
            channel__connection__state=Connection.State.CONNECTED,
        )
        .select_related("channel__connection")
        .distinct()
    )
    fetch_timetables(catalog.channel for catalog in catalogs)
    return sum(_open(catalog) for catalog in catalogs)


def _open(catalog: Catalog) -> bool:
    closing = closing_of(catalog.channel)
    if closing is not None and closing.why is Why.PAUSED:
        return False
    try:
        with transaction.atomic():
            # Taken with the run, by one of two that look at once. If the run fails, the next
            # scheduled one goes on, and not this look.
            waited = Catalog.objects.filter(pk=catalog.pk, waits_since__isnull=False)
            is_due = closing is None and waited.update(waits_since=None)
            if not is_due and not urgent_keys(catalog):
                return False
            start_run(catalog, Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    except AlreadyRunning as busy:
        logger.info("Run %s sends what catalog %s waited with", busy.run.pk, catalog.pk)
        return False
    return True
