"""The targets of a mapping schema, and which attributes may feed each (pim-contract.md 2.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.data.assets import TYPE as ASSETS
from sandbox.data.assortment import Assortment
from sandbox.data.reference_entities import TYPE as REFERENCE_ENTITY
from sandbox.records import Source

TEXTS = frozenset({"pim_catalog_text", "pim_catalog_textarea", "pim_catalog_identifier"})
SELECTS = frozenset({"pim_catalog_simpleselect", "pim_catalog_multiselect"})
CHOICES = SELECTS | {REFERENCE_ENTITY}  # whose values have labels
LINKS = frozenset({ASSETS, REFERENCE_ENTITY})  # whose values are codes of what lives elsewhere
PRICE = "pim_catalog_price_collection"
METRIC = "pim_catalog_metric"
CODES = frozenset({"family", "categories"})  # sources that are no attributes

_STRING = TEXTS | CHOICES | CODES | {"pim_catalog_number"}
_FITTING = {
    "string": _STRING,
    "date-time": frozenset({"pim_catalog_date"}),
    "uri": frozenset({"pim_catalog_image", ASSETS}),
    "number": frozenset({"pim_catalog_number", METRIC, PRICE}),
    "boolean": frozenset({"pim_catalog_boolean"}),
    "array<string>": frozenset({"pim_catalog_multiselect", "categories"}),
    "array<uri>": frozenset({"pim_catalog_image", ASSETS}),
    "price": frozenset({PRICE}),
    "measurement": frozenset({METRIC}),
    "localized": _STRING,
}
_PLUMBING = frozenset(
    {
        *("uuid", "variants", "variation_axes", "variation_axes_values"),
        *("pim_associations", "pim_parent", "pim_root"),
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """A field that the app wants filled; `kind` sums up its type, as in `array<string>`."""

    code: str
    title: str
    help: str
    kind: str
    is_required: bool
    is_of_variant: bool

    @property
    def is_list_of_objects(self) -> bool:
        return self.kind in ("array<price>", "array<localized>")

    def accepts(self, source: str, assortment: Assortment) -> bool:
        """Whether the source's type fits; an unknown source fits nothing."""
        attribute = assortment.attributes.get(source)
        fitting = _FITTING.get(self._inner_kind(), frozenset())
        return (source if attribute is None else attribute["type"]) in fitting

    def parameters_of(self, source: str, assortment: Assortment) -> tuple[str, ...]:
        """What must be chosen besides the source: locale, scope, currency, unit, label_locale."""
        attribute = assortment.attributes.get(source, {})
        kind = attribute.get("type", source)
        all_locales = self.kind == "array<localized>"
        return tuple(
            name
            for name, applies in (
                ("scope", attribute.get("scopable")),
                ("locale", attribute.get("localizable") and not all_locales),
                ("currency", kind == PRICE and not self.is_list_of_objects),
                ("unit", kind == METRIC),
                ("label_locale", kind in CHOICES | CODES and not all_locales),
            )
            if applies
        )

    def _inner_kind(self) -> str:
        return self.kind[6:-1] if self.is_list_of_objects else self.kind


def targets(schema: dict[str, Any] | None) -> list[Target]:
    """The targets that a user maps, those of variants behind those of the product or model."""
    if schema is None:
        return []
    return [
        *_targets(schema, is_of_variant=False),
        *_targets(variants_of(schema), is_of_variant=True),
    ]


def variants_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The part of a schema of models that describes one variant; empty in a flat one."""
    for shape in schema.get("properties", {}).get("variants", {}).get("oneOf", ()):
        if shape.get("type") == "array":
            found: dict[str, Any] = shape["items"]
            return found
    return {}


def is_flat(schema: dict[str, Any]) -> bool:
    """Whether the schema wants all products side by side, not models with variants."""
    return "variants" not in schema.get("properties", {})


def unmapped(schema: dict[str, Any] | None, mapping: dict[str, Source]) -> list[str]:
    """The required targets that have no source."""
    return [
        target.code
        for target in targets(schema)
        if target.is_required and (mapping.get(target.code) or Source(None)).source is None
    ]


def _targets(schema: dict[str, Any], *, is_of_variant: bool) -> Iterator[Target]:
    required = schema.get("required", [])
    properties = schema.get("properties", {})
    # Only where there are models is the code the PIM's own; in a flat schema it is any target.
    plumbing = _PLUMBING if is_flat(schema) else _PLUMBING | {"code"}
    for code, target in properties.items():
        if code not in plumbing:
            yield Target(
                code,
                target.get("title", code),
                target.get("description", ""),
                _kind(target),
                code in required,
                is_of_variant,
            )


def _kind(target: dict[str, Any]) -> str:
    if target["type"] == "array":
        return f"array<{_kind(target['items'])}>"
    if target["type"] == "string" and target.get("format"):
        return str(target["format"])
    if target["type"] == "object":
        fields = target.get("properties", {}).keys()
        for kind, field in (("price", "amount"), ("measurement", "unit"), ("localized", "locale")):
            if field in fields:
                return kind
    return str(target["type"])
