"""Feeds for Google Merchant Center: RSS 2.0 with Google's attributes, checked by its rules."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import msgspec

from channels.base import ChannelProduct
from channels.file import google_rules as rules
from channels.file.cells import UNREADABLE, DoesNotFit
from channels.file.formats import FeedFormat, Products, Refuse
from channels.file.google_rules import Rule
from channels.file.ids import Seen, seen_ids

_NAMESPACE = "http://base.google.com/ns/1.0"
_NEEDS_DATE = ("preorder", "backorder")
_REQUIRED = "Google insists on it. Map it in the PIM, or give it a value there."


@dataclass(frozen=True, slots=True)
class Attribute:
    """One of Google's attributes: the first of these fields that has a value fills it.

    `most`: how many times it may be there, once for each element of a list.
    """

    name: str
    rule: Rule
    fields: tuple[str, ...] = ()
    required: bool = False
    most: int = 1

    @property
    def sources(self) -> tuple[str, ...]:
        return self.fields or (self.name,)


def attributes(currency: str) -> tuple[Attribute, ...]:
    text, one_of, price = rules.text, rules.one_of, rules.price(currency)
    return (
        Attribute("id", text(50), ("id", "sku", "uuid"), required=True),
        Attribute("title", text(150), ("title", "name"), required=True),
        Attribute("description", text(5000), required=True),
        Attribute("link", rules.address, required=True),
        Attribute("image_link", rules.address, ("image_link", "image"), required=True),
        Attribute("additional_image_link", rules.address, most=10),
        Attribute("availability", rules.availability, ("availability", "available"), required=True),
        Attribute("availability_date", rules.moment, ("availability_date", "available_from")),
        Attribute("price", price, required=True),
        Attribute("sale_price", price),
        Attribute("sale_price_effective_date", rules.period),
        Attribute("google_product_category", text(750)),
        Attribute("product_type", text(750), ("product_type", "categories")),
        Attribute("brand", text(70)),
        Attribute("gtin", rules.gtin, ("gtin", "ean")),
        Attribute("mpn", text(70)),
        Attribute("identifier_exists", rules.yes_or_no),
        Attribute("condition", one_of("new", "refurbished", "used")),
        Attribute("adult", rules.yes_or_no),
        Attribute("age_group", one_of("newborn", "infant", "toddler", "kids", "adult")),
        Attribute("gender", one_of("male", "female", "unisex")),
        Attribute("color", text(100)),
        Attribute("size", text(100)),
        Attribute("size_system", text(10)),
        Attribute("material", text(200)),
        Attribute("pattern", text(100)),
        Attribute("item_group_id", text(50)),
        Attribute("shipping_weight", rules.weight),
        Attribute("shipping_label", text(100)),
        Attribute("unit_pricing_measure", text(50)),
        Attribute("unit_pricing_base_measure", text(50)),
        *(Attribute(f"custom_label_{number}", text(100)) for number in range(5)),
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One product of the feed. `name`: what people call it."""

    xml: bytes
    link: str
    id: str
    name: str


class Google(FeedFormat[Item]):
    ending = "xml"
    content_type = "application/xml"

    def __init__(self, values: Mapping[str, str], titles: Mapping[str, str]) -> None:
        super().__init__(values, titles)
        self._attributes = attributes(values["currency"])

    def render(self, product: ChannelProduct) -> Item:
        document = _document(product)
        found: dict[str, list[str]] = {}
        for attribute in self._attributes:
            if texts := self._texts(attribute, document):
                found[attribute.name] = texts
        self._check_together(found)
        lines = [
            f"<g:{name}>{html.escape(one, quote=False)}</g:{name}>"
            for name, texts in found.items()
            for one in texts
        ]
        xml = f"<item>{''.join(lines)}</item>\n".encode()
        name = f"“{found['title'][0]}” ({document['uuid']})"
        return Item(xml, found["link"][0], found["id"][0], name)

    def write(self, stream: BinaryIO, products: Products, refuse: Refuse) -> int:
        count = 0
        with seen_ids() as seen:
            for item in self._once(seen, products, refuse):
                if not count:
                    stream.write(_head(item))
                stream.write(item.xml)
                count += 1
        stream.write(b"</channel>\n</rss>\n" if count else _head(None) + b"</channel>\n</rss>\n")
        return count

    def _once(self, seen: Seen, products: Products, refuse: Refuse) -> Iterator[Item]:
        """The products whose id no other one before them has."""
        for product in products():
            try:
                item = self.render(product)
                if other := seen.owner(" ".join(item.id.split()), item.name):
                    raise DoesNotFit(
                        f"“{self.title('id')}” is “{item.id}”, which {other} has in the same feed, "
                        "and Google takes each only once. Give one of them another in the PIM."
                    )
            except DoesNotFit as error:
                refuse(product.key, str(error))
            else:
                yield item

    def named(self, product: ChannelProduct, header: str) -> str:
        """Google's reports know a product by its id, whatever they call the column."""
        by_name = {attribute.name: attribute for attribute in self._attributes}
        texts = self._texts(by_name.get(header, by_name["id"]), _document(product))
        return texts[0] if texts else ""

    def _texts(self, attribute: Attribute, document: Mapping[str, Any]) -> list[str]:
        field = next((one for one in attribute.sources if _is_filled(document.get(one))), None)
        if field is None:
            if attribute.required:
                title = self.title(attribute.sources[0])
                raise DoesNotFit(f"“{title}” is empty. {_REQUIRED}")
            return []
        value = document[field]
        several = value if attribute.most > 1 and isinstance(value, list) else [value]
        try:
            # What is one too many is left out: Google does the same.
            return [attribute.rule(one) for one in several[: attribute.most]]
        except ValueError as error:
            raise DoesNotFit(f"“{self.title(field)}” {error}.") from None

    def _check_together(self, found: dict[str, list[str]]) -> None:
        """Rules about one attribute in the light of another."""
        if found["availability"][0] in _NEEDS_DATE and "availability_date" not in found:
            raise DoesNotFit(
                f"“{self.title('availability_date')}” is empty, and Google insists on it for "
                "products to be ordered in advance."
            )
        if found["availability"][0] not in _NEEDS_DATE:
            found.pop("availability_date", None)
        if "sale_price" in found:
            (amount, currency), (sale, of_sale) = (
                one.split(" ") for one in (found["price"][0], found["sale_price"][0])
            )
            if currency != of_sale or Decimal(sale) > Decimal(amount):
                raise DoesNotFit(
                    f"“{self.title('sale_price')}” is {sale} {of_sale}, and must not be more than "
                    f"the price of {amount} {currency}."
                )


def _document(product: ChannelProduct) -> dict[str, Any]:
    try:
        document = product.data
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise DoesNotFit(UNREADABLE)
    document.setdefault("uuid", product.key)
    return document


def _is_filled(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def _head(first: Item | None) -> bytes:
    """What RSS wants said before the items; the shop's address is where its first product is."""
    parts = urlsplit(first.link) if first else None
    link = f"{parts.scheme}://{parts.netloc}/" if parts else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rss version="2.0" xmlns:g="{_NAMESPACE}">\n<channel>\n<title>Products</title>\n'
        f"<link>{html.escape(link, quote=False)}</link>\n"
        "<description>Products for Google Merchant Center</description>\n"
    ).encode()
