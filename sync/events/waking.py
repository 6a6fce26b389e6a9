"""Events only wake: what they name is read from the PIM by a run, as after any other change.

Each catalog of the PIM notes what it has still to read (`ChangedKey`). A run of these products
alone follows, or a delta where they are many. Nothing here is believed of an event but the name.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from catalogs.models import Catalog
from catalogs.models.catalogs import CatalogQuerySet
from connections.clients import client_for
from connections.installation import is_paused
from connections.models import Connection
from outbound.errors import OutboundError, TransientError
from pim.client import PimClient
from pim.kinship import roots_of_models, variants_of_models
from sync.models import ChangedKey, EventSubscription, ReceivedEvent, Run
from sync.pull import ONE_BY_ONE
from sync.runs import AlreadyRunning, live_run, start_run
from sync.single import sync_products

logger = logging.getLogger(__name__)

_AT_ONCE = 2000  # events that are gathered by one transaction


def work_on_events(events: EventSubscription) -> None:
    """Wake the catalogs for what has arrived. What waits for a run is taken up at its end."""
    while gather(events):
        pass
    if is_paused():  # on a wrong copy; in production they are all read by the next delta
        return
    noted = ChangedKey.objects.filter(catalog__channel__connection=events.connection_id)
    for catalog in _awake(events.connection).filter(pk__in=noted.values("catalog")):
        _wake(catalog)


def waiting_behind(run: Run) -> EventSubscription | None:
    """Return the subscription with events that waited for this run, if it ended and there are any.

    So nobody has to ask over and over whether it did.
    """
    if run.is_live or not ChangedKey.objects.filter(catalog=run.catalog_id).exists():
        return None
    return EventSubscription.objects.filter(connection=run.catalog.channel.connection_id).first()


@transaction.atomic
def gather(events: EventSubscription) -> int:
    """Note for each catalog what some of the waiting events name; return how many they were.

    What the app wrote itself wakes nothing, and neither does what no catalog may read now: the
    delta with which it begins again has it.
    """
    waiting = events.events.waiting().select_for_update(skip_locked=True)
    rows = list(waiting.values_list("pk", "entity", "key", "is_own")[:_AT_ONCE])
    Entity = ReceivedEvent.Entity
    named = {
        (entity == Entity.MODEL, key)
        for _, entity, key, is_own in rows
        if entity != Entity.OTHER and key and not is_own
    }
    for catalog in _awake(events.connection) if named else ():
        noted = [ChangedKey(catalog=catalog, is_model=what, key=key) for what, key in sorted(named)]
        ChangedKey.objects.bulk_create(noted, batch_size=500, ignore_conflicts=True)
    done = ReceivedEvent.objects.filter(pk__in=[pk for pk, *_ in rows])
    done.update(worked_at=timezone.now())
    return len(rows)


def unfinished() -> QuerySet[EventSubscription]:
    """Return the subscriptions with events that nobody has worked on, or whose runs have to come.

    Those are worked on as well that came before somebody switched it off; nothing is lost by that.
    """
    noted = ChangedKey.objects.filter(catalog__channel__connection=OuterRef("connection"))
    waiting = ReceivedEvent.objects.filter(subscription=OuterRef("pk"), worked_at=None)
    return EventSubscription.objects.filter(Exists(noted) | Exists(waiting))


def wake_all(events: EventSubscription) -> None:
    """Let every catalog read what changed while nothing was told, in a transaction.

    Where a run is under way, which may read nothing or single products, that is left until it ends.
    """
    if is_paused():
        return
    for catalog in _awake(events.connection):
        try:
            start_run(catalog, Run.Trigger.EVENT)
        except AlreadyRunning as busy:
            logger.info("Catalog %s is read after run %s", catalog.pk, busy.run.pk)
            all_of_it = ChangedKey(catalog=catalog, key=ChangedKey.ALL_THAT_CHANGED)
            ChangedKey.objects.bulk_create([all_of_it], ignore_conflicts=True)


def _awake(connection: Connection) -> CatalogQuerySet:
    """Return those of its catalogs that sync by themselves, and that nobody stopped."""
    active = Catalog.objects.active().started().not_paused()
    theirs = active.filter(channel__connection=connection, unconfirmed_since=None)
    if not Connection.objects.connected().filter(pk=connection.pk).exists():
        return theirs.none()
    return theirs.select_related("channel__connection")


def _wake(catalog: Catalog) -> None:
    """Start a run for what the catalog has still to read, unless one is under way."""
    if live_run(catalog) is not None:
        return
    rows = ChangedKey.objects.filter(catalog=catalog)
    noted = list(rows.values_list("pk", "is_model", "key")[: ONE_BY_ONE + 1])
    try:
        keys = _keys_of(catalog, noted) if _are_few(rows, len(noted)) else None
    except TransientError as error:  # whoever looks every half minute tries again
        logger.warning("Catalog %s: events wait: %s", catalog.pk, error.detail or error)
        return
    except OutboundError as error:  # refused again and again; a delta finds it another way
        logger.warning("Catalog %s: all that changed: %s", catalog.pk, error.detail or error)
        keys = None
    with suppress(AlreadyRunning), transaction.atomic():
        if keys is None or len(keys) > ONE_BY_ONE:
            # Also of models that changed: a delta reads what their variants inherit.
            start_run(catalog, Run.Trigger.EVENT)
            rows.delete()
        else:
            if keys:
                sync_products(catalog, sorted(keys), trigger=Run.Trigger.EVENT)
            rows.filter(pk__in=[pk for pk, *_ in noted]).delete()


def _are_few(rows: QuerySet[ChangedKey], noted: int) -> bool:
    """Whether single products are to be read, and no more than are read one by one."""
    return noted <= ONE_BY_ONE and not rows.filter(key=ChangedKey.ALL_THAT_CHANGED).exists()


def _keys_of(catalog: Catalog, noted: Sequence[tuple[int, bool, str]]) -> set[str]:
    """Return the keys that a run of single products is about. Raises OutboundError."""
    keys = {key for _, is_model, key in noted if not is_model}
    codes = {key for _, is_model, key in noted if is_model}
    if codes:
        keys |= _keys_of_models(catalog, codes, client_for(catalog.connection, patient=False))
    return keys


def _keys_of_models(catalog: Catalog, codes: set[str], client: PimClient) -> set[str]:
    """Return the keys of the listings that these models are about, their variants' in a flat one.

    Raises OutboundError. A model that the PIM lacks by now has no key: its variants left as well,
    and have events of their own.
    """
    if catalog.has_models:
        return roots_of_models(client, sorted(codes))
    return variants_of_models(client, sorted(codes), most=ONE_BY_ONE + 1)
