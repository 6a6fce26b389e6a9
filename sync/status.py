"""How everything stands, in few queries: for `sync_status` and for the pages."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, OuterRef, Prefetch, Q, Subquery, Sum, When
from django.utils.translation import gettext

from catalogs.models import Catalog, Channel
from catalogs.pauses import paused_in_words
from catalogs.timetables import Closing, Why, closing_of, fetch_timetables
from catalogs.wording import when
from connections.installation import Standing, standing
from connections.models import Circuit, Connection, Installation
from sync.models import Listing, Run, Tally
from sync.steps import to_do

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


_COUNTED_AS = {
    _Status.LISTED: "listed",
    _Status.WAITING: "waiting",
    _Status.IN_FLIGHT: "waiting",
    _Status.CARRIED: "carried",
    _Status.PARKED: "parked",
    _Status.HELD: "held",
    _Status.KEPT: "kept",
}


def counts_of(catalogs: Collection[Catalog]) -> dict[int, Counts]:
    """Return the numbers of listings of each catalog, by its id. One query for all, of few rows."""
    sums: dict[int, dict[str, int]] = {one.pk: defaultdict(int) for one in catalogs}
    rows = (
        Tally.objects.filter(catalog__in=sums)
        .order_by()
        .values_list("catalog_id", "status")
        .annotate(rows=Sum("number"), sent=Sum("number", filter=Q(is_sent=True), default=0))
    )
    for catalog_id, status, number, sent in rows:
        sums[catalog_id]["on_channel"] += sent
        if name := _COUNTED_AS.get(_Status(status)):
            sums[catalog_id][name] += number
    return {pk: Counts(**numbers) for pk, numbers in sums.items()}


def last_runs_of(catalogs: Collection[Catalog]) -> dict[int, Run]:
    """Return the last run of each catalog that had one, by the catalog's id; dry ones aside.

    As long as the last whole one ended badly, single products that went well since are passed
    over: events begin many of those, and they say little of the rest. One query.
    """
    runs = Run.objects.filter(catalog=OuterRef("pk"), dry_run=False)
    whole = runs.exclude(mode=Run.Mode.PRODUCT).filter(finished_at__isnull=False)
    of_weight = runs.exclude(mode=Run.Mode.PRODUCT, status__in=Run.ENDED_WELL)
    wanted = Catalog.objects.filter(pk__in=[one.pk for one in catalogs]).order_by()
    chosen = Case(
        When(last_whole__in=Run.ENDED_BADLY, then=Subquery(of_weight.values("pk")[:1])),
        default=Subquery(runs.values("pk")[:1]),
    )
    rows = wanted.annotate(last_whole=Subquery(whole.values("status")[:1])).values_list(chosen)
    return {run.catalog_id: run for run in Run.objects.filter(pk__in=rows)}


def state_of(
    catalog: Catalog,
    counts: Counts,
    last_run: Run | None,
    closing: Closing | None,
    *,
    on_copy: bool = False,
) -> str:
    """Return one word for where the catalog stands; what a person must do comes first.

    `closing`: of its channel; `on_copy`: this is a wrong copy, from which nothing is sent.
    """
    if catalog.removing_since is not None:
        return "being_removed"
    if catalog.archived_at is not None:
        return "archived"
    if not catalog.connection.is_connected:
        return "disconnected"
    if catalog.pim_state == Catalog.PimState.GONE and not catalog.is_unconfirmed:
        return "gone"
    if last_run is not None and last_run.is_live:
        return "put_off" if last_run.is_put_off else "running"
    if on_copy:
        return "copy"
    if catalog.is_unconfirmed:
        return "reconnected"
    if not catalog.is_started:
        return "setting_up"
    if catalog.pim_state == Catalog.PimState.DISABLED:
        return "disabled"
    # A run that was stopped by the pause is no news, and what ailed an earlier one can wait.
    ended_badly = last_run is not None and last_run.status in Run.ENDED_BADLY
    if last_run is not None and ended_badly and not catalog.is_paused:
        return last_run.status
    if counts.held:
        return "held"
    if catalog.is_paused:
        return "paused"
    if last_run is None:
        return "new"
    if counts.parked:
        return "needs_attention"
    if counts.waiting and closing is not None:
        return "channel_paused" if closing.why is Why.PAUSED else "waiting_for_window"
    return "waiting" if counts.waiting else "in_step"


def notes_of(
    catalog: Catalog, counts: Counts, last_run: Run | None, closing: Closing | None
) -> list[str]:
    """Return what there is to know about when it syncs, one sentence each."""
    if catalog.archived_at is not None:
        return []
    notes = []
    if catalog.is_paused and catalog.removing_since is None:
        said = gettext("This catalog is %(paused)s")
        notes.append(said % {"paused": paused_in_words(catalog)})
    if closing is not None and counts.waiting:
        notes.append(closing.waits(counts.waiting))
    if skipped := _skipped(catalog, last_run):
        notes.append(skipped)
    return notes


def _skipped(catalog: Catalog, last_run: Run | None) -> str:
    """Say that a scheduled run was skipped, until another one has begun."""
    at, busy_since = catalog.skipped_at, catalog.skipped_for
    if at is None or busy_since is None or (last_run is not None and last_run.created_at > at):
        return ""
    zone = catalog.connection.zone
    return gettext(
        "The run of %(moment)s was skipped because the one of %(earlier)s was still working."
    ) % {"moment": when(at, zone), "earlier": when(busy_since, zone)}


def status_lines(only: Connection | None = None) -> list[dict[str, Any]]:
    """Return one object for each connection, channel and catalog, or for those of one.

    Eight queries. Before them one for the installation, where it is a copy.
    """
    return lines_of(fetched(only))


def fetched(only: Connection | None = None) -> list[Any]:
    """Return each connection, or this one, with its channels and catalogs. Four queries."""
    catalogs = Prefetch("catalogs", Catalog.objects.order_by("position", "pk"))
    channels = Prefetch("channels", Channel.objects.prefetch_related(catalogs))
    open_ones = Prefetch("circuits", Circuit.objects.open(), "open_circuits")
    connections: Any = Connection.objects.prefetch_related(channels, open_ones)
    return list(connections if only is None else connections.filter(pk=only.pk))


def lines_of(connections: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the lines of connections as `fetched` gives them."""
    here = standing()
    lines: list[dict[str, Any]] = [_installation_line(here)] if here.is_paused else []
    everything = [
        catalog
        for connection in connections
        for channel in connection.channels.all()
        for catalog in channel.catalogs.all()
    ]
    counts, runs = counts_of(everything), last_runs_of(everything)
    fetch_timetables(channel for one in connections for channel in one.channels.all())
    for connection in connections:
        silent = {one.channel: str(one) for one in connection.open_circuits}
        lines.append(
            {
                "type": "connection",
                "id": connection.pk,
                "name": connection.host,
                "pim": connection.pim_url,
                "state": _state_of_connection(connection, silent.get("", "")),
                "problem": silent.get("", ""),
            }
        )
        for channel in connection.channels.all():
            closing = closing_of(channel)
            problem = silent.get(str(channel.uuid), "")
            lines.append(
                {
                    "type": "channel",
                    "id": channel.pk,
                    "name": channel.name,
                    "pim": connection.pim_url,
                    "state": _state_of_channel(channel, closing, problem),
                    "problem": problem,
                    "kind": channel.kind,
                    "notes": [closing.sentence] if closing else [],
                }
            )
            lines += [
                _catalog_line(catalog, counts[catalog.pk], runs.get(catalog.pk), closing, here)
                for catalog in channel.catalogs.all()
            ]
    return lines


