"""The shop's own fields: its metafield definitions as targets, and their values.

Definitions that belong to other apps, and types that refer to things of the shop (products,
metaobjects, pages), are not offered: the PIM has no ids of those.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from channels.shopify import values
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.documents import DEFINITIONS
from channels.shopify.paging import Cursors
from channels.targets import MEASUREMENT_FIELDS, PRICE_FIELDS, Target

NAMESPACE = "ferry"  # of what this app keeps on products for itself

Owner = Literal["PRODUCT", "PRODUCTVARIANT", "COLLECTION"]

_PLAIN = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_LONGEST = 100  # characters of a target's code

_Format = Callable[[Any], str]


def _one_line(value: Any) -> str:
    return " ".join(values.text(value).split())


def _yes_no(value: Any) -> str:
    return "true" if values.boolean(value) else "false"


def _list(value: Any) -> str:
    return json.dumps(values.strings(value), ensure_ascii=False)


_SHAPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date-time"},
    "file": {"type": "string", "format": "uri"},
    "files": {"type": "array", "format": "uri"},
    "strings": {"type": "array"},
    "measurement": {"type": "object", "fields": MEASUREMENT_FIELDS},
    "price": {"type": "object", "fields": PRICE_FIELDS},
}
# Shopify's type: the shape of the target, and how its values are written. Files are uploaded first.
TYPES: dict[str, tuple[str, _Format]] = {
    "single_line_text_field": ("string", _one_line),
    "multi_line_text_field": ("string", values.text),
    "rich_text_field": ("string", values.rich_text),
    "url": ("string", values.text),
    "color": ("string", values.text),
    "json": ("string", values.text),
    "number_integer": ("number", values.whole_number),
    "number_decimal": ("number", values.decimal_text),
    "boolean": ("boolean", _yes_no),
    "date": ("date", values.date),
    "date_time": ("date", values.date_time),
    "list.single_line_text_field": ("strings", _list),
    "weight": ("measurement", partial(values.measured, kind="weight")),
    "dimension": ("measurement", partial(values.measured, kind="dimension")),
    "volume": ("measurement", partial(values.measured, kind="volume")),
    "money": ("price", values.money),
    "file_reference": ("file", values.text),
    "list.file_reference": ("files", _list),
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One metafield definition of the shop."""

    id: str
    owner: Owner
    namespace: str
    key: str
    type: str
    name: str = ""
    description: str = ""

    @property
    def full_key(self) -> str:
        return f"{self.namespace}.{self.key}"

    @property
    def code(self) -> str:
        """The target's code: the same for ever, and of no other definition."""
        owner = "variant" if self.owner == "PRODUCTVARIANT" else "product"
        parts = [self.namespace, self.key]
        words = [re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_") or "x" for part in parts]
        code = "__".join([owner, *words])
        if len(code) <= _LONGEST and all(_PLAIN.fullmatch(part) for part in parts):
            return code
        # Something was lost on the way, so another definition may come to the same words.
        digest = hashlib.sha256(self.full_key.encode()).hexdigest()[:8]
        return f"{code[: _LONGEST - 10]}__{digest}"

    @property
    def holds_files(self) -> bool:
        return self.type.endswith("file_reference")

    def value(self, value: Any) -> str:
        """The value as Shopify writes it; raises ValueError with a sentence."""
        return TYPES[self.type][1](value)

    def target(self) -> Target:
        where = "each variant" if self.owner == "PRODUCTVARIANT" else "the product"
        about = self.description.strip() or f"A field that the shop defined for {where}"
        return Target(
            self.code,
            title=self.name or self.full_key,
            description=f"{about.rstrip('.')}. Metafield {self.full_key}, of type {self.type}.",
            of_variant=self.owner == "PRODUCTVARIANT",
            **_SHAPES[TYPES[self.type][0]],
        )


def read_definitions(api: ShopifyApi, owner: Owner) -> list[Definition]:
    """Every definition that the shop has for these, also those that are not offered."""
    found: list[Definition] = []
    cursors, after = Cursors(), None
    while True:
        page = api.call(DEFINITIONS, {"owner": owner, "after": after})["metafieldDefinitions"]
        found += [
            Definition(
                one["id"],
                owner,
                one["namespace"],
                one["key"],
                one["type"]["name"],
                one["name"],
                one["description"] or "",
            )
            for one in page["nodes"]
        ]
        after = cursors.after(page)
        if after is None:
            return found


def offered(definitions: Iterable[Definition]) -> list[Definition]:
    """Those that people can map."""
    return [
        one
        for one in definitions
        if one.type in TYPES and one.namespace != NAMESPACE and not one.namespace.startswith("app-")
    ]


def by_owner_key(nodes: Sequence[Json]) -> dict[str, str]:
    """The metafields of an answer by `namespace.key`."""
    return {f"{one['namespace']}.{one['key']}": one["value"] for one in nodes}


def written(definition: Definition, value: Any, files: Mapping[str, str]) -> str:
    """The value of a metafield; "" for one whose files could not be had.

    `files` has the shop's ids of files by their address. Raises ValueError with a sentence.
    """
    if not definition.holds_files:
        return definition.value(value)
    ids = [files[one] for one in values.strings(value) if one in files]
    if not ids:
        return ""
    return definition.value(ids if definition.type.startswith("list.") else ids[0])


def identifier_of(owner: str, definition: Definition) -> Json:
    """Which metafield of this owner, as MetafieldIdentifierInput."""
    return {"ownerId": owner, "namespace": definition.namespace, "key": definition.key}
