"""What people should know: each cause is noticed once, and ends when all is well again.

Looked at when a run ends, when a connection comes or goes, when values come to wait for approval,
and by the clock for everything, so that a look that was lost is made good. In the same transaction
the messages are made by which people hear of it (sync.alerts).
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalogs.models import Catalog, Channel
from connections.models import Connection
from sync.alerts import messages
from sync.models import Notice, Run
from sync.notice_causes import (
    OF_RUNS,
    OF_STATE,
    Cause,
    Found,
    key_of,
    of_catalogs,
    of_channels,
    of_connections,
)

_Kind = Notice.Kind
# Others are told at once. These come right by themselves more often than not, or by whoever offers
# values and decides about them at one sitting.
_PATIENCE = {
    _Kind.VALUES_WAIT: timedelta(minutes=5),
    _Kind.EVENTS_STOPPED: timedelta(minutes=15),  # who switches them on has a box to tick
    _Kind.SOURCE_TROUBLE: timedelta(hours=1),
    _Kind.FEEDBACK_TROUBLE: timedelta(hours=1),
    _Kind.WEBHOOK_FAILING: timedelta(hours=1),
}
_EVERY_DAY = (_Kind.HELD,)  # until somebody decides; others are told again only when they grew
_GROWING = (_Kind.PARKED, _Kind.VALUES_WAIT, _Kind.VALUES_REFUSED, _Kind.VALUES_EDITED)
_DAY = timedelta(days=1)
# While one of these is silent, nobody sees whether the others are well again.
_SEEN_BY = {
    _Kind.QUEUE_OLD: {_Kind.WORKER_SILENT, _Kind.SCHEDULER_SILENT},
    _Kind.DISK_SHORT: {_Kind.WORKER_SILENT},
}
# These end by their age, without anything being well again.
_JUST_END = (_Kind.VALUES_REFUSED, _Kind.VALUES_EDITED)


def review_everything() -> None:
    """Look at all connections, channels and catalogs. Queries do not grow with them."""
    review_connections(Connection.objects.all())
    review_channels(Channel.objects.select_related("connection"))
    review_catalogs(Catalog.objects.select_related("channel__connection"))


def review_connections(connections: Iterable[Connection]) -> None:
    connections = list(connections)
    pks = [one.pk for one in connections]
    settle(Q(connection__in=pks, channel=None, catalog=None), of_connections(connections))


def review_channels(channels: Iterable[Channel]) -> None:
    """Look at these, which come with their connection."""
    channels = list(channels)
    settle(Q(channel__in=[one.pk for one in channels]), of_channels(channels))


def review_catalogs(catalogs: Iterable[Catalog]) -> None:
    """Look at these, which come with their channel and its connection."""
    catalogs = list(catalogs)
    settle(Q(catalog__in=[one.pk for one in catalogs]), of_catalogs(catalogs))


def after_run(run: Run) -> None:
    """Look at the catalog of a run that ended; tell when it was the first whole one that did."""
    if run.is_live or run.dry_run:
        return
    review_channels([run.catalog.channel])
    review_catalogs([run.catalog])
    if run.mode == Run.Mode.FULL and run.status in Run.ENDED_WELL:
        _tell_of_first_sync(run)


def _tell_of_first_sync(run: Run) -> None:
    ended_well = Run.objects.filter(
        catalog=run.catalog_id, mode=Run.Mode.FULL, dry_run=False, finished_at__isnull=False
    ).filter(status__in=Run.ENDED_WELL)
    if ended_well.exclude(pk=run.pk).exists():
        return
    known = Notice.objects.filter(catalog=run.catalog_id, kind=_Kind.FIRST_SYNC)
    with transaction.atomic():
        Catalog.objects.select_for_update().filter(pk=run.catalog_id).first()
        if not known.exists():
            now = timezone.now()
            notice = Notice.objects.create(
                connection=run.catalog.connection,
                catalog=run.catalog,
                kind=_Kind.FIRST_SYNC,
                number=run.pushed,
                opened_at=now,
                changed_at=now,
                ended_at=now,
            )
            messages.tell_opened([notice], now)


def settle(scope: Q, found: Found) -> None:
    """Open what is new, end what is over, and note what grew, among the notices in the scope.

    And make the messages about it, in the same transaction.
    """
    now = timezone.now()
    wanted = {cause.key: cause for cause in found.causes}
    with transaction.atomic():
        known = messages.hold_notices(scope)
        by_key = {_key(notice): notice for notice in known}
        _keep_what_is_tried_again(by_key, wanted, found)
        ended = [notice for key, notice in by_key.items() if key not in wanted]
        _note_changes(by_key, wanted, now)
        _end(ended, now)
        new = [cause for key, cause in wanted.items() if key not in by_key]
        again = _open_again(scope, new, now)
        _open(new, now)
        if new:  # the constraint kept one, whoever was first
            known = list(Notice.objects.open().filter(scope).order_by("pk"))
        _tell(known, wanted, now)
        # Whoever was told of these has the message; of others it was taken back when it ended.
        messages.tell_opened([notice for notice in known if notice.pk in again], now)
        over = [notice for notice in ended if notice.told_at]
        well = [notice for notice in over if not _is_still_unwell(notice, found)]
        messages.tell_over(well, now)
        messages.forget_unsent([notice for notice in over if notice not in well], now)


def _key(notice: Notice) -> tuple[int | None, int | None, int | None, str]:
    return key_of(notice.connection_id, notice.channel_id, notice.catalog_id, notice.kind)


def _keep_what_is_tried_again(
    by_key: dict[tuple[int | None, int | None, int | None, str], Notice],
    wanted: dict[tuple[int | None, int | None, int | None, str], Cause],
    found: Found,
) -> None:
    """Let refused products count as refused until the channel has answered about them again."""
    for key, notice in by_key.items():
        if notice.kind != _Kind.PARKED or notice.catalog_id not in found.on_the_way:
            continue
        cause = wanted.get(key)
        if cause is None or cause.number < notice.number:
            connection_id, catalog_id = notice.connection_id, notice.catalog_id
            wanted[key] = Cause(
                connection_id, catalog_id, _Kind.PARKED, notice.number, is_told=False
            )


def _note_changes(
    by_key: dict[tuple[int | None, int | None, int | None, str], Notice],
    wanted: dict[tuple[int | None, int | None, int | None, str], Cause],
    now: datetime,
) -> None:
    changed = []
    for key, notice in by_key.items():
        cause = wanted.get(key)
        if cause is None or (cause.kind, cause.number, cause.said) == (
            *(notice.kind, notice.number, notice.said),
        ):
            continue
        if cause.number > notice.number or cause.said != notice.said:
            notice.changed_at = now
        notice.kind, notice.number, notice.said = cause.kind, cause.number, cause.said
        # Of what is well again by now, others may come: they are news.
        notice.told_number = min(notice.told_number, cause.number)
        notice.updated_at = now
        changed.append(notice)
    if changed:
        fields = ["kind", "number", "said", "told_number", "changed_at", "updated_at"]
        Notice.objects.bulk_update(changed, fields)


def _end(ended: Collection[Notice], now: datetime) -> None:
    if ended:
        rows = Notice.objects.filter(pk__in=[one.pk for one in ended], ended_at=None)
        rows.update(ended_at=now, updated_at=now)


def _open_again(scope: Q, causes: Iterable[Cause], now: datetime) -> set[int]:
    """Open what was told of a run and ended without another run; return those notices, by id.

    A pause that is over and a catalog that was restored bring back an old failure, and no news.
    """
    since = {cause.key: cause.since for cause in causes if cause.since}
    if not since:
        return set()
    ended = Notice.objects.filter(scope, kind__in=OF_RUNS, told_at__isnull=False)
    ended = ended.filter(ended_at__gte=min(since.values())).order_by("ended_at", "pk")
    last = {_key(notice): notice for notice in ended.select_for_update(of=("self",))}
    again = {
        notice.pk
        for key, notice in last.items()
        if key in since and notice.ended_at and notice.ended_at >= since[key]
    }
    if again:
        Notice.objects.filter(pk__in=again).update(ended_at=None, updated_at=now)
    return again


def _open(causes: Iterable[Cause], now: datetime) -> None:
    Notice.objects.bulk_create(
        [
            Notice(
                connection_id=cause.connection_id,
                channel_id=cause.channel_id,
                catalog_id=cause.catalog_id,
                kind=cause.kind,
                number=cause.number,
                said=cause.said,
                opened_at=now,
                changed_at=now,
            )
            for cause in causes
        ],
        ignore_conflicts=True,
    )


def _tell(
    known: Iterable[Notice],
    wanted: dict[tuple[int | None, int | None, int | None, str], Cause],
    now: datetime,
) -> None:
    """Have people hear of what they have not heard of yet, or shall hear of again."""
    opened, again = [], []
    for notice in known:
        cause = wanted.get(_key(notice))
        if cause is None or not cause.is_told:
            continue
        if notice.told_at is None:
            if notice.opened_at + _PATIENCE.get(_Kind(notice.kind), timedelta()) <= now:
                opened.append(notice)
        elif notice.told_at + _DAY <= now and _is_due_again(notice):
            again.append(notice)
    messages.tell_opened(opened, now)
    messages.tell_again(again, now)


def _is_due_again(notice: Notice) -> bool:
    grew = notice.kind in _GROWING and notice.number > notice.told_number
    return notice.kind in _EVERY_DAY or grew


def _is_still_unwell(notice: Notice, found: Found) -> bool:
    """Whether its cause is gone, and all is not well: nobody is to hear that it were."""
    if notice.kind in _JUST_END:
        return True
    if watchers := _SEEN_BY.get(_Kind(notice.kind)):
        return any(cause.kind in watchers for cause in found.causes)
    if notice.catalog_id is not None:
        is_aside = notice.catalog_id in found.catalogs_aside
        return is_aside or (notice.kind in OF_STATE and notice.catalog_id in found.unwell)
    if notice.channel_id is not None:
        return notice.channel_id in found.channels_aside
    if notice.kind == _Kind.EVENTS_STOPPED and notice.connection_id not in found.events_on:
        return True  # somebody gave them up
    if notice.kind == _Kind.WEBHOOK_FAILING:
        return notice.connection_id not in found.webhooks_working  # it was removed, or is another
    return notice.kind != _Kind.DISCONNECTED and notice.connection_id in found.connections_aside
