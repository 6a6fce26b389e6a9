"""What a design's products look like: values made from the seed whenever they are asked for.

Nothing here is stored, so that a shop of 100,000 products starts at once and fits in memory.
"""

import datetime as dt
import functools
import hashlib
import random
from dataclasses import dataclass
from typing import Any

from sandbox.data.recipes import LOCALES, Recipe
from sandbox.data.structure import Structure, level_attributes

# Attribute code -> the list of its values as the REST API gives it.
Values = dict[str, list[dict[str, Any]]]

_ROMAN = ("", " II", " III", " IV", " V", " VI", " VII", " VIII", " IX", " X")
_CHANCE_TO_BE_FILLED = 0.9
_DOLLARS = 1.08
_FIRST_RELEASE = dt.date(2021, 3, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """One thing that a shop sells, in its colors and sizes; `number` counts within the family.

    A design equals itself alone.
    """

    recipe: Recipe
    number: int
    colors: tuple[str, ...]
    sizes: tuple[str, ...]

    @property
    def code(self) -> str:
        return f"{self.recipe.prefix}-{self.number:05d}"


def media_code(seed: int, filename: str) -> str:
    """The code of a media file, which has slashes as the PIM's own have."""
    digest = hashlib.sha1(f"{seed}/{filename}".encode(), usedforsecurity=False).hexdigest()
    return f"{'/'.join(digest[:4])}/{digest}_{filename}"


class Painter:
    """Makes the values of designs; the same seed makes the same values."""

    def __init__(self, structure: Structure, seed: int) -> None:
        self._structure = structure
        self._seed = seed
        # As they are at first: no product that was made with them follows who edits them later.
        self._options = {code: dict(options) for code, options in structure.options.items()}
        # A few thousand designs and colors, about 10 KB each: all of a usual shop.
        self._painted = functools.lru_cache(maxsize=2048)(self._paint)

    def values(
        self, design: Design, color: str | None, size: str | None, sku: str | None
    ) -> Values:
        """The values of a product, or with `sku` None those of a model.

        `color` and `size` say how far down the item is; a model has what is common to its variants.
        """
        recipe = design.recipe
        values = dict(self._painted(design, color or (design.colors[0] if design.colors else None)))
        if sku is None:
            depth = int(color is not None)
            for code in (code for level in level_attributes(recipe)[depth:] for code in level):
                values.pop(code, None)
        if sku is not None:
            own = random.Random(f"{self._seed}/{sku}")  # noqa: S311  # nosec B311  # chance, no secret
            values["sku"] = self._entries("sku", sku)
            values["ean"] = self._entries("ean", _ean(own))
            values["supplier_reference"] = self._entries(
                "supplier_reference", f"{own.randrange(10**7):07d}"
            )
        if color is not None and len(recipe.axes) > 0:
            values["variation_name"] = self._entries(
                "variation_name",
                [
                    f"{text}, {self._options['color'][color]['labels'][locale]}"
                    for text, locale in zip(name_of(design), LOCALES, strict=True)
                ],
            )
        if size is not None:
            axis = recipe.axes[1]
            values[axis] = self._entries(axis, size)
        return values

    def _paint(self, design: Design, color: str | None) -> Values:
        """The values that all items of a design have in one color; nobody may change them."""
        recipe = design.recipe
        chooser = random.Random(f"{self._seed}/{recipe.code}/{design.number}")  # noqa: S311  # nosec B311  # chance, no secret
        traits = self._traits(chooser, design, color)
        drawn = {code: self._data(chooser, traits, code) for code in recipe.attributes}
        return {code: self._entries(code, data) for code, data in drawn.items() if data is not None}

    def _entries(self, code: str, data: Any) -> list[dict[str, Any]]:
        attribute = self._structure.attributes[code]
        kind = attribute["type"]
        if not attribute["localizable"]:
            return [{"locale": None, "scope": None, "data": data, "attribute_type": kind}]
        if not attribute["scopable"]:
            return [
                {"locale": locale, "scope": None, "data": text, "attribute_type": kind}
                for locale, text in zip(LOCALES, data, strict=True)
            ]
        return [
            {
                "locale": locale,
                "scope": scope,
                "data": f"<p>{text}</p>" if scope == "ecommerce" else text,
                "attribute_type": kind,
            }
            for scope, channel in self._structure.channels.items()
            for locale, text in zip(LOCALES, data, strict=True)
            if locale in channel["locales"]
        ]

    def _traits(self, chooser: random.Random, design: Design, color: str | None) -> "_Traits":
        low, high = design.recipe.price
        return _Traits(
            design=design,
            name=name_of(design),
            brand=chooser.choice(list(self._options["brand"])),
            color=color,
            euros=chooser.randint(low, high) - 0.1,
        )

    def _data(self, chooser: random.Random, traits: "_Traits", code: str) -> Any:
        """One value of the design, or None where it has none; texts come in all locales.

        The draws of a design must not depend on who asks, so every attribute draws in every call.
        """
        design = traits.design
        is_filled = chooser.random() < _CHANCE_TO_BE_FILLED or code in design.recipe.required
        data = self._drawn(chooser, traits, code)
        match code:
            case "color":
                return traits.color
            case "brand":
                return traits.brand
            case "gender":
                category = category_of(design)
                return {"women": "women", "men": "men"}.get(category.rpartition("_")[2], data)
            case "image":
                return media_code(self._seed, f"{design.code}-{traits.color}.png")
            case "image_detail" if is_filled:
                return media_code(self._seed, f"{design.code}-{traits.color}-detail.png")
            case "manual" if is_filled:
                return media_code(self._seed, f"{design.code}-manual.pdf")
            case "sku" | "ean" | "supplier_reference" | "variation_name" | "size" | "shoe_size":
                return None
        return data if is_filled else None

    def _drawn(self, chooser: random.Random, traits: "_Traits", code: str) -> Any:
        attribute = self._structure.attributes[code]
        allowed = traits.design.recipe.values.get(code)
        match attribute["type"].removeprefix("pim_catalog_"):
            case "simpleselect":
                return chooser.choice(allowed or list(self._options[code]))
            case "multiselect":
                codes = allowed or list(self._options[code])
                return sorted(chooser.sample(codes, k=chooser.randint(1, min(3, len(codes)))))
            case "boolean":
                return chooser.random() * 100 < (30 if allowed is None else allowed)
            case "number":
                low, high = allowed or (1, 14)
                if attribute["decimals_allowed"]:
                    return f"{chooser.randint(low * 4, high * 4) / 4:.4f}"
                return chooser.randint(low, high)
            case "metric":
                low, high = allowed or (1, 100)
                return self._measurement(chooser, attribute, low, high)
            case "price_collection":
                is_reduced = chooser.random() < 0.2
                if code == "price":
                    return _prices(traits.euros)
                return _prices(round(traits.euros * 0.8) - 0.1) if is_reduced else None
            case "date":
                day = _FIRST_RELEASE + dt.timedelta(days=chooser.randrange(1400))
                return f"{day.isoformat()}T00:00:00+00:00"
            case "text" | "textarea":
                return self._text(chooser, traits, code)
        return None

    def _measurement(
        self, chooser: random.Random, attribute: dict[str, Any], low: float, high: float
    ) -> dict[str, str]:
        unit = attribute["default_metric_unit"]
        family = self._structure.measurement_families[attribute["metric_family"]]
        is_fine = isinstance(low, float)
        amount = chooser.uniform(low, high) if is_fine else chooser.randint(int(low), int(high))
        return {
            "amount": f"{round(amount, 2):.4f}",
            "unit": unit,
            "symbol": family["units"][unit]["symbol"],
        }

    def _text(self, chooser: random.Random, traits: "_Traits", code: str) -> Any:
        recipe, name = traits.design.recipe, traits.name
        opening = chooser.choice(recipe.openings)
        detail, other = chooser.sample(recipe.details, k=2)
        slogan = chooser.choice(recipe.slogans)
        brand = self._options["brand"][traits.brand]["labels"]["en_US"]
        match code:
            case "name":
                return name
            case "description":
                return [
                    f"{text.format(name=own, brand=brand)} {first} {second}"
                    for text, own, first, second in zip(opening, name, detail, other, strict=True)
                ]
            case "short_description":
                return detail
            case "slogan":
                return slogan
            case "meta_title":
                return [f"{own} | {brand}" for own in name]
            case "meta_description":
                return [f"{own}. {text}" for own, text in zip(name, detail, strict=True)]
            case "keywords":
                family = recipe.labels
                return [
                    f"{own}, {brand}, {family[locale]}"
                    for own, locale in zip(name, LOCALES, strict=True)
                ]
            case "care_instructions":
                return recipe.care
        return None


@dataclass(frozen=True, slots=True)
class _Traits:
    """What several values of a design have to agree on."""

    design: Design
    name: tuple[str, ...]
    brand: str
    color: str | None
    euros: float


def _prices(euros: float) -> list[dict[str, str]]:
    dollars = int(euros * _DOLLARS) + 0.99
    return [
        {"amount": f"{euros:.2f}", "currency": "EUR"},
        {"amount": f"{dollars:.2f}", "currency": "USD"},
    ]


def name_of(design: Design) -> tuple[str, ...]:
    """The design's name in each locale; no two designs of a family share one."""
    recipe = design.recipe
    rounds, place = divmod(design.number - 1, len(recipe.series))
    generation = rounds // len(recipe.names)
    mark = _ROMAN[generation] if generation < len(_ROMAN) else f" {generation + 1}"
    series = f"{recipe.series[place]}{mark}"
    return tuple(text.format(series=series) for text in recipe.names[_name_index(design)])


def category_of(design: Design) -> str:
    """Where in the main tree the design stands."""
    recipe = design.recipe
    is_by_gender = recipe.categories[0].endswith("_women")
    place = design.number if is_by_gender else _name_index(design)
    return recipe.categories[place % len(recipe.categories)]


def _name_index(design: Design) -> int:
    # Every series meets every name once before the next generation begins.
    rounds, place = divmod(design.number - 1, len(design.recipe.series))
    return (place + rounds) % len(design.recipe.names)


def _ean(chooser: random.Random) -> str:
    """An EAN-13 with its check digit, from the range 20–29 that shops use for themselves."""
    digits = f"2{chooser.randrange(10**11):011d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
