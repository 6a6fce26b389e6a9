"""Runs around a disconnection: none goes on without a connection, and after it none sends anything
before a person has confirmed a dry run."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from catalogs import reconnection
from catalogs.models import Catalog
from channels.registry import adapter_class
from connections.models import Connection
from connections.names import folded
from outbound.errors import ConfigurationError
from sync.carriers import lock_channel
from sync.models import Listing, Run
from sync.runs import AlreadyRunning, start_run

CONFIRMED_WITHIN = timedelta(hours=1)  # after that the PIM may say something else
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class HeldTarget:
    """What the channel holds today of one target, for each of a few products."""

    title: str
    values: tuple[str, ...]


def refuse_while_put_down(run: Run) -> None:
    """Raise ConfigurationError if the run's catalog is disconnected, or waits for a person.

    A dry run sends nothing, so it need not wait. One query.
    """
    row = Catalog.objects.filter(pk=run.catalog_id).values_list(
        "unconfirmed_since", "channel__connection__state", "channel__connection__problem"
    )
    unconfirmed_since, state, problem = row.get()
    if state == Connection.State.DISCONNECTED:
        raise ConfigurationError(problem or "The PIM is disconnected. Connect it again.")
    if unconfirmed_since is not None and not run.dry_run:
        raise ConfigurationError(
            "The PIM was connected again. Nothing is sent until somebody has looked at a trial run "
            "on the catalog's page and confirmed it."
        )


def confirmable_run(catalog: Catalog) -> Run | None:
    """Return the last dry run since the reconnection, if it went well and is still fresh."""
    run = last_dry_run(catalog)
    if run is None or run.status != Run.Status.SUCCEEDED or run.finished_at is None:
        return None
    return run if run.finished_at > timezone.now() - CONFIRMED_WITHIN else None


def last_dry_run(catalog: Catalog) -> Run | None:
    """Return the last dry run since the catalog was reconnected or made again, if any."""
    since = max(filter(None, (catalog.unconfirmed_since, catalog.made_again_at)), default=None)
    if since is None:
        return None
    runs = Run.objects.filter(catalog=catalog, dry_run=True, created_at__gte=since)
    return runs.exclude(mode=Run.Mode.SAMPLE).order_by("-pk").first()


def confirm_dry_run(run: Run, *, by: str = "") -> Run:
    """Let the catalog go to its channel again, as this dry run showed; return the run that does.

    Raises ConfigurationError if another dry run followed, or it is too old, or did not go well.
    """
    catalog = run.catalog
    with transaction.atomic():
        lock_channel(catalog.channel_id)
        catalog.refresh_from_db()
        known = confirmable_run(catalog)
        if catalog.is_unconfirmed and (known is None or known.pk != run.pk):
            raise ConfigurationError(
                gettext(
                    "This trial run is not the last one any more, or more than an hour old. "
                    "Compare again, then confirm what you see."
                )
            )
        reconnection.confirm(catalog)
    try:
        return start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.FULL, started_by=by)
    except AlreadyRunning as busy:
        return busy.run


def examples_on(catalog: Catalog) -> list[Listing]:
    """Return the first few products of the catalog that are on its channel."""
    listings = Listing.objects.filter(catalog=catalog, sent__body__gt="").on_channel()
    return list(listings.select_related("sent").order_by(folded("identifier"))[:EXAMPLES])


def held_targets(catalog: Catalog, listings: list[Listing]) -> list[HeldTarget]:
    """Return what the channel holds of these products, target by target in the channel's order."""
    documents = [_content(one) for one in listings]
    titles = adapter_class(catalog.channel.kind).titles(catalog.channel.targets)
    codes = [*titles, *sorted({code for one in documents for code in one} - titles.keys())]
    return [
        HeldTarget(
            titles.get(code, code), tuple(_shown(document.get(code)) for document in documents)
        )
        for code in codes
    ]


def _content(listing: Listing) -> dict[str, Any]:
    try:
        content = (
            json.loads(listing.sent.body, parse_float=str, parse_int=str) if listing.sent else {}
        )
    except RecursionError:  # nested too deep to be shown
        return {}
    return content if isinstance(content, dict) else {}


def _shown(value: Any) -> str:
    """Return a value of a document as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return gettext("yes") if value else gettext("no")
        case list():
            return ", ".join(filter(None, map(_shown, value)))
        case dict():
            return " ".join(filter(None, map(_shown, value.values())))
    return str(value)
