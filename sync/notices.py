"""What people should know: each cause is noticed once, and ends when all is well again.

Looked at when a run ends, when a connection comes or goes, and by the clock for everything, so
that a look that was lost is made good.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalogs.models import Catalog
from connections.abilities import missing_abilities, named
from connections.languages import as_stored
from connections.models import Connection
from enrichment.attention import Attention, attention_for
from sync.events.attention import troubles_of
from sync.models import Notice, Run
from sync.status import Counts, counts_of, last_runs_of, state_of

_Kind = Notice.Kind
# The words of sync.status.state_of that call for a person by themselves.
_STATES = {
    "gone": _Kind.GONE,
    "reconnected": _Kind.RECONNECTED,
    "disabled": _Kind.DISABLED,
    "stopped": _Kind.STOPPED,
    "failed": _Kind.FAILED,
}


@dataclass(frozen=True, slots=True)
class _Cause:
    connection_id: int
    catalog_id: int | None
    kind: str
    number: int = 0
    said: str = ""

    @property
    def key(self) -> tuple[int, int | None, str]:
        return self.connection_id, self.catalog_id, self.kind


def review_everything() -> None:
    """Look at all connections and catalogs. Queries do not grow with them."""
    review_connections(Connection.objects.all())
    review_catalogs(Catalog.objects.select_related("channel__connection"))


def review_connections(connections: Iterable[Connection]) -> None:
    connections = list(connections)
    causes = []
    values = attention_for(one.pk for one in connections)
    troubles = troubles_of(one.pk for one in connections)
    for one in connections:
        causes += _causes_of_values(one.pk, values[one.pk])
        if one.state == Connection.State.DISCONNECTED:
            causes.append(_Cause(one.pk, None, _Kind.DISCONNECTED, said=one.problem))
        elif one.is_connected and (missing := missing_abilities(one)):
            with as_stored():
                said = named(missing)
            causes.append(_Cause(one.pk, None, _Kind.SCOPES_MISSING, said=said))
        if one.is_connected and (trouble := troubles.get(one.pk)):
            causes.append(_Cause(one.pk, None, _Kind.EVENTS_STOPPED, said=trouble))
    _settle(Q(connection__in=[one.pk for one in connections], catalog=None), causes)


def review_catalogs(catalogs: Iterable[Catalog]) -> None:
    """Look at these, which come with their channel and its connection."""
    catalogs = list(catalogs)
    counts, runs = counts_of(catalogs), last_runs_of(catalogs)
    causes = [
        cause for one in catalogs for cause in _causes_of(one, counts[one.pk], runs.get(one.pk))
    ]
    _settle(Q(catalog__in=[one.pk for one in catalogs]), causes)


def after_run(run: Run) -> None:
    """Look at the catalog of a run that ended; tell when it was the first whole one that did."""
    if run.is_live or run.dry_run:
        return
    review_catalogs([run.catalog])
    if run.mode == Run.Mode.FULL and run.status in (Run.Status.SUCCEEDED, Run.Status.HELD):
        _tell_of_first_sync(run)


def _tell_of_first_sync(run: Run) -> None:
    ended_well = Run.objects.filter(
        catalog=run.catalog_id, mode=Run.Mode.FULL, dry_run=False, finished_at__isnull=False
    ).filter(status__in=(Run.Status.SUCCEEDED, Run.Status.HELD))
    if ended_well.exclude(pk=run.pk).exists():
        return
    known = Notice.objects.filter(catalog=run.catalog_id, kind=_Kind.FIRST_SYNC)
    with transaction.atomic():
        Catalog.objects.select_for_update().filter(pk=run.catalog_id).first()
        if not known.exists():
            now = timezone.now()
            Notice.objects.create(
                connection=run.catalog.connection,
                catalog=run.catalog,
                kind=_Kind.FIRST_SYNC,
                number=run.pushed,
                opened_at=now,
                changed_at=now,
                ended_at=now,
            )


def _causes_of_values(connection_id: int, values: Attention) -> list[_Cause]:
    numbers = {
        _Kind.VALUES_WAIT: values.waiting,
        _Kind.VALUES_REFUSED: values.refused,
        _Kind.VALUES_EDITED: values.edited,
    }
    causes = [_Cause(connection_id, None, kind, one) for kind, one in numbers.items() if one]
    if values.stopped:
        kind, said = _Kind.OFFER_STOPPED, values.problem
        causes.append(_Cause(connection_id, None, kind, values.stopped, said))
    return causes


def _causes_of(catalog: Catalog, counts: Counts, last_run: Run | None) -> list[_Cause]:
    connection_id = catalog.channel.connection_id
    state = state_of(catalog, counts, last_run, None)
    causes = []
    if state in ("archived", "being_removed", "disconnected"):
        return []
    if (kind := _STATES.get(state)) and not (kind == _Kind.DISABLED and last_run is None):
        of_run = kind in (_Kind.STOPPED, _Kind.FAILED) and last_run is not None
        said = last_run.problem if of_run and last_run is not None else ""
        causes.append(_Cause(connection_id, catalog.pk, kind, said=said))
    if counts.held:
        causes.append(_Cause(connection_id, catalog.pk, _Kind.HELD, counts.held))
    if counts.parked:
        causes.append(_Cause(connection_id, catalog.pk, _Kind.PARKED, counts.parked))
    return causes


def _settle(scope: Q, causes: Collection[_Cause]) -> None:
    """Open what is new, end what is over, and note what grew, among the notices in the scope."""
    now = timezone.now()
    wanted = {cause.key: cause for cause in causes}
    ended, changed = [], []
    for notice in Notice.objects.open().filter(scope):
        cause = wanted.pop((notice.connection_id, notice.catalog_id, notice.kind), None)
        if cause is None:
            ended.append(notice.pk)
        elif (cause.number, cause.said) != (notice.number, notice.said):
            if cause.number > notice.number or cause.said != notice.said:
                notice.changed_at = now
            notice.number, notice.said, notice.updated_at = cause.number, cause.said, now
            changed.append(notice)
    Notice.objects.filter(pk__in=ended, ended_at=None).update(ended_at=now, updated_at=now)
    Notice.objects.bulk_update(changed, ["number", "said", "changed_at", "updated_at"])
    # Another process may have looked at the same moment: the constraint keeps one.
    Notice.objects.bulk_create(
        [
            Notice(
                connection_id=cause.connection_id,
                catalog_id=cause.catalog_id,
                kind=cause.kind,
                number=cause.number,
                said=cause.said,
                opened_at=now,
                changed_at=now,
            )
            for cause in wanted.values()
        ],
        ignore_conflicts=True,
    )
