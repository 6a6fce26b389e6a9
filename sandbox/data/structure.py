"""The structure that products follow, in the form in which the REST API gives it."""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.data.recipes import LOCALES, Recipe, labels

_FOLDER = Path(__file__).parent
UPDATED = dt.datetime(2025, 1, 6, 9, 30, tzinfo=dt.UTC).isoformat()

Resource = dict[str, Any]

# Attributes that differ between the variants of one model, beside the axes.
_OF_COLOR = ("variation_name", "image", "image_detail")
_OF_VARIANT = ("sku", "ean", "supplier_reference")

_GROUPS = {
    "general": "General|Général|Allgemein",
    "marketing": "Marketing|Marketing|Marketing",
    "prices": "Prices|Prix|Preise",
    "logistics": "Logistics|Logistique|Logistik",
    "media": "Media|Médias|Medien",
    "materials": "Materials|Matières|Materialien",
    "fashion": "Fashion|Mode|Mode",
    "technical": "Technical|Technique|Technik",
}

# Family -> labels, standard unit, and unit -> (symbol, labels, what one standard unit is in it).
_MEASUREMENTS: dict[str, tuple[str, str, dict[str, tuple[str, str, str]]]] = {
    "Weight": (
        "Weight|Poids|Gewicht",
        "KILOGRAM",
        {
            "GRAM": ("g", "Gram|Gramme|Gramm", "0.001"),
            "KILOGRAM": ("kg", "Kilogram|Kilogramme|Kilogramm", "1"),
            "POUND": ("lb", "Pound|Livre|Pfund", "0.45359237"),
        },
    ),
    "Length": (
        "Length|Longueur|Länge",
        "METER",
        {
            "MILLIMETER": ("mm", "Millimeter|Millimètre|Millimeter", "0.001"),
            "CENTIMETER": ("cm", "Centimeter|Centimètre|Zentimeter", "0.01"),
            "METER": ("m", "Meter|Mètre|Meter", "1"),
            "INCH": ("in", "Inch|Pouce|Zoll", "0.0254"),
        },
    ),
    "Volume": (
        "Volume|Volume|Volumen",
        "CUBIC_METER",
        {
            "MILLILITER": ("ml", "Milliliter|Millilitre|Milliliter", "0.000001"),
            "LITER": ("l", "Liter|Litre|Liter", "0.001"),
            "CUBIC_METER": ("m³", "Cubic meter|Mètre cube|Kubikmeter", "1"),
        },
    ),
    "Duration": (
        "Duration|Durée|Dauer",
        "SECOND",
        {
            "SECOND": ("s", "Second|Seconde|Sekunde", "1"),
            "MINUTE": ("min", "Minute|Minute|Minute", "60"),
            "HOUR": ("h", "Hour|Heure|Stunde", "3600"),
        },
    ),
    "Frequency": (
        "Frequency|Fréquence|Frequenz",
        "HERTZ",
        {
            "HERTZ": ("Hz", "Hertz|Hertz|Hertz", "1"),
            "KILOHERTZ": ("kHz", "Kilohertz|Kilohertz|Kilohertz", "1000"),
        },
    ),
    "Power": (
        "Power|Puissance|Leistung",
        "WATT",
        {
            "WATT": ("W", "Watt|Watt|Watt", "1"),
            "KILOWATT": ("kW", "Kilowatt|Kilowatt|Kilowatt", "1000"),
        },
    ),
    "Temperature": (
        "Temperature|Température|Temperatur",
        "KELVIN",
        {"KELVIN": ("K", "Kelvin|Kelvin|Kelvin", "1")},
    ),
}

_ASSOCIATIONS = {
    "PACK": "Pack|Pack|Paket",
    "UPSELL": "Upsell|Vente incitative|Höherwertig",
    "X_SELL": "Cross sell|Vente croisée|Passt dazu",
    "SUBSTITUTION": "Substitution|Remplacement|Ersatz",
    "BUNDLE": "Bundle|Lot|Set",
}
QUANTIFIED = frozenset({"BUNDLE"})


