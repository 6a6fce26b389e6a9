"""What kind of shop it is: languages, currencies, custom fields and facets, with their targets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from channels.targets import LOCALIZED_FIELDS, Target
from channels.vendure.graphql import AdminApi
from channels.vendure.paging import all_items
from channels.vendure.targets import facet_code, product_code, variant_code

EXTERNAL_ID = "externalId"
CATEGORIES_FACET = "pim-categories"  # ours: what product is in which category

_ABOUT = """query About {
  activeChannel {
    id defaultLanguageCode availableLanguageCodes defaultCurrencyCode availableCurrencyCodes
  }
  globalSettings {
    availableLanguages
    serverConfig {
      moneyStrategyPrecision
      entityCustomFields {
        entityName
        customFields { ... on CustomField {
          name type list readonly internal nullable
          label { languageCode value } description { languageCode value }
        } }
      }
    }
  }
}"""

_FACETS = """query Facets($skip: Int!, $take: Int!) {
  facets(options: { skip: $skip, take: $take, sort: { id: ASC } }) {
    totalItems items { id code name isPrivate }
  }
}"""
_PAGE = 100
_SHOPS = """query Shops($take: Int!) { channels(options: { take: $take }) { items { id code } } }"""
_MOST_SHOPS = 500

_TYPES: dict[str, Literal["string", "number", "boolean"]] = {
    "string": "string",
    "text": "string",
    "localeString": "string",
    "localeText": "string",
    "int": "number",
    "float": "number",
    "boolean": "boolean",
    "datetime": "string",
}


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field that a target can fill."""

    name: str
    type: str
    is_list: bool = False
    is_nullable: bool = True
    label: str = ""
    description: str = ""

    @property
    def is_localized(self) -> bool:
        return self.type in ("localeString", "localeText")


@dataclass(frozen=True, slots=True)
class About:
    """The shop as far as pushing needs to know it. The first language is its default."""

    channel_id: str
    languages: tuple[str, ...]
    currency: str
    currencies: tuple[str, ...]
    precision: int = 2  # digits of an amount behind the point, for all currencies
    product_fields: Mapping[str, CustomField] = field(default_factory=dict)  # by targets' codes
    variant_fields: Mapping[str, CustomField] = field(default_factory=dict)
    names_products: bool = False  # has the custom field externalId
    names_variants: bool = False

    @property
    def language(self) -> str:
        return self.languages[0]

    def language_of(self, locale: str) -> str | None:
        """The shop's language that a locale is meant for: en_US is en where there is no en_US."""
        written = locale.replace("-", "_")
        return next((each for each in (written, written[:2]) if each in self.languages), None)


def read_about(api: AdminApi) -> About:
    """Ask the shop. Raises ChannelError."""
    data = api.read(_ABOUT)
    channel, server = data["activeChannel"], data["globalSettings"]["serverConfig"]
    default = channel["defaultLanguageCode"]
    offered = channel["availableLanguageCodes"] or data["globalSettings"]["availableLanguages"]
    fields = {entity["entityName"]: entity["customFields"] for entity in _entities(server)}
    products, variants = fields.get("Product", []), fields.get("ProductVariant", [])
    return About(
        channel_id=channel["id"],
        languages=tuple(dict.fromkeys([default, *offered])),
        currency=channel["defaultCurrencyCode"],
        currencies=tuple(channel["availableCurrencyCodes"] or [channel["defaultCurrencyCode"]]),
        precision=server["moneyStrategyPrecision"],
        product_fields={product_code(one.name): one for one in _fillable(products, default)},
        variant_fields={variant_code(one.name): one for one in _fillable(variants, default)},
        names_products=any(one["name"] == EXTERNAL_ID for one in products),
        names_variants=any(one["name"] == EXTERNAL_ID for one in variants),
    )


def read_targets(api: AdminApi) -> list[Target]:
    """The targets of the shop's custom fields and facets. Raises ChannelError."""
    about = read_about(api)
    return [
        *(_of_field(code, one, of_variant=False) for code, one in about.product_fields.items()),
        *(_of_field(code, one, of_variant=True) for code, one in about.variant_fields.items()),
        *(_of_facet(facet) for facet in read_facets(api)),
    ]


def read_facets(api: AdminApi) -> list[dict[str, Any]]:
    """The facets of the shop, without that of our categories."""
    found = all_items(api, _FACETS, "facets", _PAGE)
    return [facet for facet in found if facet["code"] != CATEGORIES_FACET]


def read_shops(api: AdminApi) -> list[tuple[str, str]]:
    """The Vendure channels of the shop, as (id, code). Raises ChannelError."""
    items = api.read(_SHOPS, {"take": _MOST_SHOPS})["channels"]["items"]
    return [(item["id"], item["code"]) for item in items]


def _entities(server: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server["entityCustomFields"]
    return found


def _fillable(fields: list[dict[str, Any]], language: str) -> list[CustomField]:
    """Those of plain types that may be written, in the shop's order."""
    return [
        CustomField(
            one["name"],
            one["type"],
            is_list=bool(one["list"]),
            is_nullable=one["nullable"] is not False,
            label=_in(one["label"], language),
            description=_in(one["description"], language),
        )
        for one in fields
        if one.get("type") in _TYPES
        and not one["readonly"]
        and not one["internal"]
        and one["name"] != EXTERNAL_ID
        and not (one["list"] and _TYPES[one["type"]] != "string")
        and not (one["list"] and one["type"].startswith("locale"))
    ]


def _in(texts: list[dict[str, str]] | None, language: str) -> str:
    by_language = {one["languageCode"]: one["value"] for one in texts or ()}
    return by_language.get(language) or next(iter(by_language.values()), "")


def _of_field(code: str, field: CustomField, *, of_variant: bool) -> Target:
    title = field.label or _spoken(field.name)
    of = "variants" if of_variant else "products"
    said = field.description.strip() or f"The shop's own field “{title}” of its {of}"
    plain = Target(
        code,
        _TYPES[field.type],
        title,
        said if said.endswith((".", "!", "?")) else f"{said}.",
        format="date-time" if field.type == "datetime" else "",
        required=not field.is_nullable,
        of_variant=of_variant,
    )
    if field.is_localized:
        return replace(plain, type="array", items="object", fields=LOCALIZED_FIELDS)
    return replace(plain, type="array") if field.is_list else plain


def _of_facet(facet: dict[str, Any]) -> Target:
    title = facet["name"] or _spoken(facet["code"])
    seen = "customers do not see it" if facet["isPrivate"] else "customers can filter by it"
    return Target(
        facet_code(facet["code"]),
        "array",
        title,
        f"The product's values of the shop's facet “{title}”; {seen}. Values that the shop does "
        "not know yet are added to it.",
    )


def _spoken(name: str) -> str:
    """A field's name as words: madeOn becomes Made on."""
    words = "".join(f" {one.lower()}" if one.isupper() else one for one in name)
    words = " ".join(words.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]
