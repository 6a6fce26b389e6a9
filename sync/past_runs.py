"""How the last runs of catalogs ended, looked up for many at once, and what calls for a person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from catalogs.models import Catalog
from catalogs.schedules import begun_anew
from sync.alerts.life import has_just_begun
from sync.models import Notice, Run

_Kind = Notice.Kind
# While one of these holds, and before, runs fail because of it and for no reason of their own.
_REASONS = (_Kind.GONE, _Kind.RECONNECTED, _Kind.DISABLED, _Kind.DISCONNECTED)
# Events begin them many a minute. That one went well says little of the rest of a catalog.
_OF_PRODUCTS = Q(mode=Run.Mode.PRODUCT)
_BY_A_PERSON = Q(status=Run.Status.STOPPED, stop_asked_at__isnull=False)
_INTERVALS_IN_VAIN = 3


@dataclass(frozen=True, slots=True)
class Past:
    """How the last runs of a catalog ended, dry ones and those that a person stopped aside."""

    last: Run | None = None
    before: Run | None = None
    went_well_at: datetime | None = None
    tried_at: datetime | None = None  # first after it went well
    is_worked_on: bool = False
    schedule_began_at: datetime | None = None  # and started nothing yet
    may_begin: bool = False  # it is not known to begin late: all was switched off until now


def pasts_of(catalogs: Collection[Catalog]) -> dict[int, Past]:
    """Return how the last runs of each ended, by the catalog's id. Four queries.

    As long as the last whole run ended badly, single products that went well since count for
    nothing. What a person stopped says nothing of a catalog at all.
    """
    runs = Run.objects.filter(catalog=OuterRef("pk"), dry_run=False)
    ended = runs.filter(finished_at__isnull=False).exclude(_BY_A_PERSON).values("pk")
    whole = ended.exclude(_OF_PRODUCTS)
    of_weight = ended.exclude(_OF_PRODUCTS & Q(status__in=Run.ENDED_WELL))
    well = runs.read_well()
    tried = runs.exclude(_OF_PRODUCTS).filter(created_at__gt=OuterRef("went_well_at"))
    working = runs.filter(status=Run.Status.RUNNING)
    wanted = Catalog.objects.filter(pk__in=[one.pk for one in catalogs]).order_by()
    wanted = wanted.annotate(went_well_at=Subquery(well.values("finished_at")[:1]))
    values = wanted.values_list(
        "pk",
        "went_well_at",
        Subquery(tried.order_by("created_at").values("created_at")[:1]),
        Subquery(working.values("heartbeat_at")[:1]),
        Subquery(whole.values("status")[:1]),
        Subquery(ended[:1]),
        Subquery(ended[1:2]),
        Subquery(of_weight[:1]),
        Subquery(of_weight[1:2]),
    )
    rows = list(values)
    found = Run.objects.in_bulk([pk for row in rows for pk in row[5:] if pk is not None])
    schedules = begun_anew(catalogs)
    alive = timezone.now() - Run.STALE_AFTER
    pasts = {}
    may_begin = has_just_begun()
    for pk, well_at, tried_at, beat, status, *last_two in rows:
        last, before = last_two[2:] if status in Run.ENDED_BADLY else last_two[:2]
        pasts[pk] = Past(
            found.get(last),
            found.get(before),
            well_at,
            tried_at,
            is_worked_on=bool(beat and beat > alive),
            schedule_began_at=schedules.get(pk),
            may_begin=may_begin,
        )
    return pasts


def kept_back_until(catalogs: Collection[Catalog]) -> dict[int, datetime]:
    """Return until when something else kept each catalog from being carried, by its id."""
    now = timezone.now()
    connections = {one.pk: one.channel.connection_id for one in catalogs}
    theirs = Q(catalog__in=connections) | Q(catalog=None, connection__in={*connections.values()})
    until: dict[tuple[int | None, int | None], datetime] = {}
    notices = Notice.objects.filter(theirs, kind__in=_REASONS).order_by()
    for connection_id, catalog_id, ended_at in notices.values_list(
        "connection_id", "catalog_id", "ended_at"
    ):
        key = (connection_id, catalog_id)
        until[key] = max(until.get(key, ended_at or now), ended_at or now)
    found = {}
    for pk, connection_id in connections.items():
        moments = [until.get((connection_id, one)) for one in (pk, None)]
        if latest := max(filter(None, moments), default=None):
            found[pk] = latest
    return found


def failed_twice(past: Past, reason_until: datetime | None) -> bool:
    """Whether two runs in a row ended badly, by themselves and for no reason that is told apart."""
    for run in (past.last, past.before):
        if run is None or run.status not in Run.ENDED_BADLY or run.stop_asked_at is not None:
            return False
        if reason_until and run.created_at < reason_until:
            return False
    return True


def is_overdue(catalog: Catalog, past: Past) -> bool:
    """Whether it is to sync by itself and had no successful run for three of its intervals.

    One that is being worked on is no silence: it may be long.
    """
    if catalog.every is None or not catalog.is_started or past.is_worked_on:
        return False
    if catalog.paused_at is not None:  # also if it is over: the schedule goes on in a moment
        return False
    waiting = Catalog.PimState.DISABLED, Catalog.PimState.GONE
    if catalog.is_unconfirmed or catalog.pim_state in waiting:
        return False
    if past.tried_at is None and past.may_begin:
        return False
    interval = timedelta(minutes=catalog.every)
    # After a night in which all was switched off the first run comes hours later.
    tried = past.tried_at and past.tried_at - interval
    moments = (past.went_well_at, catalog.started_at, past.schedule_began_at, tried)
    since = max(filter(None, moments), default=None)
    patience = _INTERVALS_IN_VAIN * interval
    return since is not None and since < timezone.now() - patience