def _installation_line(here: Standing) -> dict[str, Any]:
    return {
        "type": "installation",
        "id": Installation.ONLY,
        "name": here.here,
        "pim": "",
        "state": here.state.value,
        "copy_of": here.copy_of,
    }


def _state_of_connection(connection: Connection, problem: str) -> str:
    return "unreachable" if problem and connection.is_connected else connection.state


def _state_of_channel(channel: Channel, closing: Closing | None, problem: str) -> str:
    if channel.removing_since is not None:
        return "being_removed"
    if closing is None:
        return "unreachable" if problem else "ok"
    return "paused" if closing.why is Why.PAUSED else "closed"


def _catalog_line(
    catalog: Catalog, counts: Counts, run: Run | None, closing: Closing | None, here: Standing
) -> dict[str, Any]:
    return {
        "type": "catalog",
        "id": catalog.pk,
        "name": catalog.name,
        "pim": catalog.connection.pim_url,
        "state": state_of(catalog, counts, run, closing, on_copy=here.is_paused),
        "problem": _problem(run, counts),
        "channel": catalog.channel_id,
        "pim_catalog_id": catalog.pim_catalog_id,
        "listed": counts.listed,
        "waiting": counts.waiting,
        "parked": counts.parked,
        "held": counts.held,
        "step": "" if catalog.is_started else to_do(catalog, run),
        "notes": notes_of(catalog, counts, run, closing),
        "last_run": _run(run),
    }


def _problem(run: Run | None, counts: Counts) -> str:
    """Return what the last run waits for or failed by; nothing once its held things are decided."""
    if run is None or (run.status == Run.Status.HELD and not counts.held):
        return ""
    return run.note if run.is_put_off else run.problem


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
