"""What a channel needs and a product does not bring: told by the target's title, never sent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, Sum

from catalogs.models import Catalog
from channels.base import ChannelAdapter, ChannelProduct, Outcome, PushResult
from channels.registry import adapter_class
from channels.targets import Target
from sync import said
from sync.documents import is_filled
from sync.models import Batch, Listing, MissingTarget, Tally

_VARIANTS = "variants"
LOOKED_AT = 2000  # parked products


def incomplete(
    adapter: ChannelAdapter, batch: Batch, products: Iterable[ChannelProduct]
) -> dict[str, PushResult]:
    """Return those of a batch that lack what the channel needs, each refused in words.

    One query, and only where the channel needs anything. Raw products have no targets.
    """
    if not adapter.needs:
        return {}
    raw = Listing.objects.filter(pk__in=[pk for pk, _ in batch.items], catalog__raw=True)
    skipped = set(raw.values_list("key", flat=True))
    refused = {}
    for product in products:
        missing = [] if product.key in skipped else _missing(adapter.needs, product)
        if missing:
            refused[product.key] = _refusal(product.key, missing)
    return refused


def _missing(needs: Sequence[Target], product: ChannelProduct) -> list[Target]:
    try:
        return missing_targets(needs, product.data)
    except (ValueError, RecursionError):  # half a character, nested without an end: the channel
        return []  # says what it makes of that, and its neighbours are none the worse


def missing_targets(needs: Sequence[Target], document: Any) -> list[Target]:
    """Return which of the needed targets are empty in a document.

    Of a model, a target of its variants is missing if any of them lacks it.
    """
    if not isinstance(document, Mapping):
        return []
    variants = document.get(_VARIANTS)
    of_variants: list[Any] | None = variants if isinstance(variants, list) else None
    missing = []
    for target in needs:
        places = of_variants if target.of_variant and of_variants is not None else [document]
        if not all(_has(place, target.code) for place in places):
            missing.append(target)
    return missing


def _has(place: Any, code: str) -> bool:
    return isinstance(place, Mapping) and is_filled(place.get(code))


def needed_by(catalog: Catalog) -> tuple[Target, ...]:
    """Return what the catalog's channel takes no product without; nothing of raw products."""
    channel = catalog.channel
    return () if catalog.raw else adapter_class(channel.kind).needed_of(channel.targets)


def few_missing(catalog: Catalog) -> dict[str, int]:
    """Return which targets parked products lack, and how many do, of the first so many."""
    parked = Listing.objects.filter(catalog=catalog).parked().order_by("pk").values("pk")
    rows = MissingTarget.objects.filter(listing__in=parked[:LOOKED_AT]).order_by("target")
    return dict(rows.values_list("target").annotate(number=Count("listing")))


def most_missing(catalog: Catalog) -> dict[Target, int]:
    """Return the needed targets that many of the catalog's products lack, and how many do.

    Many: more than the share of the fuse, or all. Two queries, none where the channel needs nothing
    beyond what the PIM fills in.
    """
    needed = {one.code: one for one in needed_by(catalog)}
    if not needed:
        return {}
    wanted = Listing.objects.filter(catalog=catalog).in_care()
    in_care = Tally.objects.filter(catalog=catalog).in_care()
    counted = in_care.aggregate(
        all=Sum("number", default=0),
        parked=Sum("number", filter=Q(status=Listing.Status.PARKED), default=0),
    )
    if not counted["parked"]:
        return {}
    rows = MissingTarget.objects.filter(listing__in=wanted.parked()).order_by("target")
    numbers = dict(rows.values_list("target").annotate(number=Count("listing")))
    return {
        needed[code]: number
        for code, number in sorted(numbers.items(), key=lambda each: -each[1])
        if code in needed and 100 * number > catalog.fuse_percent * counted["all"]
    }


def _refusal(key: str, missing: Sequence[Target]) -> PushResult:
    codes = tuple(target.code for target in missing)
    return PushResult(key, Outcome.REJECTED, said.empty(missing), missing=codes)
