"""Single products on demand: read from the PIM now, and sent alone.

Such a run moves no watermark: it has not read what else changed.
"""

import time
from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext

from catalogs.models import Catalog
from outbound.errors import ConfigurationError
from pim.client import PimClient
from sync import ownership
from sync.beside import add_beside, assembly_for
from sync.departures import (
    forget_what_is_listed,
    forget_what_stays,
    look_up_why,
    note_departures,
)
from sync.explaining import explained, refuse_disabled
from sync.model_recording import listing_keys
from sync.models import Listing, Run
from sync.navigation import Navigation
from sync.pull import ONE_BY_ONE, read_one_by_one
from sync.reconcile import let_go
from sync.recording import record_found
from sync.runs import enter, push_what_waits, start_run
from sync.single_models import pull_single_models


def sync_products(
    catalog: Catalog,
    keys: Sequence[str],
    *,
    by: str = "",
    trigger: Run.Trigger = Run.Trigger.MANUAL,
) -> Run:
    """Start a run of these products of the catalog, and of no others.

    Raises AlreadyRunning, and ConfigurationError for more than are read one by one.
    """
    keys = listing_keys(catalog, keys)
    if len(keys) > ONE_BY_ONE:
        raise ConfigurationError(
            gettext(
                "At most %(number)s products of a catalog can be synced by themselves. Choose "
                "fewer, or sync the whole catalog."
            )
            % {"number": ONE_BY_ONE}
        )
    mode = Run.Mode.PRODUCT
    return start_run(catalog, trigger, mode=mode, keys=keys, started_by=by)


def send_what_came_meanwhile(run: Run) -> None:
    """Start a run for what people let wait while this one, which left it alone, was in the way."""
    waiting = Listing.objects.of_run_over(run.catalog).filter(
        status=Listing.Status.WAITING, updated_at__gte=run.created_at
    )
    if waiting.exclude(key__in=run.keys).exists():
        push_what_waits(run.catalog, by=run.started_by)


def pull_products(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
    wait: Callable[[float], None] = time.sleep,
    navigation: Navigation | None = None,
) -> None:
    """Record the run's products as the PIM has them, and let go of those not in the catalog.

    The PIM says "no such product" of every product of a disabled catalog too: so it is asked
    whether the catalog is enabled, before and after. Raises OutboundError and RunLost.
    """
    catalog = run.catalog
    enter(run, Run.Phase.READING)
    with explained(catalog, client):
        refuse_disabled(catalog, client)
        if catalog.has_models:
            found = pull_single_models(run, client, go_on=go_on, sleep=sleep)
        else:
            found = read_one_by_one(catalog, run.keys, client, go_on=go_on, sleep=sleep)
        keys = set(run.keys)
        missing = keys - {product.key for product in found}
        if missing:
            refuse_disabled(catalog, client)
        assembly = assembly_for(navigation or Navigation(catalog), client)
        found = list(add_beside(found, client, assembly))
    run.pulled = 0  # of a run that was taken up and reads again
    record_found(run, found, assembly)
    enter(run, Run.Phase.RECONCILING)
    note_departures(run, sorted(missing))
    look_up_why(run, client, go_on=go_on, sleep=sleep)
    forget_what_is_listed(run, client, go_on=go_on, sleep=sleep)
    forget_what_stays(run)
    let_go(run, wait=wait)
    with transaction.atomic():
        ownership.update(run, total=len(keys))
