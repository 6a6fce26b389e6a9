"""Whether a subscription that is on tells what changes: the runs that read by date would know."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from sync.events.waking import wake_all
from sync.models import Change, EventSubscription, ListingVariant, ReceivedEvent, Run
from sync.tidying import KEEP_EVENTS

_BEGINS = timedelta(minutes=15)  # a subscription is active after several minutes (4.2)
_MOST = 200  # products of a run that are looked at
_Entity = ReceivedEvent.Entity


def listen(events: EventSubscription) -> None:
    """Note since when the PIM changes and no event says so; or that it is heard again.

    Catalogs keep their schedules, which is how it was noticed, so nothing is lost meanwhile. What
    changed without a schedule is read once it is heard again.
    """
    run = _last_telling_run(events)
    silent_since = run.created_at if run is not None and not _was_told(events, run) else None
    if (silent_since is None) == (events.silent_since is None):
        return
    with transaction.atomic():
        rows = EventSubscription.objects.filter(pk=events.pk)
        rows.update(silent_since=silent_since, updated_at=timezone.now())
        if silent_since is None:
            wake_all(events)
    events.silent_since = silent_since


def _last_telling_run(events: EventSubscription) -> Run | None:
    """Return the last run that read by date alone, and found changes since the subscription is on.

    None as well if events of that time are forgotten by now.
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
        .first()
    )


def _was_told(events: EventSubscription, run: Run) -> bool:
    """Whether an event named any of the products that the run sent, or one came after it.

    A product whose model changed has no event of its own, so any model's may be about it.
    """
    told = events.events.since(run.since or run.created_at)
    if told.filter(received_at__gte=run.finished_at or run.created_at).exists():
        return True
    sent = Change.objects.filter(run=run).order_by("pk").values_list("listing", "listing__key")
    listings = dict(sent[:_MOST])
    if not listings:
        return True  # nothing of it is known by name
    if told.filter(entity=_Entity.MODEL).exists():
        return True
    variants = ListingVariant.objects.filter(listing__in=list(listings))
    keys = {*listings.values(), *variants.values_list("uuid", flat=True)[: _MOST * 5]}
    return told.filter(key__in=keys).exists()
