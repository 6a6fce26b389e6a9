"""Taking pictures from variants, which `productSet` cannot: it only gives them others."""

from collections.abc import Mapping, Sequence

from channels.base import TransientError
from channels.shopify.api import Json
from channels.shopify.chunks import chunks
from channels.shopify.documents import DETACH_PICTURES
from channels.shopify.runner import Runner, errors_of

A_CALL = 100  # MAXIMUM_VARIANT_MEDIA_PAIRS_EXCEEDED

# What people took away themselves meanwhile.
_GONE = (
    "MEDIA_DOES_NOT_EXIST",
    "MEDIA_DOES_NOT_EXIST_ON_PRODUCT",
    "MEDIA_IS_NOT_ATTACHED_TO_VARIANT",
    "PRODUCT_VARIANT_DOES_NOT_EXIST_ON_PRODUCT",
)


def take_from_variants(
    runner: Runner, wanted: Mapping[str, Sequence[Json]], ids: Mapping[str, str]
) -> dict[str, list[Json]]:
    """Take pictures from variants, as ProductVariantDetachMediaInput by the product's key.

    `ids` are Shopify's of the products. Returns what is wrong by the product's key; raises
    TransientError if Shopify says nothing.
    """
    lines = [
        (key, {"product": ids[key], "pairs": list(pairs)})
        for key, several in wanted.items()
        for pairs in chunks(several, A_CALL)
    ]
    answers = runner.each(DETACH_PICTURES, [line for _, line in lines])
    failed: dict[str, list[Json]] = {}
    for (key, _), answer in zip(lines, answers, strict=True):
        if answer is None:
            raise TransientError("Shopify said nothing about pictures. It will be tried again.")
        errors = [
            one
            for one in errors_of(answer, "productVariantDetachMedia")
            if one.get("code") not in _GONE
        ]
        if errors:
            failed.setdefault(key, []).extend(errors)
    return failed