@dataclass(slots=True)
class Structure:
    """The resources by code; options by attribute and code, family variants by family and code."""

    attributes: dict[str, Resource]
    attribute_groups: dict[str, Resource]
    options: dict[str, dict[str, Resource]]
    families: dict[str, Resource]
    family_variants: dict[str, dict[str, Resource]]
    categories: dict[str, Resource]
    channels: dict[str, Resource]
    locales: dict[str, Resource]
    currencies: dict[str, Resource]
    measurement_families: dict[str, Resource]
    association_types: dict[str, Resource]


def load(recipes: dict[str, Recipe]) -> Structure:
    """The structure for the families of the recipes."""
    attributes = {row["code"]: _attribute(row, i) for i, row in enumerate(_rows("attributes"))}
    return Structure(
        attributes=attributes,
        attribute_groups={
            code: {
                "code": code,
                "sort_order": number,
                "attributes": [a["code"] for a in attributes.values() if a["group"] == code],
                "labels": labels(texts),
            }
            for number, (code, texts) in enumerate(_GROUPS.items(), 1)
        },
        options=_options(),
        families={code: _family(recipe) for code, recipe in recipes.items()},
        family_variants={
            code: {variant_code(recipe): _family_variant(recipe)} if recipe.axes else {}
            for code, recipe in recipes.items()
        },
        categories=_categories(),
        channels={
            "ecommerce": _channel("ecommerce", "Ecommerce", LOCALES, ("EUR", "USD")),
            "print": _channel("print", "Print|Imprimé|Druck", ("en_US", "de_DE"), ("EUR",)),
        },
        locales={
            code: {"code": code, "enabled": code in LOCALES}
            for code in sorted((*LOCALES, "en_GB", "es_ES", "it_IT", "nl_NL"))
        },
        currencies={
            code: {"code": code, "enabled": enabled, "label": label}
            for code, enabled, label in (
                ("CHF", False, "CHF (Swiss Franc)"),
                ("EUR", True, "EUR (Euro)"),
                ("GBP", False, "GBP (British Pound)"),
                ("USD", True, "USD (US Dollar)"),
            )
        },
        measurement_families=_measurements(),
        association_types={
            code: {
                "code": code,
                "labels": labels(texts),
                "is_quantified": code in QUANTIFIED,
                "is_two_way": False,
            }
            for code, texts in sorted(_ASSOCIATIONS.items())
        },
    )


def variant_code(recipe: Recipe) -> str:
    """The code of a family's only family variant."""
    return f"{recipe.code}_by_{'_'.join(recipe.axes)}"


def level_attributes(recipe: Recipe) -> list[list[str]]:
    """The attributes of each level of variants, from the upper one to the variant's own."""
    match recipe.axes:
        case []:
            return []
        case [color]:
            return [[color, *_OF_COLOR, *_OF_VARIANT]]
        case [color, size]:
            return [[color, *_OF_COLOR], [size, *_OF_VARIANT]]
    raise ValueError(f"{recipe.code} has more than two axes.")


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _row_labels(row: dict[str, str]) -> dict[str, str]:
    return {locale: row[locale] for locale in LOCALES}


