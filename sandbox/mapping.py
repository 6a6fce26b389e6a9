"""What a catalog holds and which source feeds each target: selection and mapping."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.data.assets import TYPE as ASSETS
from sandbox.data.assortment import Assortment, Product
from sandbox.records import Criterion, Source
from sandbox.sources import Target, targets, variants_of

LOCALE, SCOPE, CURRENCY = "en_US", "ecommerce", "EUR"

# Words that apps and shops use for what this PIM calls otherwise.
_SYNONYMS = {
    "title": "name",
    "label": "name",
    "identifier": "sku",
    "code": "sku",
    "gtin": "ean",
    "barcode": "ean",
    "picture": "image",
    "photo": "image",
    "manufacturer": "brand",
    "vendor": "brand",
    "colour": "color",
    "fabric": "materials",
    "material": "materials",
    "category": "categories",
    "type": "family",
    "mass": "weight",
    "warranty": "warranty_years",
}
_WORD = re.compile(r"[^\W_]+")

_NEARLY_SAME = 0.4

# Which targets users do not map: the PIM fills them.
FILLED_BY_PIM = {"uuid": Source("uuid")}


class InvalidSelection(ValueError):
    """A criterion names what does not exist (any more)."""


def selection(criteria: Sequence[Criterion], assortment: Assortment) -> Callable[[Product], bool]:
    """Whether a product is in the selection. Raises InvalidSelection."""
    tests = [_test(criterion, assortment) for criterion in criteria]
    if len(tests) == 1:
        return tests[0]  # the usual case, which has to be fast for a large shop
    return lambda product: all(test(product) for test in tests)


def auto_map(schema: dict[str, Any], assortment: Assortment) -> dict[str, Source]:
    """A source for every target that something fits: what is named alike, or else of its type."""
    mapping = dict(FILLED_BY_PIM) if "uuid" in schema.get("properties", {}) else {}
    unused = list(assortment.attributes)
    described = schema.get("properties", {}) | variants_of(schema).get("properties", {})
    for target in targets(schema):
        # What must be one of a few values is not filled with whatever has the type, and such
        # values are codes rather than labels.
        may_guess = not _is_limited(described[target.code])
        source = _best_source(target, unused, assortment, may_guess)
        if source in unused:
            unused.remove(source)
        mapping[target.code] = _source(target, source, assortment, by_code=not may_guess)
    return mapping


def merge(mapping: dict[str, Source], schema: dict[str, Any]) -> dict[str, Source]:
    """The mapping after a new schema came: what stays keeps its source (pim-contract.md 2.6)."""
    merged = dict(FILLED_BY_PIM) if "uuid" in schema.get("properties", {}) else {}
    for target in targets(schema):
        merged[target.code] = mapping.get(target.code, Source(None))
    return merged


def _test(criterion: Criterion, assortment: Assortment) -> Callable[[Product], bool]:
    value = criterion.value
    match criterion.field, criterion.operator:
        case "enabled", "=" if isinstance(value, bool):
            return lambda product: product.enabled is value
        case "family", "IN" | "NOT IN":
            families = _known(value, assortment.families, "family")
            is_in = criterion.operator == "IN"
            return lambda product: (product.family in families) is is_in
        case "category", "IN" | "NOT IN" | "IN CHILDREN" | "NOT IN CHILDREN":
            categories = _known(value, assortment.categories, "category")
            if criterion.operator.endswith("CHILDREN"):
                categories = assortment.with_children(categories)
            is_in = not criterion.operator.startswith("NOT")
            return lambda product: categories.isdisjoint(product.categories) is not is_in
    raise InvalidSelection(
        f"A selection knows no criterion {criterion.field} {criterion.operator} {value!r}."
    )


def _known(codes: Any, things: dict[str, Any], kind: str) -> set[str]:
    is_list = isinstance(codes, list | tuple) and all(isinstance(code, str) for code in codes)
    if not is_list or not codes:
        raise InvalidSelection(f"The criterion on {kind} needs a list of codes.")
    unknown = [code for code in codes if code not in things]
    if unknown:
        raise InvalidSelection(f"The {kind} {unknown[0]} does not exist.")
    return set(codes)


def _is_limited(target: dict[str, Any]) -> bool:
    items = target.get("items", {})
    return any(name in each for name in ("enum", "enumLink") for each in (target, items))


def _best_source(
    target: Target, unused: Sequence[str], assortment: Assortment, may_guess: bool
) -> str | None:
    fitting = [
        code
        for code in (*assortment.attributes, "categories", "family")
        if target.accepts(code, assortment) and not _holds_assets(code, assortment)
    ]
    alike = max(fitting, key=lambda code: _likeness(target, code), default=None)
    if alike is not None and _likeness(target, alike) > (0 if may_guess else _NEARLY_SAME):
        return alike
    if not may_guess:
        return None
    return next((code for code in fitting if code in unused), alike)


def _holds_assets(source: str, assortment: Assortment) -> bool:
    """Of which few products have any: people choose them, and this does not."""
    return assortment.attributes.get(source, {}).get("type") == ASSETS


def _likeness(target: Target, source: str) -> float:
    """0 if the names have nothing in common, more the more they have and the less else."""
    words = _words(source)
    for text, weight in ((target.code, 1.0), (target.title, 0.5)):
        wanted = _words(text)
        common = wanted & words
        if common:
            return weight * len(common) / len(wanted | words)
    return 0.0


def _words(text: str) -> set[str]:
    found: set[str] = set()
    for word in _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)):
        plain = word.casefold().removesuffix("s")
        synonym = _SYNONYMS.get(plain, plain)
        found.update(part.removesuffix("s") for part in synonym.split("_"))
    return found


def _source(target: Target, source: str | None, assortment: Assortment, *, by_code: bool) -> Source:
    """The source with what must be chosen besides it; `by_code` takes codes and no labels."""
    if source is None:
        return Source(None)
    defaults: dict[str, Any] = {
        "locale": LOCALE,
        "scope": SCOPE,
        "currency": CURRENCY,
        "label_locale": None if by_code else LOCALE,
        "unit": assortment.attributes.get(source, {}).get("default_metric_unit"),
    }
    applying = target.parameters_of(source, assortment)
    chosen = {name: defaults[name] for name in applying if defaults[name] is not None}
    locale, scope = chosen.pop("locale", None), chosen.pop("scope", None)
    return Source(source, locale, scope, chosen)
