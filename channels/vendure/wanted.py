"""What a document wants to stand in the shop, in the shop's terms."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from channels.base import ChannelProduct
from channels.shop_products import CATEGORIES, ShopProduct, ShopVariant
from channels.vendure import targets, values
from channels.vendure.about import CATEGORIES_FACET, About, CustomField
from channels.vendure.standing import StandingProduct, StandingVariant, Texts

_T = TypeVar("_T")

# Targets beside the custom fields that are emptied in the shop when they are empty in the PIM.
_OWN = frozenset(
    {targets.DESCRIPTION, targets.IMAGES, targets.VARIANT_IMAGES, targets.SHOPS, CATEGORIES}
)


@dataclass(frozen=True, slots=True)
class WantedVariant:
    """A variant as it should be; None where nothing is said. `standing` is what is there."""

    uuid: str
    sku: str
    names: Mapping[str, str]
    prices: Mapping[str, int]
    customs: Mapping[str, Any]
    texts: Texts
    images: tuple[str, ...] | None
    options: tuple[str, ...]
    standing: StandingVariant | None
    filled: frozenset[str]


@dataclass(frozen=True, slots=True)
class WantedProduct:
    """A product as it should be; None where nothing is said about it."""

    key: str
    names: Mapping[str, str]
    slugs: Mapping[str, str]
    descriptions: Mapping[str, str]
    customs: Mapping[str, Any]
    texts: Texts
    images: tuple[str, ...] | None
    enabled: bool | None  # no target: the app disables what leaves and enables what returns
    categories: tuple[str, ...] | None
    facets: Mapping[str, tuple[str, ...]]  # by the facets' codes
    shops: tuple[str, ...] | None
    groups: tuple[str, ...]
    variants: tuple[WantedVariant, ...]
    filled: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matched:
    """A document's product with what stands in the shop for it and for its variants."""

    product: ChannelProduct
    shop: ShopProduct
    standing: StandingProduct | None
    groups: tuple[str, ...]  # ids of the option groups of its axes
    options: Mapping[str, tuple[str, ...]]  # by a variant's uuid
    variants: Mapping[str, StandingVariant]  # by uuid


class Reader:
    """Reads documents for one shop."""

    def __init__(self, about: About, codes: Collection[str], titles: Mapping[str, str]) -> None:
        self._about = about
        self._titles = titles
        self._product_fields = _among(about.product_fields, codes)
        self._variant_fields = _among(about.variant_fields, codes)
        self._facets = [code for code in codes if code.startswith(targets.OF_FACET)]

    def wanted(self, matched: Matched, filled: Mapping[str, frozenset[str]]) -> WantedProduct:
        """Raises ValueError with a sentence for what the shop cannot take."""
        product, standing = matched.product, matched.standing
        fields = _Fields(matched.shop.fields, filled[product.key], product, self)
        names = values.without_empty(fields.texts(targets.NAME, standing.names if standing else {}))
        names_now = {**(standing.names if standing else {}), **names}
        if not names_now:
            raise ValueError(self._missing(targets.NAME))
        if standing is None:  # Vendure wants a translation into its default language
            names.setdefault(self._about.language, next(iter(names.values())))
            names_now = names
        facets = {
            code.removeprefix(targets.OF_FACET): found
            for code in self._facets
            if (found := fields.list(code, _values_of(standing, code))) is not None
        }
        return WantedProduct(
            key=product.key,
            names=names,
            slugs=values.without_empty(
                fields.texts(targets.SLUG, standing.slugs if standing else {})
            ),
            descriptions={
                language: text or ""
                for language, text in fields.texts(
                    targets.DESCRIPTION, standing.descriptions if standing else {}
                ).items()
            },
            customs=fields.customs(self._product_fields, standing.customs if standing else {}),
            texts=fields.custom_texts(self._product_fields, standing.texts if standing else {}),
            images=fields.list(targets.IMAGES, standing.assets if standing else ()),
            enabled=None,
            categories=fields.list(CATEGORIES, _values_of(standing, CATEGORIES_FACET)),
            facets=facets,
            shops=fields.list(targets.SHOPS, ()),
            groups=matched.groups,
            variants=tuple(
                self._variant(matched, one, filled, names_now, is_renamed=bool(names))
                for one in matched.shop.variants
            ),
            filled=fields.filled,
        )

    def _variant(
        self,
        matched: Matched,
        variant: ShopVariant,
        filled: Mapping[str, frozenset[str]],
        names: Mapping[str, str],
        *,
        is_renamed: bool,
    ) -> WantedVariant:
        standing = matched.variants.get(variant.uuid)
        if standing is not None and not is_renamed:
            names = {}
        fields = _Fields(variant.fields, filled[variant.uuid], matched.product, self)
        sku = fields.text(targets.SKU, standing.sku if standing else "")
        if not sku and standing is None:
            raise ValueError(self._missing(targets.SKU))
        return WantedVariant(
            uuid=variant.uuid,
            sku=sku,
            names={language: _name(name, variant, language) for language, name in names.items()},
            prices=fields.prices(standing.prices if standing else {}),
            customs=fields.customs(self._variant_fields, standing.customs if standing else {}),
            texts=fields.custom_texts(self._variant_fields, standing.texts if standing else {}),
            images=fields.list(targets.VARIANT_IMAGES, standing.assets if standing else ()),
            options=matched.options.get(variant.uuid, ()),
            standing=standing,
            filled=fields.filled,
        )

    def _missing(self, code: str) -> str:
        title = self._titles.get(code, code)
        return f"It has no “{title}”, without which the shop takes no product. Fill it in the PIM."

    def empties(self, code: str) -> bool:
        """Whether a target that was filled and is no more in the document is to be emptied."""
        own = code in _OWN or code.startswith(targets.OF_FACET)
        fields = {**self._product_fields, **self._variant_fields}
        return own or (code in fields and fields[code].is_nullable)

    def reading(self, code: str, read: Callable[[], _T]) -> _T:
        """What `read` makes of a target; raises ValueError with a sentence."""
        try:
            return read()
        except values.Unusable as problem:
            title = self._titles.get(code, code)
            raise ValueError(f"“{title}” {problem}. Correct it in the PIM.") from None

    @property
    def about(self) -> About:
        return self._about


