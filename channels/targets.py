"""Targets: the fields of a channel that people map in the PIM's own mapping screen.

A target is never renamed or retyped, only added: the PIM forgets the mapping of a renamed one and
silently omits a retyped one (pim-contract.md 2.6).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

META_SCHEMA = "https://api.akeneo.com/mapping/product/1.0.3/schema"

# The only shapes that objects may have (pim-contract.md 2.5).
PRICE_FIELDS = (("amount", "number"), ("currency", "string"))
LOCALIZED_FIELDS = (("locale", "string"), ("value", "string"))
MEASUREMENT_FIELDS = (("value", "number"), ("unit", "string"))

GONE = "(no longer at the channel)"  # behind the title of a target that stays for its mapping

# Products side by side, or models with their variants (pim-contract.md 2.5).
Shape = Literal["flat", "models"]


@dataclass(frozen=True, slots=True)
class Target:
    """One field; `title` is its label in the PIM's screen and `description` the help beside it.

    An object has `fields` as (name, type), all of them required. An array holds items of type
    `items`; with "object" those have `fields`. `format` is "date-time" or "uri" for a string, and
    for an array of strings "uri". Where the channel has variants, `of_variant` says that each of
    them has its own. `is_gone`: the channel has it no more; it stays, for the sake of the mapping.
    """

    code: str
    type: Literal["string", "number", "boolean", "array", "object"]
    title: str
    description: str
    format: Literal["", "date-time", "uri"] = ""
    required: bool = False
    items: Literal["string", "object"] = "string"
    fields: tuple[tuple[str, str], ...] = ()
    of_variant: bool = False
    is_gone: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether the channel takes no product without it. The PIM fills in some of these."""
        return self.required and not self.is_gone

    @property
    def is_localized(self) -> bool:
        """Whether it comes in several languages, as a list of {locale, value}."""
        return self.fields == LOCALIZED_FIELDS

    def schema(self) -> dict[str, Any]:
        """The target as the meta-schema 1.0.3 wants it."""
        shape: dict[str, Any] = {
            "title": f"{self.title} {GONE}" if self.is_gone else self.title,
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


def as_json(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """The targets as they are stored: what is not said is left out."""
    plain = {field.name: field.default for field in fields(Target)}
    return [
        {name: value for name, value in asdict(target).items() if value != plain[name]}
        for target in targets
    ]


def from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """The targets that `as_json` gave, also after they were JSON."""
    return tuple(
        Target(**{**one, "fields": tuple((name, type_) for name, type_ in one.get("fields", ()))})
        for one in stored
    )


def mapping_schema(
    targets: Sequence[Target],
    *,
    title: str,
    shape: Shape = "flat",
    with_associations: bool = False,
) -> dict[str, Any]:
    """A product mapping schema; `targets` must hold the required target `uuid`.

    Of models, the variants have the targets that are theirs, and the uuid.
    """
    if shape == "flat":
        properties, required = _properties(targets)
    else:
        own = [target for target in targets if target.code not in FILLED_BY_PIM]
        properties, required = _properties([one for one in own if not one.of_variant])
        properties = {"code": _TEXT, **properties, **_variants(own)}
        required = ["code", *required]
    if with_associations:
        properties[ASSOCIATIONS] = _ASSOCIATIONS
    return {
        "$schema": META_SCHEMA,
        "title": title,
        "type": "object",
        "properties": properties,
        "required": required,
    }


# What the PIM itself fills in, and for models elsewhere than for products.
FILLED_BY_PIM = frozenset({"uuid", "code", "variation_axes", "variants"})


def _properties(targets: Sequence[Target]) -> tuple[dict[str, Any], list[str]]:
    properties = {target.code: target.schema() for target in targets}
    return properties, [target.code for target in targets if target.is_needed]


def _variants(targets: Sequence[Target]) -> dict[str, Any]:
    """The two targets of a model that hold its axes and its variants (meta-schema 1.0.3)."""
    properties, required = _properties([one for one in targets if one.of_variant])
    axes = {"code": _TEXT, "label": _LABELS}
    values = {"code": _TEXT, "value": _AXIS_VALUE, "label": _LABELS}
    variant = {
        "type": "object",
        "properties": {
            "uuid": _TEXT,
            **properties,
            "variation_axes_values": _list_of({"type": "object", "properties": values}),
        },
        "required": ["uuid", *required],
    }
    return {
        "variation_axes": _list_of({"type": "object", "properties": axes}),
        "variants": {"oneOf": [{"type": "string", "format": "uri"}, _list_of(variant)]},
    }


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT: dict[str, Any] = {"type": "string"}
_LABELS = _list_of(
    {
        "type": "object",
        "properties": {name: {"type": type_} for name, type_ in LOCALIZED_FIELDS},
        "required": [name for name, _ in LOCALIZED_FIELDS],
    }
)
_AXIS_VALUE: dict[str, Any] = {
    "oneOf": [
        {"type": ["string", "boolean"]},
        {"type": "object", "properties": {"amount": {"type": "number"}, "unit": _TEXT}},
    ]
}
_ASSOCIATED = {
    kind: {
        "type": "object",
        "properties": {"type": {"const": kind}, "quantity": {"type": "number"}, key: _TEXT},
        "required": ["type", key],
        "additionalProperties": False,
    }
    for kind, key in (("model", "code"), ("product", "uuid"))
}
# What the PIM fills in itself: the associations of a product, each kind with what it leads to.
ASSOCIATIONS = "pim_associations"
_ASSOCIATIONS = _list_of(
    {
        "type": "object",
        "properties": {
            "code": _TEXT,
            "label": _LABELS,
            "associated_objects": _list_of({"oneOf": list(_ASSOCIATED.values())}),
        },
    }
)


# Of channels with several shops in them; a catalog's table says which shop a value means.
SHOPS = "shops"
SHOPS_TARGET = Target(
    SHOPS,
    "array",
    "Shops",
    "The shops in which the product is sold. On the catalog's page “Content” you say which shop "
    "each value means.",
)

# An ordinary shop's fields, for channels that forward whatever was mapped.
SHOP_TARGETS: tuple[Target, ...] = (
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
    Target(
        "image_alt",
        "array",
        "Alternative text of the main image",
        "What screen readers say in place of the picture, in each language.",
        items="object",
        fields=LOCALIZED_FIELDS,
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
