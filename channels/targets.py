"""Targets: the fields of a channel that people map in the PIM's own mapping screen.

A target is never renamed or retyped, only added: the PIM forgets the mapping of a renamed one and
silently omits a retyped one (pim-contract.md 2.6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

META_SCHEMA = "https://api.akeneo.com/mapping/product/1.0.3/schema"

# The one object shape that a price may have (pim-contract.md 2.5).
PRICE_FIELDS = (("amount", "number"), ("currency", "string"))


@dataclass(frozen=True, slots=True)
class Target:
    """One field; `title` is its label in the PIM's screen and `description` the help beside it.

    An object has `fields` as (name, type), all of them required. An array holds items of type
    `items`; with "object" those have `fields`. `format` is "date-time" or "uri" for a string, and
    for an array of strings "uri".
    """

    code: str
    type: Literal["string", "number", "boolean", "array", "object"]
    title: str
    description: str
    format: Literal["", "date-time", "uri"] = ""
    required: bool = False
    items: Literal["string", "object"] = "string"
    fields: tuple[tuple[str, str], ...] = ()

    def schema(self) -> dict[str, Any]:
        """The target as the meta-schema 1.0.3 wants it."""
        shape: dict[str, Any] = {
            "title": self.title,
            "description": self.description,
            "type": self.type,
        }
        described = shape
        if self.type == "array":
            described = shape["items"] = {"type": self.items}
        if self.format:
            described["format"] = self.format
        if self.fields:
            described["properties"] = {name: {"type": type_} for name, type_ in self.fields}
            described["required"] = [name for name, _ in self.fields]
        return shape


def mapping_schema(targets: Sequence[Target], *, title: str) -> dict[str, Any]:
    """A product mapping schema in flat mode; `targets` must hold the required target `uuid`."""
    return {
        "$schema": META_SCHEMA,
        "title": title,
        "type": "object",
        "properties": {target.code: target.schema() for target in targets},
        "required": [target.code for target in targets if target.required],
    }


# An ordinary shop's fields, for channels that forward whatever was mapped.
SHOP_TARGETS = (
    Target(
        "uuid",
        "string",
        "Product UUID",
        "The PIM's own identity of the product. It is filled in by the PIM itself.",
        required=True,
    ),
    Target(
        "sku",
        "string",
        "SKU",
        "The article number customers and warehouses know, usually the product's identifier.",
    ),
    Target(
        "name",
        "string",
        "Name",
        "The name as it should stand in the shop, in the language of this catalog.",
    ),
    Target(
        "description",
        "string",
        "Description",
        "The text on the product's page. It is passed on as it is, HTML included.",
    ),
    Target(
        "price",
        "number",
        "Price",
        "The selling price as a number, such as 19.90. Choose the currency in the source.",
    ),
    Target(
        "image",
        "string",
        "Main image",
        "The picture shown first, as a web address from which the channel downloads it.",
        format="uri",
    ),
    Target("brand", "string", "Brand", "The maker or label under which the product is sold."),
    Target(
        "categories",
        "string",
        "Categories",
        "Where the product belongs in the shop, such as the categories it has in the PIM.",
    ),
    Target("color", "string", "Colour", "The colour as customers should read it, such as Navy."),
    Target("size", "string", "Size", "The size as customers should read it, such as M or 42."),
    Target("weight", "number", "Weight", "The shipping weight as a number, in the source's unit."),
    Target(
        "ean",
        "string",
        "EAN / GTIN",
        "The number under the barcode: 8, 12, 13 or 14 digits. Marketplaces often insist on it.",
    ),
    Target(
        "family",
        "string",
        "Product type",
        "What kind of thing it is, such as the product's family in the PIM.",
    ),
    Target(
        "keywords",
        "array",
        "Keywords",
        "Words by which customers should find the product, one or several.",
    ),
    Target(
        "available",
        "boolean",
        "Available",
        "Whether the product can be bought. Map a yes/no attribute, or leave it out.",
    ),
    Target(
        "available_from",
        "string",
        "Available from",
        "The date and time from which the product may be sold.",
        format="date-time",
    ),
)