class _Fields:
    """The targets of one product or variant, and how to read each kind of them.

    A target that was filled before and is gone reads as emptied; what is to be set only where the
    shop has nothing reads as not there at all where it has something.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        before: frozenset[str],
        product: ChannelProduct,
        reader: Reader,
    ) -> None:
        left = product.if_empty | product.left_alone
        emptied = {
            code
            for code in before
            if code not in given and code not in left and reader.empties(code)
        }
        self._values = {**given, **dict.fromkeys(emptied)}
        self._if_empty = product.if_empty
        self._reader = reader
        kept = before & left  # not said this time
        self.filled = frozenset(code for code in given if reader.empties(code)) | kept

    def _yields(self, code: str, standing: Any) -> bool:
        return code in self._if_empty and standing not in (None, "", (), [], {})

    def text(self, code: str, standing: str) -> str:
        value = self._values.get(code)
        return "" if value is None or self._yields(code, standing) else str(value)

    def texts(self, code: str, standing: Mapping[str, Any]) -> dict[str, str | None]:
        if code not in self._values:
            return {}
        found = values.texts(self._values[code], self._reader.about)
        return {
            language: text
            for language, text in found.items()
            if not self._yields(code, standing.get(language))
        }

    def list(self, code: str, standing: Collection[str]) -> tuple[str, ...] | None:
        if code not in self._values or self._yields(code, tuple(standing)):
            return None
        return tuple(values.strings(self._values[code]))

    def prices(self, standing: Mapping[str, int]) -> dict[str, int]:
        value = self._values.get(targets.PRICE)
        if value is None or self._yields(targets.PRICE, {c: p for c, p in standing.items() if p}):
            return {}
        about = self._reader.about
        return self._reader.reading(targets.PRICE, lambda: values.amounts(value, about))

    def customs(
        self, fields: Mapping[str, CustomField], standing: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The values of custom fields by their names."""
        found: dict[str, Any] = {}
        for code, field in fields.items():
            is_said = code in self._values and not field.is_localized
            if is_said and not self._yields(code, standing.get(field.name)):
                read = partial(values.custom_value, self._values[code], field)
                found[field.name] = self._reader.reading(code, read)
        return found

    def custom_texts(
        self, fields: Mapping[str, CustomField], standing: Texts
    ) -> dict[str, dict[str, Any]]:
        """The values of localized custom fields, by language and name."""
        found: dict[str, dict[str, Any]] = {}
        for code, field in fields.items():
            if field.is_localized:
                there = {language: texts.get(field.name) for language, texts in standing.items()}
                for language, text in self.texts(code, there).items():
                    found.setdefault(language, {})[field.name] = text
        return found


def _among(fields: Mapping[str, CustomField], codes: Collection[str]) -> dict[str, CustomField]:
    return {code: field for code, field in fields.items() if code in codes}


def _values_of(standing: StandingProduct | None, code: str) -> list[str]:
    facet = code.removeprefix(targets.OF_FACET)
    there = standing.facet_values if standing else {}
    return [value for value, of in there.items() if of == facet]


def _name(name: str, variant: ShopVariant, language: str) -> str:
    """What a variant is called: the product's name and its options."""
    labels = (value.label(language) for value in variant.axis_values)
    return " ".join([name, *filter(None, labels)])
