"""What each family of products is made of: families.toml, read."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCALES = ("en_US", "fr_FR", "de_DE")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the products of one family are made up; the texts are in the order of LOCALES.

    `values` holds per attribute a list of option codes, a range [low, high], or how many of a
    hundred are true. `share` is the weight of the family among the designs.
    """

    code: str
    labels: dict[str, str]
    share: int
    prefix: str
    axes: list[str]
    categories: list[str]
    attributes: list[str]
    required: list[str]
    price: tuple[int, int]
    series: list[str]
    names: list[tuple[str, ...]]
    openings: list[tuple[str, ...]]
    details: list[tuple[str, ...]]
    slogans: list[tuple[str, ...]]
    care: tuple[str, ...]
    values: dict[str, Any]


def load() -> dict[str, Recipe]:
    """The recipes by family code."""
    raw = tomllib.loads((Path(__file__).parent / "families.toml").read_text(encoding="utf-8"))
    common = raw.pop("common")
    return {
        code: Recipe(
            code=code,
            labels=labels(family["labels"]),
            share=family["share"],
            prefix=family["prefix"],
            axes=family["axes"],
            categories=family["categories"],
            attributes=_attributes(common["attributes"], family),
            required=common["required"],
            price=(family["price"][0], family["price"][1]),
            series=common["series"],
            names=_all_texts(family["names"]),
            openings=_all_texts(common["openings"]),
            details=_all_texts(family["details"]),
            slogans=_all_texts(common["slogans"]),
            care=texts(family.get("care", "")),
            values=family["values"],
        )
        for code, family in raw.items()
    }


def texts(text: str) -> tuple[str, ...]:
    """The text in each of LOCALES; one that is the same everywhere is written once."""
    parts = tuple(text.split("|"))
    return parts * len(LOCALES) if len(parts) == 1 else parts


def labels(text: str) -> dict[str, str]:
    """The text by locale."""
    return dict(zip(LOCALES, texts(text), strict=True))


def _all_texts(lines: list[str]) -> list[tuple[str, ...]]:
    return [texts(line) for line in lines]


def _attributes(common: list[str], family: dict[str, Any]) -> list[str]:
    varying = ["variation_name"] if family["axes"] else []
    return [*common, *varying, *family["attributes"]]
