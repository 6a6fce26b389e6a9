"""The tally beside a count of the listings: they always say the same."""

from collections import Counter

from sync.models import Listing, Tally

_WAY = ("catalog_id", "status", "held_because", "is_sent", "is_in_care")


def tallied() -> dict[tuple[object, ...], int]:
    numbers: Counter[tuple[object, ...]] = Counter()
    for *way, number in Tally.objects.values_list(*_WAY, "number"):
        numbers[tuple(way)] += number
    return {way: number for way, number in numbers.items() if number}


def counted() -> dict[tuple[object, ...], int]:
    in_care = set(Listing.objects.in_care().values_list("pk", flat=True))
    return dict(
        Counter(
            (
                one.catalog_id,
                one.status,
                one.held_because,
                one.sent_id is not None,
                one.pk in in_care,
            )
            for one in Listing.objects.all()
        )
    )
