"""What screen readers say in place of each picture, in each language.

A text belongs to the file: of two products that show the same one, the product that was sent last
has the say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.shop_products import ShopProduct
from channels.shopify import values
from channels.shopify.decisions import Decisions
from channels.shopify.targets import ALT_OF_PICTURE, ALT_OF_VARIANT

LONGEST = 512  # characters
_GENERAL = "image_alt"


@dataclass(frozen=True, slots=True)
class AltText:
    """Texts by language, "" to take one away. `keep`: only where a language has none."""

    texts: Mapping[str, str]
    keep: bool = False


def general(product: ShopProduct, primary: str) -> str:
    """What is said of a picture without a text of its own."""
    alt = product.fields.get(_GENERAL)
    return values.text(alt)[:LONGEST] if values.is_filled(alt) else _title(product, primary)


def first_texts(product: ShopProduct, primary: str) -> dict[str, str]:
    """What the pictures say when they are uploaded, by address, where they have their own text."""
    found: dict[str, str] = {}
    for address, code, fields in _pictures(product):
        own = _texts(fields.get(code), primary).get(primary)
        if own:
            found.setdefault(address, own)
    return found


def changed_texts(
    product: ShopProduct,
    languages: Sequence[str],
    decisions: Decisions,
    there: Mapping[str, str] | None,
) -> dict[str, AltText]:
    """What the pictures are to say from now on, by address; of others nothing is decided.

    `languages` are the shop's, the primary one first. `there` is what the pictures say now, None
    of a product that is made now.
    """
    primary, *others = languages
    title, otherwise = _title(product, primary), general(product, primary)
    # The title was put there when the picture was uploaded, and counts as no text of the shop's.
    said = None if there is None else {a: "" if t == title else t for a, t in there.items()}
    of_all = decisions.verdict(
        _GENERAL, product.fields, None if said is None else {_GENERAL: "".join(said.values())}
    )
    found: dict[str, AltText] = {}
    for address, code, fields in _pictures(product):
        if address in found:
            continue
        now = None if said is None else {code: said.get(address, "")}
        verdict = decisions.verdict(code, fields, now)
        if verdict == "set":
            texts = _texts(fields[code], primary)
            if texts.get(primary) == "":
                texts[primary] = otherwise
            found[address] = AltText(texts, keep=code in decisions.if_empty)
        elif verdict == "empty":
            found[address] = AltText({primary: otherwise, **dict.fromkeys(others, "")})
        elif of_all != "leave" and not (
            code in decisions.left_alone or values.is_filled(fields.get(code))
        ):
            found[address] = AltText({primary: otherwise})
    return found


def _pictures(product: ShopProduct) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each picture's address, the target that has its text, and where that stands."""
    addresses = values.strings(product.fields.get("images") or [])
    for address, code in zip(addresses, ALT_OF_PICTURE, strict=False):  # further ones have none
        yield address, code, product.fields
    for address in addresses[len(ALT_OF_PICTURE) :]:
        yield address, "", product.fields
    for variant in product.variants:
        for address in values.strings(variant.fields.get("variant_image") or []):
            yield address, ALT_OF_VARIANT, variant.fields


def _texts(value: Any, primary: str) -> dict[str, str]:
    if not values.is_filled(value):
        return {}
    return {one: text[:LONGEST] for one, text in values.texts(value, primary).items()}


def _title(product: ShopProduct, primary: str) -> str:
    title = values.texts(product.fields.get("title"), primary)
    return (title.get(primary) or next(filter(None, title.values()), ""))[:LONGEST]
