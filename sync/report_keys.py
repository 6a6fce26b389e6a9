"""Which products a refusal report means.

A report calls a product by its uuid, by what the feed has in the report's own column (Google's id,
a column that somebody chose), or by its identifier. The first of these that fits counts.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from catalogs.models import Channel
from channels.base import ChannelAdapter, ChannelProduct, Refusal
from sync.models import Listing

SLICE = 500


def find_refused(
    channel: Channel, adapter: ChannelAdapter, refusals: Sequence[Refusal]
) -> dict[str, int]:
    """Return the listings that a report means, by its own keys; the carrier's, if several.

    Goes through everything that the channel holds if there are keys that nothing else explains.
    """
    keys = [refusal.key for refusal in refusals]
    column = next((refusal.column for refusal in refusals if refusal.column), "")
    found = _by("key", channel, keys)
    rest = [key for key in keys if key not in found]
    by_identifier = _by("identifier", channel, rest)
    if column:
        found |= _confirmed(adapter, column, by_identifier)
        unexplained = {key for key in rest if key not in found}
        found |= _in_feed(channel, adapter, column, unexplained)
    return by_identifier | found


def _by(field: str, channel: Channel, keys: Sequence[str]) -> dict[str, int]:
    """Return listings by a field of theirs; those that are on the channel before others."""
    found: dict[str, int] = {}
    listings = Listing.objects.filter(channel=channel).order_by("pk")
    for some in _slices(keys):
        rows = listings.filter(**{f"{field}__in": some}).values_list("pk", field, "sent")
        for pk, called, sent in rows:
            if sent is not None or called not in found:
                found[called] = pk
    return found


def _confirmed(
    adapter: ChannelAdapter, column: str, candidates: Mapping[str, int]
) -> dict[str, int]:
    """Return those that the feed calls as the report does."""
    found = {}
    wanted = {pk: key for key, pk in candidates.items()}
    for some in _slices(list(wanted)):
        for pk, product in _sent(Listing.objects.filter(pk__in=some)):
            if adapter.name_in_report(product, column) == wanted[pk]:
                found[wanted[pk]] = pk
    return found


def _in_feed(
    channel: Channel, adapter: ChannelAdapter, column: str, keys: Collection[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    if not keys:
        return found
    for pk, product in _sent(Listing.objects.filter(channel=channel).order_by("key")):
        called = adapter.name_in_report(product, column)
        if called in keys:
            found.setdefault(called, pk)
            if len(found) == len(keys):
                break
    return found


def _sent(listings: QuerySet[Listing]) -> Iterator[tuple[int, ChannelProduct]]:
    """Yield what the channel holds of these; flat memory."""
    rows = listings.on_channel().values_list("pk", "key", "sent__body")  # type: ignore[attr-defined]
    for pk, key, body in rows.iterator(chunk_size=SLICE):
        yield pk, ChannelProduct(key=key, body=body)


def _slices(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), SLICE):
        yield keys[start : start + SLICE]
