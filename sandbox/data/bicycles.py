"""Bicycles: models of two levels with five axes, of every type that an axis can have.

No shop has them from the start: `add` brings them. All their values are edits, none is designed.
"""

import itertools
import uuid
from collections.abc import Iterator

from sandbox.data.assortment import Assortment, Edits, Model, Product
from sandbox.data.recipes import LOCALES, labels
from sandbox.data.reference_entities import TYPE, ReferenceEntity
from sandbox.data.structure import Resource

FAMILY = "bicycles"
MAKERS = "frame_makers"
AXES = (("color", "frame_maker"), ("wheel_size", "electric", "size"))

_FAMILY_VARIANT = "bicycles_by_five_axes"
_NAMES = ("Tandem|Tandem|Tandem", "Gravel|Gravel|Gravel")
_UPPER = (("red", "atelier_lyon"), ("navy", "rahmenbau_ulm"))
_LOWER = tuple(itertools.product(("27.5000", "29.0000"), (False, True), ("m", "l")))
_RECORDS = {
    "atelier_lyon": ("Lyon Workshop|Atelier de Lyon|Werkstatt Lyon", "France"),
    "rahmenbau_ulm": ("Ulm Frames|Cadres d'Ulm|Rahmenbau Ulm", "Germany"),
}


def add(assortment: Assortment, now: float) -> list[str]:
    """Add them to a shop; return the codes of the models."""
    _add_structure(assortment)
    return [_add_model(assortment, number, name, now) for number, name in enumerate(_NAMES, 1)]


def _add_structure(assortment: Assortment) -> None:
    makers = ReferenceEntity(MAKERS, labels("Frame makers|Fabricants de cadres|Rahmenbauer"))
    for code, (texts, country) in _RECORDS.items():
        makers.add(code, labels(texts), country)
    assortment.reference_entities[MAKERS] = makers
    for attribute in (
        _attribute(
            assortment.attributes["brand"],
            "frame_maker",
            "Frame maker|Fabricant du cadre|Rahmenbauer",
            type=TYPE,
            reference_data_name=MAKERS,
            auto_option_sorting=None,
        ),
        _attribute(
            assortment.attributes["weight"],
            "wheel_size",
            "Wheel size|Taille des roues|Laufradgröße",
            metric_family="Length",
            default_metric_unit="INCH",
        ),
        _attribute(assortment.attributes["is_new"], "electric", "Electric|Électrique|Elektrisch"),
    ):
        assortment.attributes[attribute["code"]] = attribute
    varying = [axis for level in AXES for axis in level]
    common = ["sku", "name", "description", "price", "weight", "brand"]
    assortment.families[FAMILY] = assortment.families["backpacks"] | {
        "code": FAMILY,
        "attributes": sorted([*common, *varying]),
        "attribute_as_image": None,
        "attribute_requirements": {channel: ["name", "sku"] for channel in assortment.channels},
        "labels": labels("Bicycles|Vélos|Fahrräder"),
    }
    assortment.family_variants[FAMILY] = {
        _FAMILY_VARIANT: {
            "code": _FAMILY_VARIANT,
            "labels": labels("Bicycles|Vélos|Fahrräder"),
            "common_attributes": sorted({*common} - {"sku"}),
            "variant_attribute_sets": [
                {"level": number, "axes": list(axes), "attributes": sorted({*axes, *more})}
                for number, axes, more in ((1, AXES[0], ()), (2, AXES[1], ("sku",)))
            ],
        }
    }


def _attribute(like: Resource, code: str, texts: str, **differing: object) -> Resource:
    return like | {"code": code, "labels": labels(texts)} | differing


def _add_model(assortment: Assortment, number: int, name: str, now: float) -> str:
    code = f"byc-{number:05d}"
    names: Edits = {("name", loc, None): labels(name)[loc] for loc in LOCALES}
    _put_model(assortment, code, None, names, now)
    for color, maker in _UPPER:
        above = f"{code}-{color}"
        axes: Edits = {("color", None, None): color, ("frame_maker", None, None): maker}
        _put_model(assortment, above, code, axes, now)
        for sku, edits in _variants(above):
            key = str(uuid.UUID(bytes=uuid.uuid5(uuid.NAMESPACE_OID, sku).bytes, version=4))
            product = Product(key, sku, FAMILY, None, (), True, now, now, edits=edits)
            assortment.add(product)
            assortment.hang(key, above)
    return code


def _put_model(
    assortment: Assortment, code: str, parent: str | None, edits: Edits, now: float
) -> None:
    assortment.models[code] = Model(
        code, FAMILY, _FAMILY_VARIANT, parent, (), now, now, None, edits=edits
    )


def _variants(above: str) -> Iterator[tuple[str, Edits]]:
    for inches, electric, size in _LOWER:
        sku = f"{above}-{inches[:2]}-{'E' if electric else 'X'}-{size}".upper()
        yield (
            sku,
            {
                ("sku", None, None): sku,
                ("wheel_size", None, None): {"amount": inches, "unit": "INCH", "symbol": "in"},
                ("electric", None, None): electric,
                ("size", None, None): size,
            },
        )
