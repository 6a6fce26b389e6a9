"""Whether a subscription that is on tells what changes: the runs that read by date would know."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from connections.clients import client_for
from pim import changes
from sync.events.waking import wake_all
from sync.keys import is_uuid
from sync.models import Change, EventSubscription, ListingVariant, ReceivedEvent, Run
from sync.tidying import KEEP_EVENTS

_BEGINS = timedelta(minutes=15)  # a subscription is active after several minutes (4.2)
_MOST_RUNS = 5  # that are looked at, back to one that proves something
_MOST = 200  # products of a run that are looked at
_Entity = ReceivedEvent.Entity


def listen(events: EventSubscription) -> None:
    """Note since when the PIM changes and no event says so; or that it is heard again.

    Catalogs keep their schedules, which is how it was noticed, so nothing is lost meanwhile. What
    changed without a schedule is read once it is heard again. Raises OutboundError of a PIM that
    does not say whether a product changed itself.
    """
    was_silent = events.silent_since is not None
    silent_run, is_heard = _verdict(events, _telling_runs(events)[:_MOST_RUNS])
    if silent_run is not None and not was_silent:
        EventSubscription.objects.filter(pk=events.pk).update(
            silent_since=silent_run.created_at, updated_at=timezone.now()
        )
        events.silent_since = silent_run.created_at
    elif was_silent and is_heard:
        with transaction.atomic():
            rows = EventSubscription.objects.filter(pk=events.pk)
            rows.update(silent_since=None, updated_at=timezone.now())
            wake_all(events)
        events.silent_since = None


def _verdict(events: EventSubscription, runs: Iterable[Run]) -> tuple[Run | None, bool]:
    """Return the run that found what no event named; or whether events are heard.

    The last run that proves one of them counts. Akeneo tells of products and models alone: where
    options, assets, categories or the selection changed, no event comes and nothing is proven.
    """
    for run in runs:
        told = events.events.since(run.since or run.created_at)
        if told.filter(received_at__gte=run.finished_at or run.created_at).exists():
            return None, True
        keys = _products_sent(run)
        if not keys:
            continue  # nothing of it is known by name
        # A product whose model changed has no event of its own, so any model's may be about it.
        if told.filter(entity=_Entity.MODEL).exists() or told.filter(key__in=keys).exists():
            return None, True
        client = client_for(events.connection, patient=False)
        if changes.has_changed_products(client, keys, run.since or run.created_at):
            return run, False
    since = events.silent_since
    return None, since is not None and events.events.since(since).exists()


def _telling_runs(events: EventSubscription) -> QuerySet[Run]:
    """Return runs that read by date alone, and found changes since the subscription is on.

    The last one first, and none of a time whose events are forgotten by now.
    """
    begins = max(events.since + _BEGINS, timezone.now() - KEEP_EVENTS + _BEGINS)
    return (
        Run.objects.filter(
            catalog__channel__connection=events.connection_id,
            mode=Run.Mode.DELTA,
            dry_run=False,
            changed__gt=0,
            since__gte=begins,
            read_at__isnull=False,
        )
        .exclude(trigger=Run.Trigger.EVENT)
        .order_by("-pk")
    )


def _products_sent(run: Run) -> list[str]:
    """Return the uuids of some of the products that the run sent, of models those of variants."""
    sent = Change.objects.filter(run=run).order_by("pk").values_list("listing", "listing__key")
    listings = dict(sent[:_MOST])
    variants = ListingVariant.objects.filter(listing__in=list(listings)).order_by("pk")
    uuids = [key for key in listings.values() if is_uuid(key)]
    return [*uuids, *variants.values_list("uuid", flat=True)[:_MOST]]
