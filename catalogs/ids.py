"""What channels call things, kept in the database."""

from collections.abc import Collection, Mapping

from django.db.models import QuerySet
from django.utils import timezone

from catalogs.models import Channel, ChannelId

_A_STATEMENT = 500


class StoredIds:
    """The IdMap of one channel. Threads may share it; each has a database connection of its own."""

    def __init__(self, channel: Channel) -> None:
        self._channel_id = channel.pk

    def get(self, kind: str, keys: Collection[str]) -> dict[str, str]:
        wanted = list(keys)
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _A_STATEMENT):
            rows = self._rows(kind).filter(key__in=wanted[start : start + _A_STATEMENT])
            found.update(rows.values_list("key", "external_id"))
        return found

    def all(self, kind: str) -> dict[str, str]:
        return dict(self._rows(kind).values_list("key", "external_id"))

    def put(self, kind: str, ids: Mapping[str, str]) -> None:
        rows = [
            ChannelId(
                channel_id=self._channel_id,
                kind=kind,
                key=key,
                external_id=ids[key],
                updated_at=timezone.now(),
            )
            for key in sorted(ids)  # or two that put the same would wait for each other
        ]
        ChannelId.objects.bulk_create(
            rows,
            batch_size=_A_STATEMENT,
            update_conflicts=True,
            unique_fields=["channel", "kind", "key"],
            update_fields=["external_id", "updated_at"],
        )

    def forget(self, kind: str, keys: Collection[str]) -> None:
        self._rows(kind).filter(key__in=list(keys)).delete()

    def _rows(self, kind: str) -> QuerySet[ChannelId]:
        return ChannelId.objects.filter(channel=self._channel_id, kind=kind).order_by()