def _attribute(row: dict[str, str], number: int) -> Resource:
    kind, *details = row["type"].split()
    is_number = kind in ("number", "metric", "price_collection")
    decimals = kind in ("metric", "price_collection") or "decimals" in details
    is_identifier = kind == "identifier"
    return {
        "code": row["code"],
        "type": f"pim_catalog_{kind}",
        "group": row["group"],
        "group_labels": labels(_GROUPS[row["group"]]),
        "sort_order": number,
        "unique": is_identifier,
        "useable_as_grid_filter": kind in ("identifier", "simpleselect", "boolean"),
        "allowed_extensions": {"image": ["png", "jpg"], "file": ["pdf"]}.get(kind, []),
        "metric_family": details[0] if kind == "metric" else None,
        "default_metric_unit": details[1] if kind == "metric" else None,
        "reference_data_name": None,
        "available_locales": [],
        "max_characters": None,
        "validation_rule": None,
        "validation_regexp": None,
        "wysiwyg_enabled": row["code"] == "description" if kind == "textarea" else None,
        "number_min": None,
        "number_max": None,
        "decimals_allowed": decimals if is_number else None,
        "negative_allowed": False if kind in ("number", "metric") else None,
        "date_min": None,
        "date_max": None,
        "max_file_size": "10" if kind in ("image", "file") else None,
        "minimum_input_length": None,
        "localizable": "localizable" in row["flags"],
        "scopable": "scopable" in row["flags"],
        "default_value": None,
        "labels": _row_labels(row),
        "guidelines": {},
        "auto_option_sorting": False if kind in ("simpleselect", "multiselect") else None,
        "is_mandatory": is_identifier,
        "is_main_identifier": is_identifier,
        "is_read_only": False,
        "decimal_places_strategy": None,
        "decimal_places": None,
        "enable_option_creation_during_import": False,
        "max_items_count": None,
    }


def _options() -> dict[str, dict[str, Resource]]:
    options: dict[str, dict[str, Resource]] = {}
    for row in _rows("options"):
        siblings = options.setdefault(row["attribute"], {})
        siblings[row["code"]] = {
            "code": row["code"],
            "attribute": row["attribute"],
            "sort_order": len(siblings) + 1,
            "labels": _row_labels(row),
        }
    return options


def _categories() -> dict[str, Resource]:
    categories: dict[str, Resource] = {}
    for row in _rows("categories"):
        parent = row["parent"] or None
        position = sum(other["parent"] == parent for other in categories.values()) + 1
        categories[row["code"]] = {
            "code": row["code"],
            "parent": parent,
            "updated": UPDATED,
            "labels": _row_labels(row),
            "position": position,
            "values": {},
            "channel_requirements": ["ecommerce", "print"],
        }
    return categories


def _family(recipe: Recipe) -> Resource:
    return {
        "code": recipe.code,
        "attributes": sorted(recipe.attributes),
        "attribute_as_label": "name",
        "attribute_as_image": "image",
        "attribute_requirements": {
            "ecommerce": sorted(recipe.required),
            "print": sorted({"sku", "name", "description"}),
        },
        "labels": recipe.labels,
        "parent": None,
    }


def _family_variant(recipe: Recipe) -> Resource:
    levels = level_attributes(recipe)
    varying = {code for level in levels for code in level}
    return {
        "code": variant_code(recipe),
        "labels": recipe.labels,
        "common_attributes": sorted(set(recipe.attributes) - varying),
        "variant_attribute_sets": [
            {"level": number, "axes": [axis], "attributes": sorted(level)}
            for number, (axis, level) in enumerate(zip(recipe.axes, levels, strict=True), 1)
        ],
    }


def _channel(
    code: str, texts: str, locales: tuple[str, ...], currencies: tuple[str, ...]
) -> Resource:
    return {
        "code": code,
        "currencies": list(currencies),
        "locales": sorted(locales),
        "category_tree": "master",
        "conversion_units": {"weight": "KILOGRAM"} if code == "ecommerce" else {},
        "labels": labels(texts),
    }


def _measurements() -> dict[str, Resource]:
    return {
        code: {
            "code": code,
            "labels": labels(texts),
            "standard_unit_code": standard,
            "units": {
                unit: {
                    "code": unit,
                    "labels": labels(unit_texts),
                    "convert_from_standard": [{"operator": "mul", "value": factor}],
                    "symbol": symbol,
                }
                for unit, (symbol, unit_texts, factor) in units.items()
            },
        }
        for code, (texts, standard, units) in _MEASUREMENTS.items()
    }
