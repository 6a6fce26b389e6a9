"""How everything stands, in few queries: for `sync_status` and for the pages."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q

from catalogs.models import Catalog, Channel
from connections.models import Connection
from sync.models import Listing, Run

_Status = Listing.Status


@dataclass(frozen=True, slots=True)
class Counts:
    """Listings of one catalog, by where they stand."""

    listed: int = 0
    waiting: int = 0
    carried: int = 0
    parked: int = 0
    held: int = 0
    kept: int = 0
    on_channel: int = 0


def counts_of(catalog: Catalog) -> Counts:
    """Count the catalog's listings. One query."""
    return Counts(
        **Listing.objects.filter(catalog=catalog).aggregate(
            listed=Count("pk", filter=Q(status=_Status.LISTED)),
            waiting=Count("pk", filter=Q(status__in=[_Status.WAITING, _Status.IN_FLIGHT])),
            carried=Count("pk", filter=Q(status=_Status.CARRIED)),
            parked=Count("pk", filter=Q(status=_Status.PARKED)),
            held=Count("pk", filter=Q(status=_Status.HELD)),
            kept=Count("pk", filter=Q(status=_Status.KEPT)),
            on_channel=Count("pk", filter=Q(sent__isnull=False)),
        )
    )


def state_of(catalog: Catalog, counts: Counts, last_run: Run | None) -> str:
    """Return one word for where the catalog stands; what a person must do comes first."""
    if catalog.removing_since is not None:
        return "being_removed"
    if catalog.archived_at is not None:
        return "archived"
    if not catalog.connection.is_connected:
        return "disconnected"
    if catalog.pim_state == Catalog.PimState.GONE:
        return "gone"
    if last_run is not None and last_run.is_live:
        return "running"
    if catalog.pim_state == Catalog.PimState.DISABLED:
        return "disabled"
    if last_run is not None and last_run.status in (Run.Status.STOPPED, Run.Status.FAILED):
        return last_run.status
    if counts.held:
        return "held"
    if catalog.paused:
        return "paused"
    if last_run is None:
        return "new"
    if counts.parked:
        return "needs_attention"
    return "waiting" if counts.waiting else "in_step"


def status_lines() -> list[dict[str, Any]]:
    """Return one object for each connection, channel and catalog."""
    lines: list[dict[str, Any]] = []
    catalogs = Prefetch("catalogs", Catalog.objects.order_by("position", "pk"))
    channels = Prefetch("channels", Channel.objects.prefetch_related(catalogs))
    for connection in Connection.objects.prefetch_related(channels):
        lines.append(
            {
                "type": "connection",
                "id": connection.pk,
                "name": connection.host,
                "pim": connection.pim_url,
                "state": connection.state,
            }
        )
        for channel in connection.channels.all():
            lines.append(
                {
                    "type": "channel",
                    "id": channel.pk,
                    "name": channel.name,
                    "pim": connection.pim_url,
                    "state": "being_removed" if channel.removing_since else "ok",
                    "kind": channel.kind,
                }
            )
            for catalog in channel.catalogs.all():
                catalog.channel = channel
                channel.connection = connection
                lines.append(_catalog_line(catalog))
    return lines


def _catalog_line(catalog: Catalog) -> dict[str, Any]:
    counts = counts_of(catalog)
    run = catalog.runs.filter(dry_run=False).first()
    return {
        "type": "catalog",
        "id": catalog.pk,
        "name": catalog.name,
        "pim": catalog.connection.pim_url,
        "state": state_of(catalog, counts, run),
        "channel": catalog.channel_id,
        "pim_catalog_id": catalog.pim_catalog_id,
        "listed": counts.listed,
        "waiting": counts.waiting,
        "parked": counts.parked,
        "held": counts.held,
        "last_run": _run(run),
    }


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "id": run.pk,
        "status": run.status,
        "mode": run.mode,
        "trigger": run.trigger,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "pulled": run.pulled,
        "changed": run.changed,
        "pushed": run.pushed,
        "withdrawn": run.withdrawn,
        "failed": run.failed,
        "held": run.held,
        "problem": run.problem,
    }
